// The works of ../compare.py with go-workflows: its SQLite backend in a file and in memory, and its tester.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/cschleiden/go-workflows/backend"
	"github.com/cschleiden/go-workflows/backend/history"
	"github.com/cschleiden/go-workflows/backend/monoprocess"
	"github.com/cschleiden/go-workflows/backend/sqlite"
	"github.com/cschleiden/go-workflows/client"
	"github.com/cschleiden/go-workflows/tester"
	"github.com/cschleiden/go-workflows/worker"
	"github.com/cschleiden/go-workflows/workflow"
)

const warmUp = 50 // children, steps or timers before anything is measured
const random = 0.84442185152504812
const limit = 10 * time.Minute

type args struct {
	Arg1, Arg2 string
}
type activityResult struct {
	Arg1, Arg2 string
	RandomVal  float64
}
type workflowResult struct {
	Result activityResult
}

func myGoodActivity(_ context.Context, a args) (activityResult, error) {
	return activityResult{a.Arg1, a.Arg2, random}, nil
}

func increment(_ context.Context, x int) (int, error) { return x + 1, nil }

func myGoodWorkflow(ctx workflow.Context, a args) (workflowResult, error) {
	given := args{"activity arg1: " + a.Arg1, "activity arg2: " + a.Arg2}
	ended := workflow.ExecuteActivity[activityResult](ctx, workflow.DefaultActivityOptions, myGoodActivity, given)
	result, err := ended.Get(ctx)
	return workflowResult{result}, err
}

func batch(ctx workflow.Context, inputs []args) ([]workflowResult, error) {
	parent := workflow.WorkflowInstance(ctx).InstanceID
	var children []workflow.Future[workflowResult]
	for i, input := range inputs {
		options := workflow.SubWorkflowOptions{
			InstanceID:   parent + "/my_good_workflow_" + strconv.Itoa(i),
			RetryOptions: workflow.RetryOptions{MaxAttempts: 3},
		}
		children = append(children, workflow.CreateSubWorkflowInstance[workflowResult](ctx, options, myGoodWorkflow, input))
	}
	results := make([]workflowResult, len(children))
	for i, child := range children {
		var err error
		if results[i], err = child.Get(ctx); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func sequence(ctx workflow.Context, steps int) (int, error) {
	value := 0
	for range steps {
		next, err := workflow.ExecuteActivity[int](ctx, workflow.DefaultActivityOptions, increment, value).Get(ctx)
		if err != nil {
			return 0, err
		}
		value = next
	}
	return value, nil
}

func timers(ctx workflow.Context, count int) (int, error) {
	var all []workflow.Future[any]
	for i := range count {
		all = append(all, workflow.ScheduleTimer(ctx, time.Duration(i+1)*time.Second))
	}
	for _, each := range all {
		if _, err := each.Get(ctx); err != nil {
			return 0, err
		}
	}
	return count, nil
}

type counts = map[history.EventType]int

// Runs one workflow, and gives its result, the seconds that the run took, and its events.
func run[Out any](b backend.Backend, fn workflow.Workflow, given any, id string) (Out, float64, counts) {
	c := client.New(b)
	began := time.Now()
	options := client.WorkflowInstanceOptions{InstanceID: id}
	instance, err := c.CreateWorkflowInstance(context.Background(), options, fn, given)
	check(err)
	result, err := client.GetWorkflowResult[Out](context.Background(), c, instance, limit)
	check(err)
	seconds := time.Since(began).Seconds()
	events, err := b.GetWorkflowInstanceHistory(context.Background(), instance, nil)
	check(err)
	counted := counts{}
	for _, each := range events {
		counted[each.Type]++
	}
	return result, seconds, counted
}

func runBatch(b backend.Backend, count int) float64 {
	var given []args
	for i := range count {
		given = append(given, args{fmt.Sprintf("workflow arg1 of %d", i), fmt.Sprintf("workflow arg2 of %d", i)})
	}
	results, seconds, events := run[[]workflowResult](b, batch, given, "batch-"+strconv.Itoa(count))
	require(len(results) == count, "%d results", len(results))
	for i, each := range results {
		expected := activityResult{"activity arg1: " + given[i].Arg1, "activity arg2: " + given[i].Arg2, random}
		require(each.Result == expected, "result %d is %v", i, each)
	}
	ended := events[history.EventType_SubWorkflowCompleted]
	require(ended == count, "%d children have ended in the history", ended)
	return seconds
}

func runSequence(b backend.Backend, count int) float64 {
	result, seconds, events := run[int](b, sequence, count, "sequence-"+strconv.Itoa(count))
	require(result == count, "the sequence gave %d", result)
	ended := events[history.EventType_ActivityCompleted]
	require(ended == count, "%d activities have ended in the history", ended)
	return seconds
}

// The tester has virtual time, and no database.
func runTimers(_ backend.Backend, count int) float64 {
	t := tester.NewWorkflowTester[int](timers, tester.WithTestTimeout(limit), tester.WithLogger(silent),
		tester.WithMaxHistorySize(int64(10*count+1000)))
	began := time.Now()
	t.Execute(context.Background(), count)
	seconds := time.Since(began).Seconds()
	require(t.WorkflowFinished(), "the timers have not ended")
	result, err := t.WorkflowResult()
	check(err)
	require(result == count, "the timers gave %d", result)
	return seconds
}

var silent = slog.New(slog.DiscardHandler)

func open(folder string) backend.Backend {
	options := sqlite.WithBackendOptions(backend.WithLogger(silent), backend.WithMaxHistorySize(1_000_000))
	if folder == "memory" {
		return monoprocess.NewMonoprocessBackend(sqlite.NewInMemoryBackend(options))
	}
	path := filepath.Join(folder, "go_workflows.db") + "?_pragma=synchronous(FULL)"
	return monoprocess.NewMonoprocessBackend(sqlite.NewSqliteBackend(path, options))
}

func check(err error) {
	require(err == nil, "%v", err)
}

func require(holds bool, otherwise string, values ...any) {
	if !holds {
		fmt.Fprintf(os.Stderr, otherwise+"\n", values...)
		os.Exit(1)
	}
}

func main() {
	works := map[string]func(backend.Backend, int) float64{"batch": runBatch, "sequence": runSequence, "timers": runTimers}
	require(len(os.Args) == 4 && works[os.Args[1]] != nil, "usage: go_workflows batch|sequence|timers N FOLDER|memory")
	count, err := strconv.Atoi(os.Args[2])
	check(err)
	b := open(os.Args[3])
	options := worker.DefaultOptions
	options.WorkflowExecutorCacheSize = 10_000
	options.SingleWorkerMode = true
	w := worker.New(b, &options)
	for _, each := range []workflow.Workflow{batch, myGoodWorkflow, sequence} {
		check(w.RegisterWorkflow(each))
	}
	check(w.RegisterActivity(myGoodActivity))
	check(w.RegisterActivity(increment))
	ctx, stop := context.WithCancel(context.Background())
	check(w.Start(ctx))
	works[os.Args[1]](b, warmUp)
	seconds := works[os.Args[1]](b, count)
	stop()
	check(w.WaitForCompletion())
	fmt.Printf(`{"n": %d, "seconds": %.6f}`+"\n", count, seconds)
}
