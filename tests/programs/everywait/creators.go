// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"sync"
	"time"
)

// Where a go statement may stand.

func waitFrom(string) { <-receiver() }

func init() { go waitFrom("init") }

var _ = func() int {
	go waitFrom("the initialization of a variable")
	return 0
}()

type creator struct{}

//go:noinline
func (creator) byValue() { go waitFrom("a method") }

//go:noinline
func (*creator) byPointer() { go waitFrom("a method by pointer") }

//go:noinline
func createGeneric[T any](T) { go waitFrom("a generic function") }

// The go statement is in an inlined function.
func createInlined() { go waitFrom("an inlined function") }

//go:noinline
func createDeferred() {
	defer func() { go waitFrom("a deferred function") }()
}

//go:noinline
func createInLoop() {
	for i := 0; i < 3; i++ {
		go func() { waitFrom("a loop") }()
	}
}

// The creator has ended; its id stays the parent's.
func createByOneThatEnded() {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		go waitFrom("a goroutine that has ended")
	}()
	wg.Wait()
}

func startCreators() {
	creator{}.byValue()
	new(creator).byPointer()
	createGeneric(1)
	createGeneric([]string{})
	createInlined()
	createDeferred()
	createInLoop()
	createByOneThatEnded()
	func() { go waitFrom("a closure") }()
	time.AfterFunc(time.Millisecond, func() { waitFrom("a timer") }) // the runtime creates it
}

// --- a finalizer that waits makes the runtime's own goroutine one of the program's

type finalized struct{ _ [64]byte }

func inFinalizer(*finalized) { <-receiver() }

func startFinalizer() {
	reasons["inFinalizer"] = "chan receive"
	runtime.SetFinalizer(new(finalized), inFinalizer)
	runtime.GC()
}
