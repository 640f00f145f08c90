package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
)

const (
	warmUp = 50 // children or workflows before anything is measured
	lanes  = 16 // calls of the client at a time
)

func randomValue() float64 { return rand.Float64() }

func history(c client.Client, id string) (events []*historypb.HistoryEvent) {
	from := c.GetWorkflowHistory(context.Background(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for from.HasNext() {
		e, err := from.Next()
		check(err)
		events = append(events, e)
	}
	return events
}

// Of all threads of this process.
func processorSeconds() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// With what the garbage collector does not need given back to the system.
func residentBytes() int64 {
	debug.FreeOSMemory()
	return statusBytes("VmRSS:")
}

func statusBytes(field string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	check(err)
	for _, line := range strings.Split(string(text), "\n") {
		if rest, found := strings.CutPrefix(line, field); found {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			check(err)
			return kib * 1024
		}
	}
	return 0
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func require(holds bool, format string, values ...any) {
	if !holds {
		check(fmt.Errorf(format, values...))
	}
}
