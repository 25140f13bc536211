// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// Each spins on a processor until the scheduler takes it off.
var leafTurns, framedTurns, calledTurns, wedged uint32

// Interrupted in a function without a frame.
//
//go:noinline
func leafLoop(turns *uint32) {
	for {
		*turns++
	}
}

//go:noinline
func inLeafLoop(turns *uint32) int {
	leafLoop(turns)
	return 1
}

// Interrupted anywhere: in a function with a frame, or one that it calls.
//
//go:noinline
func inFramedLoop(turns *uint32) int {
	sum := 0
	for {
		sum += add(sum, 1)
		*turns++
	}
}

//go:noinline
func add(a, b int) int { return a + b }

// Its thread takes no signal, so it stops only where a function's start looks whether it shall: at
// the stack check, before there is a frame.
//
//go:noinline
func inStackCheck(turns *uint32) {
	refuseSignals()
	for {
		checked(turns)
	}
}

//go:noinline
func checked(turns *uint32) int {
	var frame [64]int
	*turns++
	return add(frame[int(*turns)%len(frame)], 1)
}

// refuseSignals: the runtime cannot interrupt this thread any more (SIGURG, preempt.go).
func refuseSignals() {
	runtime.LockOSThread()
	set := uint64(1) << (syscall.SIGURG - 1)
	const block = 0
	_, _, failed := syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, block,
		uintptr(unsafe.Pointer(&set)), 0, unsafe.Sizeof(set), 0, 0)
	if failed != 0 {
		fmt.Fprintln(os.Stderr, "rt_sigprocmask:", failed)
		os.Exit(1)
	}
}

func neverRuns() { park() }

//go:noinline
func endless(turns *uint32) {
	for {
		*turns++
	}
}

//go:noinline
func inEndlessLoop() int {
	refuseSignals()
	fmt.Println("wedged")
	go neverRuns() // its processor has no time for it, and the other one has work of its own
	endless(&wedged)
	return 1
}

func all(counters ...*uint32) bool {
	for _, counter := range counters {
		if atomic.LoadUint32(counter) == 0 {
			return false
		}
	}
	return true
}

// wedge: two processors, of which one is in an endless loop, and the other waits for that to stop, in
// systemstack. Nothing else runs ever again.
func wedge() {
	runtime.GOMAXPROCS(2)
	go inLeafLoop(&leafTurns)
	go inFramedLoop(&framedTurns)
	go inStackCheck(&calledTurns)
	for !all(&leafTurns, &framedTurns, &calledTurns) {
		time.Sleep(time.Millisecond)
	}
	go inEndlessLoop()
	for !all(&wedged) {
		runtime.Gosched()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats) // stops the world
}
