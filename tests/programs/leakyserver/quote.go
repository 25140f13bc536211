// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

const quoteTimeout = 40 * time.Millisecond

var errTooLate = errors.New("the price feed is too late")

// askFeed is usually quick, but every tenth answer comes late.
func (s *shop) askFeed() int {
	if n := s.asked.Add(1); n%10 == 0 {
		time.Sleep(80 * time.Millisecond)
	} else {
		time.Sleep(2 * time.Millisecond)
	}
	return 4200
}

// fetchQuote leaks: after the timeout nobody receives, and the goroutine waits in its send for ever.
// The cure is one character: make(chan int, 1).
func (s *shop) fetchQuote() (int, error) {
	price := make(chan int)
	go func() {
		price <- s.askFeed()
	}()
	select {
	case p := <-price:
		return p, nil
	case <-time.After(quoteTimeout):
		return 0, errTooLate
	}
}

func (s *shop) handleQuote(w http.ResponseWriter, _ *http.Request) {
	price, err := s.fetchQuote()
	if err != nil {
		http.Error(w, err.Error(), http.StatusGatewayTimeout)
		return
	}
	fmt.Fprintln(w, price)
}
