// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

func inChanReceive(c chan int) { <-c }
func inChanSend(c chan int)    { c <- 1 }
func inNilReceive()            { <-chan int(nil) }
func inNilSend()               { chan<- int(nil) <- 1 }
func inNoCases()               { select {} }
func inSleep()                 { time.Sleep(24 * time.Hour) }
func inAfter()                 { <-time.After(24 * time.Hour) }
func inTicker()                { <-time.NewTicker(24 * time.Hour).C }

func inSendToFull(c chan int) {
	c <- 1
	c <- 2
}

func inRange(c chan int) {
	for range c {
	}
}

func inSelect(a, b chan int) {
	select {
	case <-a:
	case b <- 1:
	}
}

func inSelectWithNil(ctx context.Context, none chan int) {
	select {
	case <-ctx.Done():
	case <-none:
	}
}

func startChannels() {
	start("inChanReceive", "chan receive", func() { inChanReceive(make(chan int)) })
	start("inChanSend", "chan send", func() { inChanSend(make(chan int)) })
	start("inSendToFull", "chan send", func() { inSendToFull(make(chan int, 1)) })
	start("inRange", "chan receive", func() { inRange(make(chan int)) })
	start("inNilReceive", "chan receive (nil chan)", inNilReceive)
	start("inNilSend", "chan send (nil chan)", inNilSend)
	start("inNoCases", "select (no cases)", inNoCases)
	start("inSelect", "select", func() { inSelect(make(chan int), make(chan int)) })
	ctx, cancel := context.WithCancel(context.Background())
	start("inSelectWithNil", "select", func() {
		defer cancel()
		inSelectWithNil(ctx, nil)
	})
	start("inSleep", "sleep", inSleep)
	start("inAfter", "chan receive", inAfter)
	start("inTicker", "chan receive", inTicker)
}
