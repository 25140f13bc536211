// SPDX-License-Identifier: Apache-2.0

// everywake is the main job in small, for every Go version and build mode: goroutines come and go,
// wait, and are woken by another goroutine, by the network poller and by a timer, each in functions
// named after what they do; and one line leaks 20 goroutines a second. It prints
// "woken … leaked …" counters at each line of its input.
package main

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"gosnoop.test/programs/internal/control"
)

const beat = 10 * time.Millisecond

var started, leaked, beats atomic.Int64

//go:noinline
func waitForValue(c chan int) int { return <-c }

//go:noinline
func sendValue(c chan int) { c <- 1 }

// shortLived is created and ends once a beat.
func shortLived(done *sync.WaitGroup) { done.Done() }

func spawnShortLived() {
	var done sync.WaitGroup
	done.Add(1)
	started.Add(1)
	go shortLived(&done)
	done.Wait()
}

func receiver(c chan int) {
	for {
		waitForValue(c)
	}
}

//go:noinline
func lockContended(mu *sync.Mutex) {
	mu.Lock()
	mu.Unlock()
}

func locker(mu *sync.Mutex, turn, done chan int) {
	for range turn {
		lockContended(mu)
		done <- 1
	}
}

//go:noinline
func unlockContended(mu *sync.Mutex) { mu.Unlock() }

// contend holds the lock until the locker waits for it, and leaves it to the locker once.
func contend(mu *sync.Mutex, turn, done chan int) {
	mu.Lock()
	turn <- 1
	time.Sleep(2 * time.Millisecond)
	unlockContended(mu)
	<-done
}

//go:noinline
func readFromNetwork(conn net.Conn) error {
	var buffer [16]byte
	_, err := conn.Read(buffer[:])
	return err
}

func networkReader(conn net.Conn) {
	for readFromNetwork(conn) == nil {
	}
}

//go:noinline
func sleepABit() { time.Sleep(beat) }

func sleeper() {
	for {
		sleepABit()
	}
}

//go:noinline
func waitForever(c chan int) { <-c }

//go:noinline
func leakOne() {
	leaked.Add(1)
	go waitForever(make(chan int))
}

func connect() (client, server net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	client, err = net.Dial("tcp", listener.Addr().String())
	check(err)
	server, err = listener.Accept()
	check(err)
	return client, server
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func work() {
	values, turn, done, mu := make(chan int), make(chan int), make(chan int), new(sync.Mutex)
	client, server := connect()
	go receiver(values)
	go locker(mu, turn, done)
	go networkReader(server)
	go sleeper()
	for {
		time.Sleep(beat)
		beats.Add(1)
		spawnShortLived()
		sendValue(values)
		contend(mu, turn, done)
		_, err := client.Write([]byte("hello"))
		check(err)
	}
}

func leak() {
	for range time.Tick(50 * time.Millisecond) {
		leakOne()
	}
}

func main() {
	go work()
	go leak()
	control.Ready("")
	for words := control.Next(); len(words) > 0 && words[0] != "quit"; words = control.Next() {
		fmt.Printf("beats %d started %d leaked %d\n", beats.Load(), started.Load(), leaked.Load())
	}
}
