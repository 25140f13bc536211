// SPDX-License-Identifier: Apache-2.0

// leakyserver is the server of the demo: a small shop as one finds them, with three faults.
//   - GET /quote leaks a goroutine whenever the price feed is late (quote.go).
//   - GET /order queues at one lock that is held far too long (orders.go).
//   - GET /report waits for a slow backend (reports.go).
//
// The rest is as it should be: keep-alive connections, a worker pool, a ticker, a signal handler.
// With -load it starts a second process that sends it requests, enough for about twenty leaks a second.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func listen(address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	return listener
}

func routes(shop *shop) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/quote", shop.handleQuote)
	mux.HandleFunc("/order", shop.handleOrder)
	mux.HandleFunc("/report", shop.handleReport)
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return mux
}

// flushMetrics stands for the periodic work every server has.
func flushMetrics(shop *shop) {
	for range time.Tick(100 * time.Millisecond) {
		shop.flushed.Add(1)
	}
}

func waitForSignal() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
}

func main() {
	address := flag.String("addr", "127.0.0.1:0", "where to listen")
	load := flag.Bool("load", false, "have requests sent by another process")
	customers := flag.String("customers", "", "be that process, for the server at this URL")
	flag.Parse()
	if *customers != "" {
		sendRequests(*customers)
		return
	}

	backend := listen("127.0.0.1:0")
	go http.Serve(backend, http.HandlerFunc(serveBackend))
	shop := newShop("http://" + backend.Addr().String())
	go flushMetrics(shop)

	front := listen(*address)
	go http.Serve(front, routes(shop))
	fmt.Printf("listening on %s pid %d\n", front.Addr(), os.Getpid())
	if *load {
		startLoad("http://" + front.Addr().String())
	}
	waitForSignal()
}
