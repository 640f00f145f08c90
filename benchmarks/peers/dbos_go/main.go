// The batch and the sequence with DBOS Transact for Go in an SQLite file. For the words see ../peers.py.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite"
)

const warmUp = 50 // children or steps before anything is measured
const random = 0.84442185152504812

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

func myGoodActivity(a args) (activityResult, error) {
	return activityResult{a.Arg1, a.Arg2, random}, nil
}

func myGoodWorkflow(ctx dbos.Context, a args) (workflowResult, error) {
	given := args{"activity arg1: " + a.Arg1, "activity arg2: " + a.Arg2}
	result, err := dbos.RunAsStep(ctx, func(context.Context) (activityResult, error) { return myGoodActivity(given) })
	return workflowResult{result}, err
}

func batch(ctx dbos.Context, inputs []args) ([]workflowResult, error) {
	parent, err := dbos.GetWorkflowID(ctx)
	if err != nil {
		return nil, err
	}
	var children []dbos.WorkflowHandle[workflowResult]
	for i, input := range inputs {
		id := dbos.WithWorkflowID(parent + "/my_good_workflow_" + strconv.Itoa(i))
		child, err := dbos.RunWorkflow(ctx, myGoodWorkflow, input, id)
		if err != nil {
			return nil, err
		}
		children = append(children, child)
	}
	results := make([]workflowResult, len(children))
	for i, child := range children {
		if results[i], err = child.GetResult(); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func sequence(ctx dbos.Context, steps int) (int, error) {
	value := 0
	for range steps {
		next, err := dbos.RunAsStep(ctx, func(context.Context) (int, error) { return value + 1, nil })
		if err != nil {
			return 0, err
		}
		value = next
	}
	return value, nil
}

func run[In, Out any](ctx dbos.Context, fn dbos.Workflow[In, Out], given In, id string) (Out, float64) {
	began := time.Now()
	handle, err := dbos.RunWorkflow(ctx, fn, given, dbos.WithWorkflowID(id))
	check(err)
	result, err := handle.GetResult()
	check(err)
	return result, time.Since(began).Seconds()
}

func requireSteps(ctx dbos.Context, id string, count int) {
	steps, err := dbos.GetWorkflowSteps(ctx, id)
	check(err)
	require(len(steps) == count, "%s has %d steps", id, len(steps))
}

func runBatch(ctx dbos.Context, count int) float64 {
	var given []args
	for i := range count {
		given = append(given, args{fmt.Sprintf("workflow arg1 of %d", i), fmt.Sprintf("workflow arg2 of %d", i)})
	}
	id := "batch-" + strconv.Itoa(count)
	results, seconds := run(ctx, batch, given, id)
	require(len(results) == count, "%d results", len(results))
	for i, each := range results {
		expected := activityResult{"activity arg1: " + given[i].Arg1, "activity arg2: " + given[i].Arg2, random}
		require(each.Result == expected, "result %d is %v", i, each)
	}
	children, err := dbos.ListWorkflows(ctx, dbos.WithFilterParentWorkflowID(id),
		dbos.WithFilterStatus(dbos.WorkflowStatusSuccess))
	check(err)
	require(len(children) == count, "%d children have ended", len(children))
	requireSteps(ctx, id+"/my_good_workflow_"+strconv.Itoa(count-1), 1)
	return seconds
}

func runSequence(ctx dbos.Context, count int) float64 {
	id := "sequence-" + strconv.Itoa(count)
	result, seconds := run(ctx, sequence, count, id)
	require(result == count, "the sequence gave %d", result)
	requireSteps(ctx, id, count)
	return seconds
}

// As DBOS opens a file that it is given the path of, but for `synchronous`, which is NORMAL there.
func open(folder, synchronous string) *sql.DB {
	path := "file:" + filepath.Join(folder, "dbos.db") + "?_txlock=immediate&_pragma=busy_timeout(5000)" +
		"&_pragma=foreign_keys(ON)&_pragma=journal_mode(WAL)&_pragma=synchronous(" + synchronous + ")"
	db, err := sql.Open("sqlite", path)
	check(err)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(4)
	var mode string
	var level int
	check(db.QueryRow("PRAGMA journal_mode").Scan(&mode))
	check(db.QueryRow("PRAGMA synchronous").Scan(&level))
	expected := map[string]int{"NORMAL": 1, "FULL": 2}[synchronous]
	require(mode == "wal" && level == expected, "%s, synchronous %d", mode, level)
	return db
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
	works := map[string]func(dbos.Context, int) float64{"batch": runBatch, "sequence": runSequence}
	require(len(os.Args) == 5 && works[os.Args[1]] != nil, "usage: dbos_go batch|sequence N FOLDER FULL|NORMAL")
	count, err := strconv.Atoi(os.Args[2])
	check(err)
	db := open(os.Args[3], os.Args[4])
	ctx, err := dbos.NewContext(context.Background(), dbos.Config{
		AppName: "batch", SQLiteSystemDB: db, Logger: slog.New(slog.DiscardHandler)})
	check(err)
	dbos.RegisterWorkflow(ctx, batch)
	dbos.RegisterWorkflow(ctx, myGoodWorkflow)
	dbos.RegisterWorkflow(ctx, sequence)
	check(dbos.Launch(ctx))
	works[os.Args[1]](ctx, warmUp)
	seconds := works[os.Args[1]](ctx, count)
	check(dbos.Shutdown(ctx, 10*time.Second))
	check(db.Close())
	fmt.Printf(`{"n": %d, "seconds": %.6f}`+"\n", count, seconds)
}
