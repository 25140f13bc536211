// SPDX-License-Identifier: Apache-2.0

// churner creates and ends 10,000 goroutines a second, beside 1,000 that wait throughout, and keeps
// account of every id there ever was. It answers the line "parked" with the ids of those that wait, and
// "ids" with those of all its goroutines so far, main's too, as ranges: "1-17,19-40".
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"gosnoop.test/programs/internal/control"
)

const (
	longLived = 1000
	atOnce    = 10 // each millisecond
)

type ids struct {
	mu  sync.Mutex
	all []int
}

func (s *ids) addMine() {
	id := mine()
	s.mu.Lock()
	s.all = append(s.all, id)
	s.mu.Unlock()
}

func (s *ids) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

func (s *ids) ranges() string {
	s.mu.Lock()
	all := append([]int(nil), s.all...)
	s.mu.Unlock()
	sort.Ints(all)
	var text strings.Builder
	for i := 0; i < len(all); {
		last := i
		for last+1 < len(all) && all[last+1] <= all[last]+1 {
			last++
		}
		fmt.Fprintf(&text, ",%d-%d", all[i], all[last])
		i = last + 1
	}
	return strings.TrimPrefix(text.String(), ",")
}

// mine: the id of the goroutine that asks, from "goroutine 17 [running]:".
func mine() int {
	var buffer [64]byte
	words := bytes.Fields(buffer[:runtime.Stack(buffer[:], false)])
	id, err := strconv.Atoi(string(words[1]))
	if err != nil {
		panic(err)
	}
	return id
}

var ever, parked ids

func park(forever chan int) {
	ever.addMine()
	parked.addMine()
	<-forever
}

// live is short: some waits and some work.
func live(round int, gate chan int) {
	ever.addMine()
	switch round % 3 {
	case 0:
		time.Sleep(time.Duration(round%5) * time.Millisecond)
	case 1:
		select {
		case gate <- 1:
		case <-gate:
		}
	case 2:
		runtime.Gosched()
	}
}

func churn() {
	ever.addMine()
	gate := make(chan int, 1)
	behind, last := 0, time.Now()
	for round := 0; ; round++ {
		time.Sleep(time.Millisecond)
		now := time.Now()
		behind += int(now.Sub(last) * atOnce / time.Millisecond) // a busy machine wakes it late
		last = now
		for ; behind > 0; behind-- {
			go live(behind+round, gate)
		}
	}
}

func main() {
	ever.addMine()
	forever := make(chan int)
	for i := 0; i < longLived; i++ {
		go park(forever)
	}
	for parked.count() < longLived {
		time.Sleep(time.Millisecond)
	}
	go churn()
	time.Sleep(100 * time.Millisecond)
	control.Ready("")
	for words := control.Next(); len(words) > 0 && words[0] != "quit"; words = control.Next() {
		if words[0] == "parked" {
			fmt.Println(parked.ranges())
		} else {
			fmt.Println(ever.ranges())
		}
	}
}
