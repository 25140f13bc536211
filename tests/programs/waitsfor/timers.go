// SPDX-License-Identifier: Apache-2.0

//go:build go1.23

// The module says Go 1.19, whose timers had plain channels.
//
//go:debug asynctimerchan=0
package main

const timersHaveChannels = true // that say whose they are: time.go, newTimer
