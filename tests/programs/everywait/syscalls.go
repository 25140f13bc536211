// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// A descriptor the runtime does not know: the thread itself waits in read(2).
func inRawRead(fd int) { syscall.Read(fd, make([]byte, 100)) }

func inLockedReceive(c chan int) {
	runtime.LockOSThread()
	<-c
}

func inLockedRead(fd int) {
	runtime.LockOSThread()
	syscall.Read(fd, make([]byte, 100))
}

func openPipe() int {
	var ends [2]int
	check(syscall.Pipe(ends[:]))
	return ends[0]
}

func startSyscalls() {
	start("inRawRead", "syscall", func() { inRawRead(openPipe()) })
	start("inLockedRead", "syscall", func() { inLockedRead(openPipe()) })
	start("inLockedReceive", "chan receive", func() { inLockedReceive(make(chan int)) })
	signal.Notify(make(chan os.Signal, 1), syscall.SIGUSR2) // a goroutine of os/signal, in a syscall of no kind
}
