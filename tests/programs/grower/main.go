// SPDX-License-Identifier: Apache-2.0

// grower has ten goroutines, and, after the line "go", a million more as fast as it can make them: its
// table of goroutines is moved again and again while that is read. It says "done", and ends at the next line.
package main

import (
	"fmt"

	"gosnoop.test/programs/internal/control"
)

func park(forever chan int) { <-forever }

func grow(count int, forever chan int) {
	for i := 0; i < count; i++ {
		go park(forever)
	}
}

func main() {
	forever := make(chan int)
	grow(10, forever)
	control.Ready("")
	if len(control.Next()) > 0 {
		grow(1_000_000, forever)
		fmt.Println("done")
		control.WaitForQuit()
	}
}
