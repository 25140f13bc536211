// SPDX-License-Identifier: Apache-2.0

// oddstacks has goroutines whose stacks a walk by frame pointers gets wrong, and at the line "wedge"
// comes to a standstill for ever: what the reading of stacks from memory is proven on.
package main

import (
	"fmt"
	"os"
	"reflect"
	"syscall"
	"time"

	"gosnoop.test/programs/internal/control"
)

func park() { select {} }

// A syscall that blocks its thread. Before Go 1.23 the runtime does not save the frame pointer there.
func inSyscall() {
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		panic(err)
	}
	syscall.Read(pipe[0], make([]byte, 1))
}

// Deeper than what events carry (64 frames), and what Go prints (100).
//
//go:noinline
func inDeepStack(depth int) int {
	if depth == 0 {
		park()
	}
	return inDeepStack(depth-1) + 1
}

// Its stack is larger than what is read at once.
//
//go:noinline
func inLargeFrames(depth int) int {
	var frame [1000]int
	if depth == 0 {
		park()
	}
	frame[depth%len(frame)] = inLargeFrames(depth - 1)
	return frame[0]
}

// A fault in a function without a frame: the runtime makes it look as if it had called sigpanic.
//
//go:noinline
func load(p *int) int { return *p }

//go:noinline
func inFault(p *int) int {
	defer park()
	return load(p) + 1
}

// The same in a function with a frame, on a line of its own.
//
//go:noinline
func inFaultWithFrame(p *int) int {
	defer park()
	sum := len(os.Args)
	sum += *p
	return sum
}

// The fault is at address 0, which is no function: the frame to be shown is the caller's.
//
//go:noinline
func inNilCall(f func() int) int {
	defer park()
	return f() + 1
}

type parker struct{}

func (parker) Park() { park() }

func inReflect()                     { reflect.ValueOf(parker{}).Method(0).Call(nil) }
func inMethod(p interface{ Park() }) { p.Park() }

func parkAll() {
	go inSyscall()
	go inDeepStack(300)
	go inLargeFrames(40)
	go inFault(nil)
	go inFaultWithFrame(nil)
	go inNilCall(nil)
	go inReflect()
	go inMethod(&parker{})
	parkInCallbacks()
}

func main() {
	parkAll()
	time.Sleep(100 * time.Millisecond) // until all of them wait
	control.Ready("")
	for words := control.Next(); len(words) > 0 && words[0] != "quit"; words = control.Next() {
		if words[0] == "wedge" {
			wedge()
		}
		fmt.Println("what?")
	}
}
