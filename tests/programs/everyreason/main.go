// SPDX-License-Identifier: Apache-2.0

// everyreason parks one goroutine in every way a program can wait, and stays so: what the reading of
// the goroutine table is proven on. Each waits in a function named after how; the line it prints when
// they all wait names, for each function, Go's wait reason in this Go version.
package main

import (
	"encoding/json"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"gosnoop.test/programs/internal/control"
)

func inChanReceive(c chan int) { <-c }
func inChanSend(c chan int)    { c <- 1 }
func inNilReceive()            { <-chan int(nil) }
func inNilSend()               { chan<- int(nil) <- 1 }
func inSleep()                 { time.Sleep(24 * time.Hour) }
func inNoCases()               { select {} }

func inSelect(a, b chan int) {
	select {
	case <-a:
	case b <- 1:
	}
}

func inMutex(mu *sync.Mutex)         { mu.Lock() }
func inReadLock(mu *sync.RWMutex)    { mu.RLock() }
func inWriteLock(mu *sync.RWMutex)   { mu.Lock() }
func inWaitGroup(wg *sync.WaitGroup) { wg.Wait() }

func inCond(c *sync.Cond) {
	c.L.Lock()
	c.Wait()
}

func inNetwork(listener net.Listener) { listener.Accept() }

// want: what each function waits for; "semacquire" where the runtime did not tell locks apart yet.
func want() map[string]string {
	reasons := map[string]string{
		"inChanReceive": "chan receive",
		"inChanSend":    "chan send",
		"inNilReceive":  "chan receive (nil chan)",
		"inNilSend":     "chan send (nil chan)",
		"inSleep":       "sleep",
		"inNoCases":     "select (no cases)",
		"inSelect":      "select",
		"inMutex":       "sync.Mutex.Lock",
		"inReadLock":    "sync.RWMutex.RLock",
		"inWriteLock":   "sync.RWMutex.Lock",
		"inWaitGroup":   "sync.WaitGroup.Wait",
		"inCond":        "sync.Cond.Wait",
		"inNetwork":     "IO wait",
	}
	if before("go1.24") {
		reasons["inWaitGroup"] = "semacquire"
	}
	if before("go1.20") {
		for _, name := range []string{"inMutex", "inReadLock", "inWriteLock"} {
			reasons[name] = "semacquire"
		}
	}
	for name, reason := range coroutineReasons() {
		reasons[name] = reason
	}
	return reasons
}

// before: versions have two digits after the dot, so they sort as text.
func before(version string) bool { return strings.Compare(runtime.Version(), version) < 0 }

func parkAll() {
	go inChanReceive(make(chan int))
	go inChanSend(make(chan int))
	go inNilReceive()
	go inNilSend()
	go inSleep()
	go inNoCases()
	go inSelect(make(chan int), make(chan int))

	var mu sync.Mutex
	mu.Lock()
	go inMutex(&mu)
	written, read := new(sync.RWMutex), new(sync.RWMutex)
	written.Lock()
	go inReadLock(written)
	read.RLock()
	go inWriteLock(read)
	wg := new(sync.WaitGroup)
	wg.Add(1)
	go inWaitGroup(wg)
	go inCond(sync.NewCond(new(sync.Mutex)))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go inNetwork(listener)
	parkCoroutine()
}

func main() {
	parkAll()
	time.Sleep(100 * time.Millisecond) // until all of them wait
	text, err := json.Marshal(want())
	if err != nil {
		os.Exit(1)
	}
	control.Ready(string(text))
	control.WaitForQuit()
}
