// SPDX-License-Identifier: Apache-2.0

// Package control lets a test steer a target by lines on its standard input. The reader sits in a
// plain read(2): it neither parks nor wakes a goroutine, so it adds nothing to what is counted.
package control

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

var input = bufio.NewReader(os.Stdin)

// Ready prints the line that tests wait for. What follows the pid is up to the program.
func Ready(about string) {
	fmt.Printf("ready pid %d %s\n", os.Getpid(), about)
}

// Next returns the words of the next line; none at the end of the input.
func Next() []string {
	for {
		line, err := input.ReadString('\n')
		words := strings.Fields(line)
		if len(words) > 0 || err != nil {
			return words
		}
	}
}

// WaitForQuit returns at the line "quit" or the end of the input: a target ends with its test.
func WaitForQuit() {
	for words := Next(); len(words) > 0 && words[0] != "quit"; words = Next() {
	}
}
