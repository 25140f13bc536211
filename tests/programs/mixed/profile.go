// SPDX-License-Identifier: Apache-2.0

//go:build profile

package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

// With -tags profile mixed writes a CPU profile of work that the scheduler is busiest with, to
// $CPU_PROFILE. cpu.pgo, of the build mode pgo, is those of Go 1.21 to 1.27 in one (go tool pprof
// -proto): lines of the runtime differ, and a compiler inlines what the profile has of its own.
func init() {
	file := create(os.Getenv("CPU_PROFILE"))
	check(pprof.StartCPUProfile(file))
	runtime.GOMAXPROCS(1)
	scale = 100
	for start := time.Now(); time.Since(start) < 4*time.Second; {
		for _, part := range []func(){unbuffered, selects, mutexes, conds, waitGroups, coroutines} {
			part()
		}
	}
	pprof.StopCPUProfile()
	check(file.Close())
	os.Exit(0)
}
