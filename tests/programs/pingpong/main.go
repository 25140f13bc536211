// SPDX-License-Identifier: Apache-2.0

// pingpong measures what observing adds to a channel operation. At each line "N" of its input it
// passes a value back and forth N times and prints the nanoseconds a round trip took.
package main

import (
	"fmt"
	"runtime"
	"strconv"
	"time"

	"gosnoop.test/programs/internal/control"
)

var ping, pong = make(chan int), make(chan int)

func player() {
	for v := range ping {
		pong <- v
	}
}

func rounds(n int) time.Duration {
	start := time.Now()
	for i := 0; i < n; i++ {
		ping <- i
		<-pong
	}
	return time.Since(start)
}

func main() {
	// One processor: two would add the noise of threads that wake each other.
	runtime.GOMAXPROCS(1)
	go player()
	control.Ready("")
	for words := control.Next(); len(words) > 0; words = control.Next() {
		n, err := strconv.Atoi(words[0])
		if err != nil {
			return
		}
		fmt.Printf("%.1f\n", float64(rounds(n).Nanoseconds())/float64(n))
	}
}
