// SPDX-License-Identifier: Apache-2.0

// nethttp is the server wrk loads in the benchmarks: a small answer, no work of its own, and, on
// request, goroutines parked beside it. The line "trace FILE" starts Go's own execution tracer, the
// line "stop" ends it.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/trace"
	"strings"

	"gosnoop.test/programs/internal/control"
)

var answer = strings.Repeat("x", 1024)

func serve(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, answer) }

func park(forever chan int) { <-forever }

func startTrace(name string) {
	file, err := os.Create(name)
	check(err)
	check(trace.Start(file))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "nethttp:", err)
		os.Exit(1)
	}
}

func main() {
	parked := flag.Int("parked", 0, "goroutines that wait beside the server")
	flag.Parse()
	forever := make(chan int)
	for i := 0; i < *parked; i++ {
		go park(forever)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go http.Serve(listener, http.HandlerFunc(serve))
	control.Ready(listener.Addr().String())
	for words := control.Next(); len(words) > 0 && words[0] != "quit"; words = control.Next() {
		switch words[0] {
		case "trace":
			startTrace(words[1])
		case "stop":
			trace.Stop()
		}
		fmt.Println("done")
	}
}
