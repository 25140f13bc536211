// SPDX-License-Identifier: Apache-2.0

package main

import "time"

// linger makes the one who waits for this goroutine's end wait a while: Go's block profile and a tracer
// cannot agree on a single wait so short that a thread switch in between is longer.
func linger() { time.Sleep(2 * time.Millisecond) }

func unbuffered() {
	ping, pong := make(chan int), make(chan int)
	var g group
	g.start(func() {
		for v := range ping {
			pong <- v
		}
		close(pong)
		linger()
	})
	times(20000, func() {
		ping <- 1
		<-pong
	})
	close(ping)
	g.Wait()
}

func buffered() {
	queue := make(chan int, 4)
	var producers, consumers group
	for i := 0; i < 3; i++ {
		producers.start(func() { times(8000, func() { queue <- 1 }) })
	}
	for i := 0; i < 2; i++ {
		consumers.start(func() {
			for range queue {
			}
			linger()
		})
	}
	producers.Wait()
	close(queue)
	consumers.Wait()
}

func selects() {
	numbers, words, quit := make(chan int), make(chan string), make(chan struct{})
	var senders, receiver group
	receiver.start(func() {
		for {
			select {
			case <-numbers:
			case <-words:
			case <-quit:
				linger()
				return
			}
		}
	})
	senders.start(func() { times(8000, func() { numbers <- 1 }) })
	senders.start(func() { times(8000, func() { words <- "one" }) })
	senders.Wait()
	close(quit)
	receiver.Wait()
}

// slowChannel waits a millisecond for each value, so that its durations say something.
func slowChannel() {
	values := make(chan int)
	var g group
	g.start(func() {
		times(200, func() {
			time.Sleep(time.Millisecond)
			values <- 1
		})
		close(values)
	})
	for range values {
	}
	g.Wait()
}
