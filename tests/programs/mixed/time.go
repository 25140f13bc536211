// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"
)

func sleeps() {
	var g group
	for i := 0; i < 8; i++ {
		g.start(func() { times(100, func() { time.Sleep(500 * time.Microsecond) }) })
	}
	g.Wait()
}

func timers() {
	var g group
	g.start(func() { times(200, func() { <-time.After(500 * time.Microsecond) }) })
	g.start(func() {
		ticker := time.NewTicker(500 * time.Microsecond)
		defer ticker.Stop()
		times(200, func() { <-ticker.C })
	})
	g.start(func() {
		fired := make(chan struct{})
		times(200, func() {
			spawned.Add(1) // the timer starts a goroutine for the function
			time.AfterFunc(500*time.Microsecond, func() { fired <- struct{}{} })
			<-fired
		})
	})
	g.Wait()
}
