// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"sync"
	"time"
)

func mutexes() {
	var mu sync.Mutex
	var g group
	for i := 0; i < 4; i++ {
		g.start(func() {
			times(4000, func() {
				mu.Lock()
				runtime.Gosched() // the others come and find it locked
				mu.Unlock()
			})
		})
	}
	g.Wait()
}

// heldMutex is contention that lasts: the lock is held over a sleep.
func heldMutex() {
	var mu sync.Mutex
	var g group
	for i := 0; i < 4; i++ {
		g.start(func() {
			times(50, func() {
				mu.Lock()
				time.Sleep(time.Millisecond)
				mu.Unlock()
			})
		})
	}
	g.Wait()
}

func rwMutexes() {
	var mu sync.RWMutex
	var g group
	for i := 0; i < 4; i++ {
		g.start(func() {
			times(1500, func() {
				mu.RLock()
				runtime.Gosched()
				mu.RUnlock()
			})
		})
	}
	for i := 0; i < 2; i++ {
		g.start(func() {
			times(1500, func() {
				mu.Lock()
				runtime.Gosched()
				mu.Unlock()
			})
		})
	}
	g.Wait()
}

// conds hands a turn back and forth.
func conds() {
	var mu sync.Mutex
	turn, changed := 0, sync.NewCond(&mu)
	player := func(me int) {
		times(5000, func() {
			mu.Lock()
			for turn != me {
				changed.Wait()
			}
			turn = 1 - me
			changed.Broadcast()
			mu.Unlock()
		})
	}
	var g group
	g.start(func() { player(0) })
	g.start(func() { player(1) })
	g.Wait()
}

func waitGroups() {
	times(2000, func() {
		var g group
		for i := 0; i < 3; i++ {
			g.start(runtime.Gosched)
		}
		g.Wait()
	})
}
