// SPDX-License-Identifier: Apache-2.0

// Package wait has a dot in its path's last element, as gopkg.in's have: the linker writes that dot as
// %2e in the names of its functions.
package wait

//go:noinline
func Receive(c chan int) { <-c }

type Waiter[T any] struct{ C chan T }

//go:noinline
func (w *Waiter[T]) Receive() { <-w.C }
