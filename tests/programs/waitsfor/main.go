// SPDX-License-Identifier: Apache-2.0

// waitsfor parks goroutines in every way that leads to something in memory or in the kernel, and stays
// so: what the telling of what a goroutine waits for is proven on. The line it prints when they all wait
// has, for each, its goid and what it waits for, by the addresses, descriptors and ports it knows itself.
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"gosnoop.test/programs/internal/control"
)

type channel struct {
	Address   uintptr `json:"address"`
	Send      bool    `json:"send"`
	Timer     bool    `json:"timer"`
	Length    int     `json:"length"`
	Capacity  int     `json:"capacity"`
	Senders   int     `json:"senders"`
	Receivers int     `json:"receivers"`
}

// fact is what a goroutine waits for, and how it does.
type fact struct {
	Name     string    `json:"name"`
	Goid     int       `json:"goid"`
	Kind     string    `json:"kind"`
	Address  uintptr   `json:"address,omitempty"`
	Channels []channel `json:"channels,omitempty"`
	Fd       int       `json:"fd,omitempty"`
	Write    bool      `json:"write,omitempty"`
	Socket   []string  `json:"socket,omitempty"` // protocol, local, remote, state
	Call     string    `json:"call,omitempty"`   // a pattern
	Thread   int       `json:"thread,omitempty"`
	Locked   bool      `json:"locked,omitempty"`
}

var (
	facts   []fact
	factsMu sync.Mutex
)

// goid is in the first line of the goroutine's own stack: "goroutine 7 [running]:".
func goid() int {
	text := make([]byte, 64)
	words := bytes.Fields(text[:runtime.Stack(text, false)])
	id, err := strconv.Atoi(string(words[1]))
	if err != nil {
		panic(err)
	}
	return id
}

// park starts wait in a goroutine, of which f is true when it waits.
func park(f fact, wait func()) {
	started := make(chan bool)
	go func() {
		f.Goid = goid()
		if f.Locked {
			runtime.LockOSThread()
			f.Thread = gettid()
		}
		factsMu.Lock()
		facts = append(facts, f)
		factsMu.Unlock()
		close(started)
		wait()
	}()
	<-started
}

func addressOf[T any](c chan T) uintptr { return *(*uintptr)(unsafe.Pointer(&c)) }

func parkOnChannels() {
	receive, full, buffered := make(chan int), make(chan int, 3), make(chan string, 5)
	for i := 0; i < cap(full); i++ {
		full <- i
	}
	park(fact{Name: "receive", Kind: "channels", Channels: []channel{
		{Address: addressOf(receive), Receivers: 1}}}, func() { <-receive })
	park(fact{Name: "send", Kind: "channels", Channels: []channel{
		{Address: addressOf(full), Send: true, Length: 3, Capacity: 3, Senders: 1}}}, func() { full <- 7 })
	for i := 0; i < 3; i++ {
		park(fact{Name: "one of three", Kind: "channels", Channels: []channel{
			{Address: addressOf(buffered), Capacity: 5, Receivers: 3}}}, func() { <-buffered })
	}
	timer := time.NewTimer(24 * time.Hour)
	timers := *(*chan time.Time)(unsafe.Pointer(&timer.C))
	park(fact{Name: "timer", Kind: "channels", Channels: []channel{
		{Address: addressOf(timers), Timer: timersHaveChannels, Capacity: 1, Receivers: 1}}}, func() { <-timer.C })
	park(fact{Name: "nil receive", Kind: "nothing"}, func() { <-chan int(nil) })
	park(fact{Name: "nil send", Kind: "nothing"}, func() { chan<- int(nil) <- 1 })
}

func parkInSelects() {
	a, b, c := make(chan int), make(chan string, 1), make(chan bool)
	b <- ""
	park(fact{Name: "select", Kind: "channels", Channels: []channel{
		{Address: addressOf(a), Receivers: 1},
		{Address: addressOf(b), Send: true, Length: 1, Capacity: 1, Senders: 1},
		{Address: addressOf(c), Send: true, Senders: 1}}},
		func() {
			select {
			case c <- true:
			case <-a:
			case b <- "x":
			}
		})
	both := make(chan int)
	park(fact{Name: "select on both sides", Kind: "channels", Channels: []channel{
		{Address: addressOf(both), Receivers: 1, Senders: 1},
		{Address: addressOf(both), Send: true, Receivers: 1, Senders: 1}}},
		func() {
			select {
			case <-both:
			case both <- 1:
			}
		})
	var none chan int
	park(fact{Name: "select of nil channels", Kind: "nothing"}, func() {
		select {
		case <-none:
		case none <- 1:
		}
	})
	park(fact{Name: "select without cases", Kind: "nothing"}, func() { select {} })
}

// parkCrowd: more on one channel, and on one sync.Cond, than gosnoop follows (kMaxWaiters).
func parkCrowd() {
	const size, counted = 1500, 1000
	crowd := make(chan int)
	cond := sync.NewCond(new(sync.Mutex))
	for i := 0; i < size; i++ {
		park(fact{Name: "crowd", Kind: "channels", Channels: []channel{
			{Address: addressOf(crowd), Receivers: counted}}}, func() { <-crowd })
		park(fact{Name: "crowd in select", Kind: "channels", Channels: []channel{
			{Address: addressOf(crowd), Receivers: counted}}}, func() {
			select {
			case <-crowd:
			case <-(chan int)(nil):
			}
		})
		park(fact{Name: "crowd on cond", Kind: "cond", Address: uintptr(unsafe.Pointer(cond))}, waitOn(cond))
	}
}

func waitOn(cond *sync.Cond) func() {
	return func() {
		cond.L.Lock()
		cond.Wait()
	}
}

// The semaphores lie at these distances in Go 1.19 to 1.27: sync/{mutex,rwmutex,waitgroup}.go.
func parkOnLocks() {
	mu, written, read, wg := new(sync.Mutex), new(sync.RWMutex), new(sync.RWMutex), new(sync.WaitGroup)
	semaphore := func(name string, object unsafe.Pointer, distance uintptr) fact {
		return fact{Name: name, Kind: "semaphore", Address: uintptr(object) + distance}
	}
	mu.Lock()
	park(semaphore("mutex", unsafe.Pointer(mu), 4), mu.Lock)
	park(semaphore("mutex, the second", unsafe.Pointer(mu), 4), mu.Lock)
	written.Lock()
	park(semaphore("read lock", unsafe.Pointer(written), 12), written.RLock)
	park(semaphore("write lock held by a writer", unsafe.Pointer(written), 4), written.Lock)
	read.RLock()
	park(semaphore("write lock held by a reader", unsafe.Pointer(read), 8), read.Lock)
	wg.Add(1)
	park(semaphore("wait group", unsafe.Pointer(wg), 8), wg.Wait)
	for i := 0; i < 3; i++ {
		cond := sync.NewCond(new(sync.Mutex))
		for j := 0; j <= i; j++ {
			park(fact{Name: "cond", Kind: "cond", Address: uintptr(unsafe.Pointer(cond))}, waitOn(cond))
		}
	}
}

func parkOnThreads() {
	forever := make(chan int)
	park(fact{Name: "locked to its thread", Kind: "channels", Locked: true, Channels: []channel{
		{Address: addressOf(forever), Receivers: 1}}}, func() { <-forever })
	park(fact{Name: "runs", Kind: "unknown", Locked: true}, func() {
		for {
		}
	})
	park(fact{Name: "sleep", Kind: "sleep"}, func() { time.Sleep(24 * time.Hour) })
}

func main() {
	parkOnChannels()
	parkInSelects()
	parkCrowd()
	parkOnLocks()
	parkOnNetwork()
	parkInSyscalls()
	parkInC()
	parkOnThreads()
	time.Sleep(300 * time.Millisecond) // until all of them wait
	text, err := json.Marshal(facts)
	if err != nil {
		os.Exit(1)
	}
	control.Ready(string(text))
	control.WaitForQuit()
}
