// SPDX-License-Identifier: Apache-2.0

// vforker starts other programs all the time. Go does that by vfork: for a moment the child runs in
// the parent's memory, among the parent's probes. Prints "ran N failed M" at each line of its input.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"

	"gosnoop.test/programs/internal/control"
)

var ran, failed atomic.Int64

func runForever(command string) {
	for {
		if exec.Command(command).Run() != nil {
			failed.Add(1)
		}
		ran.Add(1)
	}
}

func main() {
	for i := 0; i < 2; i++ {
		go runForever(os.Args[1])
	}
	control.Ready("")
	for words := control.Next(); len(words) > 0 && words[0] != "quit"; words = control.Next() {
		fmt.Printf("ran %d failed %d\n", ran.Load(), failed.Load())
	}
}
