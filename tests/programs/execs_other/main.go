// SPDX-License-Identifier: Apache-2.0

// execs_other becomes another program while it is being traced: a second after the line "go" it
// execs the command of its arguments, under the same pid.
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"gosnoop.test/programs/internal/control"
)

func tick() {
	for {
		time.Sleep(time.Millisecond)
	}
}

func main() {
	go tick()
	control.Ready("")
	if len(control.Next()) == 0 {
		return
	}
	time.Sleep(time.Second)
	err := syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
	fmt.Fprintln(os.Stderr, "execs_other:", err)
	os.Exit(1)
}
