// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// customer asks for the same thing again and again, over one connection that is kept.
func customer(url string, pause time.Duration) {
	client := &http.Client{Transport: &http.Transport{}}
	for {
		if response, err := client.Get(url); err == nil {
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		time.Sleep(pause)
	}
}

// sendRequests: 200 quotes a second, of which every tenth is late; eight customers at the hot lock; two
// who want reports. Until the input ends, which it does with the server.
func sendRequests(url string) {
	for i := 0; i < 4; i++ {
		go customer(url+"/quote", 12*time.Millisecond)
	}
	for i := 0; i < 8; i++ {
		go customer(url+"/order", 5*time.Millisecond)
	}
	for i := 0; i < 2; i++ {
		go customer(url+"/report", 10*time.Millisecond)
	}
	io.Copy(io.Discard, os.Stdin)
}

var untilServerEnds io.WriteCloser // the other end of the customers' input

// startLoad has the customers in a process of their own, so that their waits are not the server's.
func startLoad(url string) {
	command := exec.Command("/proc/self/exe", "-customers", url)
	var err error
	if untilServerEnds, err = command.StdinPipe(); err != nil {
		log.Fatal(err)
	}
	if err := command.Start(); err != nil {
		log.Fatal(err)
	}
}
