// SPDX-License-Identifier: Apache-2.0

//go:build go1.25

//go:debug asynctimerchan=0

package main

import (
	"sync"
	"testing"
	"testing/synctest"
)

func inBubbleReceive(c chan int)           { <-c }
func inBubbleSend(c chan int)              { c <- 1 }
func inBubbleSelect(a, b chan int)         { inSelect(a, b) }
func inBubbleWaitGroup(wg *sync.WaitGroup) { wg.Wait() }
func inBubbleCond(c *sync.Cond)            { inCond(c) }
func inBubbleWait()                        { synctest.Wait() }
func inBubbleOutside(fd int)               { inRawRead(fd) }

// bubble: package testing/synctest has waits of its own. One goroutine in a read(2) keeps it from
// finding that all of them wait for ever.
func bubble(*testing.T) {
	go inBubbleOutside(openPipe())
	go inBubbleReceive(make(chan int))
	go inBubbleSend(make(chan int))
	go inBubbleSelect(make(chan int), make(chan int))
	wg := new(sync.WaitGroup)
	wg.Add(1)
	go inBubbleWaitGroup(wg)
	go inBubbleCond(sync.NewCond(new(sync.Mutex)))
	inBubbleWait()
}

func startBubble() {
	for name, reason := range map[string]string{
		"inBubbleReceive": "chan receive (durable)", "inBubbleSend": "chan send (durable)",
		"inBubbleSelect": "select (durable)", "inBubbleWaitGroup": "sync.WaitGroup.Wait (durable)",
		"inBubbleCond": "sync.Cond.Wait (durable)", "inBubbleOutside": "syscall", "inBubbleWait": "synctest.Wait (durable)",
	} {
		reasons[name] = reason
	}
	all := func(string, string) (bool, error) { return true, nil }
	test := testing.InternalTest{Name: "bubble", F: func(t *testing.T) { synctest.Test(t, bubble) }}
	go testing.Main(all, []testing.InternalTest{test}, nil, nil)
}
