// SPDX-License-Identifier: Apache-2.0

// syscalls makes known numbers of system calls, each kind in a function and a goroutine of its own. At
// the line "go" it makes them all, one kind after the other, and prints
// {"goroutines": {function: goroutine}, "lines": {function: line that calls}}; "hang"
// lets a goroutine block its thread in a read that never returns, and prints its id; "bytes N" passes N
// bytes through a pipe, one at a time, and prints the nanoseconds a byte took.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gosnoop.test/programs/internal/control"
)

const (
	reads, writes, fsyncs, opens, missing, badReads = 1000, 300, 20, 40, 50, 30
	slowReads                                       = 10
	delay                                           = 30 * time.Millisecond
)

var file string
var one = []byte{'x'}

// lines has the line of the calls that each function makes in a loop.
var lines = map[string]int{}

// callBelow notes that its caller calls on the next line.
func callBelow(function string) {
	_, _, line, _ := runtime.Caller(1)
	lines[function] = line + 1
}

func goid() int {
	buffer := make([]byte, 64)
	fields := strings.Fields(string(buffer[:runtime.Stack(buffer, false)]))
	id, _ := strconv.Atoi(fields[1])
	return id
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func open(flags int) int {
	fd, err := syscall.Open(file, flags|syscall.O_CLOEXEC, 0o600)
	check(err)
	return fd
}

//go:noinline
func write() {
	fd := open(syscall.O_WRONLY | syscall.O_CREAT)
	for i := 0; i < writes; i++ {
		callBelow("write")
		_, err := syscall.Write(fd, one)
		check(err)
	}
	check(syscall.Close(fd))
}

//go:noinline
func read() {
	fd := open(syscall.O_RDONLY)
	buffer := make([]byte, 1)
	for i := 0; i < reads; i++ {
		callBelow("read")
		_, err := syscall.Read(fd, buffer)
		check(err)
	}
	check(syscall.Close(fd))
}

//go:noinline
func fsync() {
	fd := open(syscall.O_WRONLY)
	for i := 0; i < fsyncs; i++ {
		callBelow("fsync")
		check(syscall.Fsync(fd))
	}
	check(syscall.Close(fd))
}

//go:noinline
func openAndClose() {
	for i := 0; i < opens; i++ {
		check(syscall.Close(open(syscall.O_RDONLY)))
	}
}

//go:noinline
func openMissing() {
	for i := 0; i < missing; i++ {
		callBelow("openMissing")
		if _, err := syscall.Open(file+".missing", syscall.O_RDONLY, 0); err != syscall.ENOENT {
			panic(err)
		}
	}
}

//go:noinline
func readBad() {
	for i := 0; i < badReads; i++ {
		callBelow("readBad")
		if _, err := syscall.Read(-1, one); err != syscall.EBADF {
			panic(err)
		}
	}
}

// A pipe whose writer lets each read wait.
//
//go:noinline
func readSlowly() {
	var pipe [2]int
	check(syscall.Pipe2(pipe[:], syscall.O_CLOEXEC))
	go func() {
		for i := 0; i < slowReads; i++ {
			time.Sleep(delay)
			syscall.Write(pipe[1], one)
		}
	}()
	buffer := make([]byte, 1)
	for i := 0; i < slowReads; i++ {
		callBelow("readSlowly")
		n, err := syscall.Read(pipe[0], buffer)
		if n != 1 {
			panic(err)
		}
	}
	check(syscall.Close(pipe[0]))
	check(syscall.Close(pipe[1]))
}

// run runs f in a goroutine of its own and returns that one's id.
func run(f func()) int {
	id := make(chan int)
	go func() {
		f()
		id <- goid()
	}()
	return <-id
}

func hang() int {
	var pipe [2]int
	check(syscall.Pipe2(pipe[:], syscall.O_CLOEXEC))
	id := make(chan int)
	go func() {
		id <- goid()
		syscall.Read(pipe[0], make([]byte, 1))
	}()
	return <-id
}

func passBytes(n int) float64 {
	var pipe [2]int
	check(syscall.Pipe2(pipe[:], syscall.O_CLOEXEC))
	buffer := make([]byte, 1)
	start := time.Now()
	for i := 0; i < n; i++ {
		syscall.Write(pipe[1], buffer)
		syscall.Read(pipe[0], buffer)
	}
	took := time.Since(start)
	check(syscall.Close(pipe[0]))
	check(syscall.Close(pipe[1]))
	return float64(took.Nanoseconds()) / float64(n)
}

var kinds = map[string]func(){"write": write, "read": read, "fsync": fsync, "openAndClose": openAndClose,
	"openMissing": openMissing, "readBad": readBad, "readSlowly": readSlowly}
var order = []string{"write", "read", "fsync", "openAndClose", "openMissing", "readBad", "readSlowly"}

func all() map[string]int {
	ids := map[string]int{}
	for _, name := range order {
		ids[name] = run(kinds[name])
	}
	return ids
}

func main() {
	folder, err := os.MkdirTemp("", "gosnoop-syscalls-")
	check(err)
	defer os.RemoveAll(folder)
	file = filepath.Join(folder, "file")
	control.Ready("")
	for words := control.Next(); len(words) > 0 && words[0] != "quit"; words = control.Next() {
		switch words[0] {
		case "go":
			text, _ := json.Marshal(map[string]map[string]int{"goroutines": all(), "lines": lines})
			fmt.Println(string(text))
		case "hang":
			fmt.Println(hang())
		case "bytes":
			n, _ := strconv.Atoi(words[1])
			fmt.Printf("%.1f\n", passBytes(n))
		}
	}
}
