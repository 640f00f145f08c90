// The batch of ../batch.cpp with Temporal's Go SDK: the same work, arguments, checks and line of JSON.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const queue = "batch-go"

type args struct {
	Arg1 string `json:"arg1"`
	Arg2 string `json:"arg2"`
}
type activityResult struct {
	Arg1      string  `json:"arg1"`
	Arg2      string  `json:"arg2"`
	RandomVal float64 `json:"random_val"`
}
type workflowResult struct {
	Result activityResult `json:"result"`
}
type batchArgs struct {
	Inputs []args `json:"inputs"`
}
type batchResult struct {
	Results []workflowResult `json:"results"`
}

func myGoodActivity(_ context.Context, a args) (activityResult, error) {
	return activityResult{a.Arg1, a.Arg2, randomValue()}, nil
}

func myGoodWorkflow(ctx workflow.Context, a args) (workflowResult, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{ScheduleToCloseTimeout: time.Minute})
	var result workflowResult
	given := args{"activity arg1: " + a.Arg1, "activity arg2: " + a.Arg2}
	err := workflow.ExecuteActivity(ctx, "my_good_activity", given).Get(ctx, &result.Result)
	return result, err
}

func myBatchWorkflow(ctx workflow.Context, a batchArgs) (batchResult, error) {
	parent := workflow.GetInfo(ctx).WorkflowExecution.ID
	var children []workflow.ChildWorkflowFuture
	for i, input := range a.Inputs {
		childCtx := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID:  parent + "/my_good_workflow_" + strconv.Itoa(i),
			RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 3},
		})
		children = append(children, workflow.ExecuteChildWorkflow(childCtx, "my_good_workflow", input))
	}
	results := make([]workflowResult, len(children))
	for i, child := range children {
		if err := child.Get(ctx, &results[i]); err != nil {
			return batchResult{}, err
		}
	}
	return batchResult{results}, nil
}

func waitingWorkflow(ctx workflow.Context, a args) (string, error) {
	var said string
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, &said)
	return a.Arg1 + said, nil
}

func inputOf(i int) args {
	return args{"workflow arg1 of " + strconv.Itoa(i), "workflow arg2 of " + strconv.Itoa(i)}
}

type options = client.StartWorkflowOptions

// Runs one batch and gives its id and result; the clock of the caller is around it.
func batch(c client.Client, count int) (string, batchResult) {
	var given batchArgs
	for i := 0; i < count; i++ {
		given.Inputs = append(given.Inputs, inputOf(i))
	}
	id := fmt.Sprintf("go-%d-%d", time.Now().UnixNano(), count)
	run, err := c.ExecuteWorkflow(context.Background(), options{ID: id, TaskQueue: queue}, "my_batch_workflow", given)
	check(err)
	var result batchResult
	check(run.Get(context.Background(), &result))
	return id, result
}

func checkBatch(c client.Client, id string, result batchResult, count int) {
	require(len(result.Results) == count, "%s has %d results", id, len(result.Results))
	for i, each := range result.Results {
		got, in := each.Result, inputOf(i)
		require(got.Arg1 == "activity arg1: "+in.Arg1 && got.Arg2 == "activity arg2: "+in.Arg2 &&
			got.RandomVal >= 0 && got.RandomVal < 1, "%s: result %d is %v", id, i, got)
	}
	completed := map[int64]bool{}
	for _, e := range history(c, id) {
		if e.EventType == enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED {
			completed[e.GetChildWorkflowExecutionCompletedEventAttributes().InitiatedEventId] = true
		}
	}
	require(len(completed) == count, "%s: %d children have completed", id, len(completed))
	for i := 0; i < count; i += (count + 9) / 10 {
		ended := 0
		for _, e := range history(c, id+"/my_good_workflow_"+strconv.Itoa(i)) {
			if e.EventType == enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED {
				ended++
			}
		}
		require(ended == 1, "%s: child %d has %d activities", id, i, ended)
	}
}

func run(c client.Client, count int) {
	id, result := batch(c, warmUp)
	checkBatch(c, id, result, warmUp)
	resetPeak()
	began, cpu := time.Now(), processorSeconds()
	id, result = batch(c, count)
	seconds, used := time.Since(began).Seconds(), processorSeconds()-cpu
	peak := statusBytes("VmHWM:")
	checkBatch(c, id, result, count)
	fmt.Printf(`{"n": %d, "seconds": %.6f, "children_per_second": %.1f, "worker_cpu_seconds": %.6f, `+
		`"cpu_us_per_child": %.1f, "peak_rss_bytes": %d}`+"\n",
		count, seconds, float64(count)/seconds, used, used/float64(count)*1e6, peak)
}

// Starts that many and comes back when all wait for their signal, in the worker's cache.
func startWaiting(c client.Client, prefix string, count int) {
	inParallel(count, func(i int) {
		id := prefix + strconv.Itoa(i)
		_, err := c.ExecuteWorkflow(context.Background(), options{ID: id, TaskQueue: queue}, "waiting", inputOf(i))
		check(err)
		events := c.GetWorkflowHistory(context.Background(), id, "", true, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			e, err := events.Next()
			check(err)
			if e.EventType == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
				return
			}
		}
		require(false, "%s has ended", id)
	})
}

func endWaiting(c client.Client, prefix string, count int) {
	inParallel(count, func(i int) {
		id := prefix + strconv.Itoa(i)
		check(c.SignalWorkflow(context.Background(), id, "", "go", "!"))
		var result string
		check(c.GetWorkflow(context.Background(), id, "").Get(context.Background(), &result))
		require(result == inputOf(i).Arg1+"!", "%s gave %q", id, result)
	})
}

func waiting(c client.Client, count int) {
	prefix := fmt.Sprintf("go-waiting-%d-", time.Now().UnixNano())
	startWaiting(c, prefix+"first-", warmUp)
	endWaiting(c, prefix+"first-", warmUp)
	before := residentBytes()
	startWaiting(c, prefix, count)
	after := residentBytes()
	endWaiting(c, prefix, count)
	fmt.Printf(`{"n": %d, "rss_before_bytes": %d, "rss_after_bytes": %d, "rss_bytes_per_workflow": %.0f}`+"\n",
		count, before, after, float64(after-before)/float64(count))
}

func inParallel(count int, work func(int)) {
	var group sync.WaitGroup
	for lane := 0; lane < lanes; lane++ {
		group.Go(func() {
			for i := lane; i < count; i += lanes {
				work(i)
			}
		})
	}
	group.Wait()
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: batch ADDRESS run|waiting N")
		os.Exit(2)
	}
	count, err := strconv.Atoi(os.Args[3])
	check(err)
	c, err := client.Dial(client.Options{HostPort: os.Args[1], Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	check(err)
	defer c.Close()
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflowWithOptions(myBatchWorkflow, workflow.RegisterOptions{Name: "my_batch_workflow"})
	w.RegisterWorkflowWithOptions(myGoodWorkflow, workflow.RegisterOptions{Name: "my_good_workflow"})
	w.RegisterWorkflowWithOptions(waitingWorkflow, workflow.RegisterOptions{Name: "waiting"})
	w.RegisterActivityWithOptions(myGoodActivity, activity.RegisterOptions{Name: "my_good_activity"})
	check(w.Start())
	defer w.Stop()
	if os.Args[2] == "run" {
		run(c, count)
	} else {
		waiting(c, count)
	}
}
