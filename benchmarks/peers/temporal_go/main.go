// The works of ../compare.py in the test environment of Temporal's Go SDK, and with its replayer.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const warmUp = 50 // children, steps or timers before anything is measured
const random = 0.84442185152504812

var silent = log.NewStructuredLogger(slog.New(slog.DiscardHandler))

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

func myGoodActivity(_ context.Context, a args) (activityResult, error) {
	return activityResult{a.Arg1, a.Arg2, random}, nil
}

func increment(_ context.Context, x int) (int, error) { return x + 1, nil }

func inAMinute(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{ScheduleToCloseTimeout: time.Minute})
}

func myGoodWorkflow(ctx workflow.Context, a args) (workflowResult, error) {
	var result workflowResult
	given := args{"activity arg1: " + a.Arg1, "activity arg2: " + a.Arg2}
	err := workflow.ExecuteActivity(inAMinute(ctx), "my_good_activity", given).Get(ctx, &result.Result)
	return result, err
}

func batch(ctx workflow.Context, inputs []args) ([]workflowResult, error) {
	parent := workflow.GetInfo(ctx).WorkflowExecution.ID
	var children []workflow.ChildWorkflowFuture
	for i, input := range inputs {
		childCtx := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID:  parent + "/my_good_workflow_" + strconv.Itoa(i),
			RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 3},
		})
		children = append(children, workflow.ExecuteChildWorkflow(childCtx, "my_good_workflow", input))
	}
	results := make([]workflowResult, len(children))
	for i, child := range children {
		if err := child.Get(ctx, &results[i]); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func sequence(ctx workflow.Context, steps int) (int, error) {
	value := 0
	for i := 0; i < steps; i++ {
		if err := workflow.ExecuteActivity(inAMinute(ctx), "increment", value).Get(ctx, &value); err != nil {
			return 0, err
		}
	}
	return value, nil
}

func timers(ctx workflow.Context, count int) (int, error) {
	var all []workflow.Future
	for i := 0; i < count; i++ {
		all = append(all, workflow.NewTimer(ctx, time.Duration(i+1)*time.Second))
	}
	for _, each := range all {
		if err := each.Get(ctx, nil); err != nil {
			return 0, err
		}
	}
	return count, nil
}

// Runs one workflow in an environment of its own, and gives the seconds that the run took.
func run(name string, given, result any) float64 {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent)
	env := suite.NewTestWorkflowEnvironment()
	// Of the machine's clock: the defaults are for short tests.
	env.SetTestTimeout(10 * time.Minute)
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute})
	env.RegisterWorkflowWithOptions(batch, workflow.RegisterOptions{Name: "batch"})
	env.RegisterWorkflowWithOptions(myGoodWorkflow, workflow.RegisterOptions{Name: "my_good_workflow"})
	env.RegisterWorkflowWithOptions(sequence, workflow.RegisterOptions{Name: "sequence"})
	env.RegisterWorkflowWithOptions(timers, workflow.RegisterOptions{Name: "timers"})
	env.RegisterActivityWithOptions(myGoodActivity, activity.RegisterOptions{Name: "my_good_activity"})
	env.RegisterActivityWithOptions(increment, activity.RegisterOptions{Name: "increment"})
	began := time.Now()
	env.ExecuteWorkflow(name, given)
	seconds := time.Since(began).Seconds()
	require(env.IsWorkflowCompleted(), "%s has not ended", name)
	check(env.GetWorkflowError())
	check(env.GetWorkflowResult(result))
	return seconds
}

func runBatch(count int) (int, float64) {
	var given []args
	for i := range count {
		given = append(given, args{fmt.Sprintf("workflow arg1 of %d", i), fmt.Sprintf("workflow arg2 of %d", i)})
	}
	var results []workflowResult
	seconds := run("batch", given, &results)
	require(len(results) == count, "%d results", len(results))
	for i, each := range results {
		expected := activityResult{"activity arg1: " + given[i].Arg1, "activity arg2: " + given[i].Arg2, random}
		require(each.Result == expected, "result %d is %v", i, each)
	}
	return count, seconds
}

func runCounted(name string) func(int) (int, float64) {
	return func(count int) (int, float64) {
		var result int
		seconds := run(name, count, &result)
		require(result == count, "%s gave %d", name, result)
		return count, seconds
	}
}

// What a server has of a run of `sequence`: six events a step.
type longHistory struct{ history.History }

func (h *longHistory) add(kind enums.EventType, e *history.HistoryEvent) int64 {
	e.EventId, e.EventType = int64(len(h.Events)+1), kind
	e.EventTime = timestamppb.New(time.Unix(1_700_000_000, 0))
	h.Events = append(h.Events, e)
	return e.EventId
}

var queue = &taskqueue.TaskQueue{Name: "bench"}

func (h *longHistory) addWorkflowTask() int64 {
	scheduled := h.add(enums.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, &history.HistoryEvent{
		Attributes: &history.HistoryEvent_WorkflowTaskScheduledEventAttributes{
			WorkflowTaskScheduledEventAttributes: &history.WorkflowTaskScheduledEventAttributes{TaskQueue: queue}}})
	started := h.add(enums.EVENT_TYPE_WORKFLOW_TASK_STARTED, &history.HistoryEvent{
		Attributes: &history.HistoryEvent_WorkflowTaskStartedEventAttributes{
			WorkflowTaskStartedEventAttributes: &history.WorkflowTaskStartedEventAttributes{
				ScheduledEventId: scheduled}}})
	return h.add(enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, &history.HistoryEvent{
		Attributes: &history.HistoryEvent_WorkflowTaskCompletedEventAttributes{
			WorkflowTaskCompletedEventAttributes: &history.WorkflowTaskCompletedEventAttributes{
				ScheduledEventId: scheduled, StartedEventId: started}}})
}

func (h *longHistory) addActivity(completedTask int64, given, result *common.Payloads) {
	scheduled := completedTask + 1
	h.add(enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, &history.HistoryEvent{
		Attributes: &history.HistoryEvent_ActivityTaskScheduledEventAttributes{
			ActivityTaskScheduledEventAttributes: &history.ActivityTaskScheduledEventAttributes{
				ActivityId: strconv.FormatInt(scheduled, 10), ActivityType: &common.ActivityType{Name: "increment"},
				TaskQueue: queue, Input: given, WorkflowTaskCompletedEventId: completedTask}}})
	started := h.add(enums.EVENT_TYPE_ACTIVITY_TASK_STARTED, &history.HistoryEvent{
		Attributes: &history.HistoryEvent_ActivityTaskStartedEventAttributes{
			ActivityTaskStartedEventAttributes: &history.ActivityTaskStartedEventAttributes{
				ScheduledEventId: scheduled, Attempt: 1}}})
	h.add(enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, &history.HistoryEvent{
		Attributes: &history.HistoryEvent_ActivityTaskCompletedEventAttributes{
			ActivityTaskCompletedEventAttributes: &history.ActivityTaskCompletedEventAttributes{
				ScheduledEventId: scheduled, StartedEventId: started, Result: result}}})
}

func newLongHistory(steps int) *longHistory {
	payloads := func(value int) *common.Payloads {
		made, err := converter.GetDefaultDataConverter().ToPayloads(value)
		check(err)
		return made
	}
	h := &longHistory{}
	h.add(enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, &history.HistoryEvent{
		Attributes: &history.HistoryEvent_WorkflowExecutionStartedEventAttributes{
			WorkflowExecutionStartedEventAttributes: &history.WorkflowExecutionStartedEventAttributes{
				WorkflowType: &common.WorkflowType{Name: "sequence"}, TaskQueue: queue,
				Input: payloads(steps), Attempt: 1}}})
	for value := range steps {
		h.addActivity(h.addWorkflowTask(), payloads(value), payloads(value+1))
	}
	h.add(enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, &history.HistoryEvent{
		Attributes: &history.HistoryEvent_WorkflowExecutionCompletedEventAttributes{
			WorkflowExecutionCompletedEventAttributes: &history.WorkflowExecutionCompletedEventAttributes{
				Result: payloads(steps), WorkflowTaskCompletedEventId: h.addWorkflowTask()}}})
	return h
}

// Replays a run of that many events, or a few less, which are in memory already.
func runReplay(events int) (int, float64) {
	given := newLongHistory((events - 5) / 6)
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflowWithOptions(sequence, workflow.RegisterOptions{Name: "sequence"})
	began := time.Now()
	err := replayer.ReplayWorkflowHistory(silent, &given.History)
	seconds := time.Since(began).Seconds()
	check(err)
	return len(given.Events), seconds
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
	works := map[string]func(int) (int, float64){
		"batch": runBatch, "sequence": runCounted("sequence"), "timers": runCounted("timers"), "replay": runReplay}
	require(len(os.Args) == 3 && works[os.Args[1]] != nil, "usage: temporal_go batch|sequence|timers|replay N")
	count, err := strconv.Atoi(os.Args[2])
	check(err)
	works[os.Args[1]](warmUp)
	done, seconds := works[os.Args[1]](count)
	fmt.Printf(`{"n": %d, "seconds": %.6f}`+"\n", done, seconds)
}
