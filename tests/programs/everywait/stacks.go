// SPDX-License-Identifier: Apache-2.0

package main

import (
	"sort"

	wait "gosnoop.test/programs/everywait/internal/wait.v2"
)

// --- inlined: the compiler puts all three into the closure that is started

func inInlined(c chan int)    { inlinedOnce(c) }
func inlinedOnce(c chan int)  { inlinedTwice(c) }
func inlinedTwice(c chan int) { <-c }

// --- methods, and the wrappers the compiler makes of them, which Go does not show

type value struct{ c chan int }

//go:noinline
func (v value) inValueMethod() { <-v.c }

type pointer struct{ c chan int }

//go:noinline
func (p *pointer) inPointerMethod() { <-p.c }

type outer struct {
	padding int
	*inner
}

type inner struct{ c chan int }

//go:noinline
func (i *inner) inEmbeddedMethod() { <-i.c }

type valueMethod interface{ inValueMethod() }
type embeddedMethod interface{ inEmbeddedMethod() }

//go:noinline
func callValue(m valueMethod) { m.inValueMethod() }

//go:noinline
func callEmbedded(m embeddedMethod) { m.inEmbeddedMethod() }

// --- generics

//go:noinline
func inGeneric[T any](c chan T) { <-c }

type box[K comparable, V any] struct{ c chan map[K]V }

//go:noinline
func (b *box[K, V]) inGenericMethod() { <-b.c }

// --- panics

//go:noinline
func inAfterPanic(c chan int) {
	panicAndRecover()
	<-c
}

//go:noinline
func panicAndRecover() {
	defer func() { recover() }()
	panic("recovered")
}

//go:noinline
func inDeferWhilePanicking(c chan int) {
	defer func() {
		<-c
		recover()
	}()
	panic("and waits")
}

//go:noinline
func inDeferAfterNil(c chan int, none *value) {
	defer func() {
		<-c
		recover()
	}()
	none.c = c // the kernel's signal makes it a call: sigpanic is on the stack below it
}

//go:noinline
func inDeferAfterRecover(c chan int, none *value) {
	defer func() { <-c }() // as an ordinary return runs it
	func() {
		defer func() { recover() }()
		none.c = c
	}()
}

// --- deep, and through code of others

//go:noinline
func inRecursion(depth int, c chan int) int {
	if depth == 0 {
		return <-c
	}
	return inRecursion(depth-1, c) + 1
}

func inSort(c chan int) {
	sort.Slice(make([]int, 20), func(i, j int) bool { <-c; return false })
}

func receiver() chan int { return make(chan int) }

func startStacks() {
	const reason = "chan receive"
	start("inlinedTwice", reason, func() { inInlined(receiver()) })
	start("inValueMethod", reason, func() { callValue(&value{receiver()}) })
	start("inPointerMethod", reason, (&pointer{receiver()}).inPointerMethod)
	start("inEmbeddedMethod", reason, func() { callEmbedded(&outer{inner: &inner{receiver()}}) })
	start("inGeneric[...]", reason, func() { inGeneric(make(chan string)) })
	start("inGenericMethod", reason, (&box[string, int]{make(chan map[string]int)}).inGenericMethod)
	start("inAfterPanic", reason, func() { inAfterPanic(receiver()) })
	start("inDeferWhilePanicking.func1", reason, func() { inDeferWhilePanicking(receiver()) })
	start("inDeferAfterNil.func1", reason, func() { inDeferAfterNil(receiver(), nil) })
	start("inDeferAfterRecover", reason, func() { inDeferAfterRecover(receiver(), nil) })
	start("inRecursion", reason, func() { inRecursion(150, receiver()) })
	start("inSort", reason, func() { inSort(receiver()) })
	start("Receive", reason, func() { wait.Receive(receiver()) })
	go (&wait.Waiter[[]int]{C: make(chan []int)}).Receive()
}
