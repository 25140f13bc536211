// SPDX-License-Identifier: Apache-2.0

// tcp opens connections in every way gosnoop tells apart, and says which goroutine opened each: a server
// and clients on loopback over IPv4 and IPv6, refused ones, resets, half-closes, a client that never
// closes, a descriptor that is another socket before connect or accept4 returns, and in the cgo modes
// connects and closes in C. Each line of its input names what to do; the answer is a line of JSON.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

type opened struct {
	Local     string `json:"local"`
	Remote    string `json:"remote"`
	Goroutine int    `json:"goroutine"`
}

var (
	mu       sync.Mutex
	dialed   []opened
	accepted []opened
	kept     []net.Conn
)

func goid() int {
	var buffer [64]byte
	fields := strings.Fields(string(buffer[:runtime.Stack(buffer[:], false)]))
	id, _ := strconv.Atoi(fields[1])
	return id
}

func note(list *[]opened, conn net.Conn) {
	mu.Lock()
	defer mu.Unlock()
	*list = append(*list, opened{conn.LocalAddr().String(), conn.RemoteAddr().String(), goid()})
}

// echo serves one connection: what comes goes back, until the peer has said all.
func echo(conn net.Conn) {
	io.Copy(conn, conn)
	conn.Close()
}

//go:noinline
func acceptAll(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		note(&accepted, conn)
		go echo(conn)
	}
}

func listen(address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go acceptAll(listener)
	return listener
}

//go:noinline
func dial(address string) net.Conn {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil
	}
	note(&dialed, conn)
	return conn
}

// talk sends and receives n bytes.
func talk(conn net.Conn, n int) {
	go conn.Write(bytes.Repeat([]byte{'x'}, n))
	io.ReadFull(conn, make([]byte, n))
}

func keep(conn net.Conn) {
	mu.Lock()
	kept = append(kept, conn)
	mu.Unlock()
}

// open makes count connections, a goroutine each, of 1000 bytes and more, and keeps them.
func open(address string, count int) {
	var done sync.WaitGroup
	for i := 0; i < count; i++ {
		done.Add(1)
		go func(i int) {
			defer done.Done()
			if conn := dial(address); conn != nil {
				talk(conn, 1000+i)
				keep(conn)
			}
		}(i)
	}
	done.Wait()
}

//go:noinline
func leak(address string, count int) {
	for i := 0; i < count; i++ {
		if conn, err := net.Dial("tcp", address); err == nil {
			keep(conn)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func refused(count int) {
	listener, _ := net.Listen("tcp4", "127.0.0.1:0")
	address := listener.Addr().String()
	listener.Close()
	for i := 0; i < count; i++ {
		dial(address)
	}
}

// reset closes with unsent data dropped: the peer gets a RST.
func reset(address string, count int) {
	for i := 0; i < count; i++ {
		conn := dial(address)
		talk(conn, 10)
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
}

func halfClose(address string, count int) {
	for i := 0; i < count; i++ {
		conn := dial(address)
		conn.(*net.TCPConn).CloseWrite()
		io.ReadAll(conn)
		conn.Close()
	}
}

// unsent closes with more to send than the peer, who reads nothing, has room for.
func unsent(address string) {
	conn := dial(address)
	check(conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond)))
	for _, err := conn.Write(make([]byte, 1<<20)); err == nil; _, err = conn.Write(make([]byte, 1<<20)) {
	}
	check(conn.Close())
}

// brief has count connections, one after the other, that nothing is noted of. By resets, so that no port
// stays taken.
func brief(address string, count int) {
	for i := 0; i < count; i++ {
		conn, err := net.Dial("tcp", address)
		check(err)
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
}

// crowd makes count connections that nothing is noted of, and keeps them. Some thousands to an address, so
// that the ports are enough; by bare system calls, so that there is time for many.
//
//go:noinline
func crowd(count int) {
	const toOne = 20_000
	server := -1
	for i := 0; i < count; i++ {
		if i%toOne == 0 {
			server = listenOn("127.0.0.1:0")
		}
		client, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		check(err)
		check(syscall.Connect(client, sockaddr(ownAddress(server))))
		_, _, err = syscall.Accept4(server, 0)
		check(err)
	}
}

func closeKept() {
	mu.Lock()
	defer mu.Unlock()
	for _, conn := range kept {
		conn.Close()
	}
	kept = nil
}

//go:noinline
func others(count int) {
	for i := 0; i < count; i++ {
		if conn, err := net.Dial("udp", "127.0.0.1:9"); err == nil {
			conn.Close()
		}
		if conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram"}); err == nil {
			conn.Close()
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "tcp:", err)
		os.Exit(1)
	}
}

func sockaddr(address string) *syscall.SockaddrInet4 {
	to, err := net.ResolveTCPAddr("tcp4", address)
	check(err)
	raw := &syscall.SockaddrInet4{Port: to.Port}
	copy(raw.Addr[:], to.IP.To4())
	return raw
}

// connecting: does a socket of this network namespace wait for an answer from the address?
func connecting(address string) bool {
	to := sockaddr(address)
	table, err := os.ReadFile("/proc/self/net/tcp")
	check(err)
	ip := to.Addr
	return strings.Contains(string(table), fmt.Sprintf(" %02X%02X%02X%02X:%04X 02 ", ip[3], ip[2], ip[1], ip[0], to.Port))
}

// reuseDescriptor puts another socket, connected to `other`, in the place of one that is about to connect.
//
//go:noinline
func reuseDescriptor(address, other string) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	check(err)
	replacement, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	check(err)
	check(syscall.Connect(replacement, sockaddr(other)))
	done := make(chan error)
	go func() { done <- syscall.Connect(fd, sockaddr(address)) }()
	for !connecting(address) {
		time.Sleep(time.Millisecond)
	}
	check(syscall.Dup3(replacement, fd, 0))
	<-done
}

// acceptInto accepts connections as C programs do: with room for a part of the peer's address, or none.
//
//go:noinline
func acceptInto(listener int, peer *syscall.RawSockaddrInet6, room uint32) {
	length := room
	_, _, errno := syscall.Syscall6(syscall.SYS_ACCEPT4, uintptr(listener), uintptr(unsafe.Pointer(peer)),
		uintptr(unsafe.Pointer(&length)), 0, 0, 0)
	if errno != 0 {
		check(errno)
	}
}

func bothListener() (int, string) {
	listener, err := net.Listen("tcp", "[::]:0")
	check(err)
	file, err := listener.(*net.TCPListener).File()
	check(err)
	return int(file.Fd()), fmt.Sprintf("127.0.0.1:%d", listener.Addr().(*net.TCPAddr).Port)
}

func acceptCut(count int) {
	listener, address := bothListener()
	for i := 0; i < count; i++ {
		keep(dial(address))
		acceptInto(listener, new(syscall.RawSockaddrInet6), 16)
		keep(dial(address))
		acceptInto(listener, nil, 0)
	}
}

// acceptMarred has no room for the peer's address, and another one where it would be: what accept4 said is
// then not what the descriptor leads to, as if another thread had put another socket there.
func acceptMarred(count int) {
	listener, address := bothListener()
	for i := 0; i < count; i++ {
		keep(dial(address))
		acceptInto(listener, &syscall.RawSockaddrInet6{Family: syscall.AF_INET6, Port: 1}, 0)
	}
}

func listenOn(address string) int {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	check(err)
	check(syscall.Bind(fd, sockaddr(address)))
	check(syscall.Listen(fd, 0))
	return fd
}

// full listens where nobody accepts, with the one place of its queue taken: later SYNs are dropped.
func full(address string) {
	listenOn(address)
	conn, err := net.Dial("tcp", address)
	check(err)
	keep(conn)
}

// giveUp ends each dial before there is an answer.
func giveUp(address string, count int) {
	for i := 0; i < count; i++ {
		_, err := net.DialTimeout("tcp", address, 20*time.Millisecond)
		if err == nil {
			check(fmt.Errorf("%s answers", address))
		}
	}
}

// elsewhere has a connection, both ends of it, in a network namespace of its own.
func elsewhere() {
	runtime.LockOSThread()
	check(syscall.Unshare(syscall.CLONE_NEWNET))
	check(exec.Command("ip", "link", "set", "lo", "up").Run())
	listener, err := net.Listen("tcp4", "127.0.0.1:9")
	check(err)
	conn := dial("127.0.0.1:9")
	other, err := listener.Accept()
	check(err)
	note(&accepted, other)
	keep(conn)
	keep(other)
}

// Set in the cgo modes. The descriptor of a connection that C made, and its close by a thread of C.
var (
	connectInC func(port int) int
	closeInC   func(fd int)
	ofC        []int
)

func ownAddress(fd int) string {
	own, err := syscall.Getsockname(fd)
	check(err)
	return fmt.Sprintf("127.0.0.1:%d", own.(*syscall.SockaddrInet4).Port)
}

//go:noinline
func callC(address string, count int) {
	var done sync.WaitGroup
	for i := 0; i < count; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			fd := connectInC(sockaddr(address).Port)
			mu.Lock()
			defer mu.Unlock()
			ofC = append(ofC, fd)
			dialed = append(dialed, opened{ownAddress(fd), address, goid()})
		}()
	}
	done.Wait()
}

func closeThoseOfC() {
	for _, fd := range ofC {
		closeInC(fd)
	}
	ofC = nil
}

// hang waits for an answer that never comes.
//
//go:noinline
func hang(address string) {
	io.Copy(io.Discard, dial(address))
}

func answer() {
	mu.Lock()
	defer mu.Unlock()
	text, _ := json.Marshal(map[string][]opened{"dialed": dialed, "accepted": accepted})
	fmt.Println(string(text))
}

func main() {
	v4 := listen("127.0.0.1:0").Addr().String()
	v6 := listen("[::1]:0").Addr().String()
	both := listen("[::]:0").Addr().(*net.TCPAddr).Port
	mapped := fmt.Sprintf("127.0.0.1:%d", both)
	fmt.Printf("ready pid %d %s %s %s\n", os.Getpid(), v4, v6, mapped)
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		var what, where string
		count := 1
		fmt.Sscan(input.Text(), &what, &count, &where)
		switch what {
		case "open":
			open(where, count)
		case "open4":
			open(v4, count)
		case "open6":
			open(v6, count)
		case "openmapped":
			open(mapped, count)
		case "leak":
			leak(v4, count)
		case "brief":
			brief(v4, count)
		case "crowd":
			crowd(count)
		case "refused":
			refused(count)
		case "reset":
			reset(v4, count)
		case "halfclose":
			halfClose(v4, count)
		case "unsent":
			unsent(where)
		case "close":
			closeKept()
		case "full":
			full(where)
		case "giveup":
			giveUp(where, count)
		case "elsewhere":
			done := make(chan bool)
			go func() {
				elsewhere()
				done <- true
				select {}
			}()
			<-done
		case "reusefd":
			reuseDescriptor(where, v4)
		case "acceptcut":
			acceptCut(count)
		case "acceptmarred":
			acceptMarred(count)
		case "openc":
			callC(v4, count)
		case "closec":
			closeThoseOfC()
		case "others":
			others(count)
		case "hang":
			go hang(where)
		}
		answer()
	}
}
