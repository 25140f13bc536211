// SPDX-License-Identifier: Apache-2.0

package main

import "sync"

func inMutex(mu *sync.Mutex)          { mu.Lock() }
func inReadLock(mu *sync.RWMutex)     { mu.RLock() }
func inWriteLock(mu *sync.RWMutex)    { mu.Lock() }
func inSecondWriter(mu *sync.RWMutex) { mu.Lock() }
func inWaitGroup(wg *sync.WaitGroup)  { wg.Wait() }
func inOnce(once *sync.Once)          { once.Do(func() {}) }

func inCond(c *sync.Cond) {
	c.L.Lock()
	c.Wait()
}

func startLocks() {
	mu := new(sync.Mutex)
	mu.Lock()
	start("inMutex", since("go1.20", "sync.Mutex.Lock", "semacquire"), func() { inMutex(mu) })

	// A writer that finds another one waits for the mutex inside.
	written, read := new(sync.RWMutex), new(sync.RWMutex)
	written.Lock()
	start("inReadLock", since("go1.20", "sync.RWMutex.RLock", "semacquire"), func() { inReadLock(written) })
	start("inSecondWriter", since("go1.20", "sync.Mutex.Lock", "semacquire"), func() { inSecondWriter(written) })
	read.RLock()
	start("inWriteLock", since("go1.20", "sync.RWMutex.Lock", "semacquire"), func() { inWriteLock(read) })

	wg := new(sync.WaitGroup)
	wg.Add(1)
	start("inWaitGroup", since("go1.24", "sync.WaitGroup.Wait", "semacquire"), func() { inWaitGroup(wg) })
	start("inCond", "sync.Cond.Wait", func() { inCond(sync.NewCond(new(sync.Mutex))) })
	startOnce()
}

func startOnce() {
	once, begun := new(sync.Once), make(chan int)
	start("inFirstOnce", "chan receive", func() {
		once.Do(func() { inFirstOnce(begun) })
	})
	<-begun
	start("inOnce", since("go1.20", "sync.Mutex.Lock", "semacquire"), func() { inOnce(once) })
}

func inFirstOnce(begun chan int) {
	begun <- 1
	<-make(chan int)
}
