// SPDX-License-Identifier: Apache-2.0

// manygoroutines has a great many goroutines parked (100,000 unless -n says otherwise) and a few
// that work: what gosnoop's memory and its reading of the goroutine table are measured on.
//
// With -pprof it serves Go's own dumps as well, and one goroutine looks at the clock each millisecond:
// the line "stall" is answered by the longest time between two looks since the last such line, in ms.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"gosnoop.test/programs/internal/control"
)

func parkOnReceive(ch chan int) { <-ch }

func parkOnSelect(a, b chan int) {
	select {
	case <-a:
	case <-b:
	}
}

func parkOnMutex(mu *sync.Mutex) { mu.Lock() }

func parkOnSleep() { time.Sleep(24 * time.Hour) }

func churn() {
	for {
		done := make(chan int)
		go func() { done <- 1 }()
		<-done
		time.Sleep(time.Millisecond)
	}
}

var longest atomic.Int64 // ns between two looks at the clock

func watchClock() {
	last := time.Now()
	for {
		time.Sleep(time.Millisecond)
		now := time.Now()
		if gap := int64(now.Sub(last)); gap > longest.Load() {
			longest.Store(gap)
		}
		last = now
	}
}

// serve returns the address of Go's own dumps.
func serve() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "manygoroutines:", err)
		os.Exit(1)
	}
	go http.Serve(listener, nil)
	go watchClock()
	return listener.Addr().String()
}

func park(n int) {
	var mu sync.Mutex
	mu.Lock()
	forever := make(chan int)
	for i := 0; i < n; i += 4 {
		go parkOnReceive(forever)
		go parkOnSelect(forever, nil)
		go parkOnMutex(&mu)
		go parkOnSleep()
	}
	for runtime.NumGoroutine() < n {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond) // the last ones park
}

func main() {
	n := flag.Int("n", 100_000, "how many are parked")
	pprof := flag.Bool("pprof", false, "serve net/http/pprof, and watch the clock")
	flag.Parse()
	address := ""
	if *pprof {
		address = serve()
	} else {
		go churn()
	}
	park(*n)
	control.Ready(fmt.Sprint(runtime.NumGoroutine(), " ", address))
	for words := control.Next(); len(words) > 0 && words[0] != "quit"; words = control.Next() {
		if words[0] == "stall" {
			fmt.Printf("%.3f\n", float64(longest.Swap(0))/1e6)
		}
	}
}
