// SPDX-License-Identifier: Apache-2.0

// everywait waits in every way a program can, under every shape of stack the compiler makes, and stays
// so; and it serves Go's own goroutine dump (net/http/pprof), which another one is compared with.
//
// When all of them wait it prints its address and, for each function that waits, Go's wait reason in
// this Go version: so a test knows that none of the ways is missing from both dumps. It answers a line by
// runtime.NumGoroutine; the line "gc" after a collection: from the second on the runtime knows since when
// each of them waits.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"strings"
	"time"

	"gosnoop.test/programs/internal/control"
)

// reasons: what each function waits for.
var reasons = map[string]string{}

func start(name, reason string, f func()) {
	reasons[name] = reason
	go f()
}

// before: versions have two digits after the dot, so they sort as text.
func before(version string) bool { return strings.Compare(runtime.Version(), version) < 0 }

// since: the first where the runtime knows it from version on, else the second.
func since(version, reason, earlier string) string {
	if before(version) {
		return earlier
	}
	return reason
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	startChannels()
	startLocks()
	startNetwork()
	startSyscalls()
	startStacks()
	startCreators()
	startFinalizer()
	startCoroutine()
	startBubble()
	startCgo()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go http.Serve(listener, nil)
	time.Sleep(300 * time.Millisecond) // until all of them wait
	text, err := json.Marshal(map[string]interface{}{"address": listener.Addr().String(), "reasons": reasons})
	if err != nil {
		os.Exit(1)
	}
	control.Ready(string(text))
	for words := control.Next(); len(words) > 0 && words[0] != "quit"; words = control.Next() {
		if words[0] == "gc" {
			runtime.GC()
		}
		fmt.Println(runtime.NumGoroutine())
	}
}
