//! The batch and the sequence with duroxide and SQLite. For the words see ../peers.py.
use duroxide::providers::Provider;
use duroxide::providers::sqlite::SqliteProvider;
use duroxide::runtime::registry::ActivityRegistry;
use duroxide::runtime::{Runtime, RuntimeOptions};
use duroxide::{ActivityContext, Client, EventKind, OrchestrationContext, OrchestrationRegistry};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

const WARM_UP: usize = 10; // children before anything is measured: each waits for polls
const LIMIT: Duration = Duration::from_secs(600);

#[derive(Clone, Serialize, Deserialize)]
struct Args {
    arg1: String,
    arg2: String,
}
#[derive(Serialize, Deserialize)]
struct ActivityResult {
    arg1: String,
    arg2: String,
    random_val: f64,
}
#[derive(Serialize, Deserialize)]
struct WorkflowResult {
    result: ActivityResult,
}

async fn my_good_activity(_: ActivityContext, a: Args) -> Result<ActivityResult, String> {
    Ok(ActivityResult { arg1: a.arg1, arg2: a.arg2, random_val: 0.84442185152504812 })
}

async fn my_good_workflow(ctx: OrchestrationContext, a: Args) -> Result<WorkflowResult, String> {
    let given = Args {
        arg1: format!("activity arg1: {}", a.arg1),
        arg2: format!("activity arg2: {}", a.arg2),
    };
    let result = ctx.schedule_activity_typed("my_good_activity", &given).await?;
    Ok(WorkflowResult { result })
}

async fn batch(
    ctx: OrchestrationContext,
    inputs: Vec<Args>,
) -> Result<Vec<WorkflowResult>, String> {
    let mut children = Vec::new();
    for (i, input) in inputs.iter().enumerate() {
        let id = format!("{}/my_good_workflow_{i}", ctx.instance_id());
        children.push(ctx.schedule_sub_orchestration_with_id_typed("my_good_workflow", id, input));
    }
    ctx.join(children).await.into_iter().collect()
}

async fn increment(_: ActivityContext, x: i64) -> Result<i64, String> {
    Ok(x + 1)
}

async fn sequence(ctx: OrchestrationContext, steps: i64) -> Result<i64, String> {
    let mut value = 0;
    for _ in 0..steps {
        value = ctx.schedule_activity_typed("increment", &value).await?;
    }
    Ok(value)
}

fn inputs(count: usize) -> Vec<Args> {
    let of =
        |i| Args { arg1: format!("workflow arg1 of {i}"), arg2: format!("workflow arg2 of {i}") };
    (0..count).map(of).collect()
}

struct Engine {
    client: Client,
    store: Arc<dyn Provider>,
}

impl Engine {
    async fn run<In: Serialize, Out: serde::de::DeserializeOwned>(
        &self,
        id: &str,
        name: &str,
        input: In,
    ) -> Result<Out, Box<dyn Error>> {
        self.client.start_orchestration_typed(id, name, input).await?;
        let ended = self.client.wait_for_orchestration_typed(id, LIMIT).await?;
        Ok(ended?)
    }

    async fn events(
        &self,
        id: &str,
        wanted: fn(&EventKind) -> bool,
    ) -> Result<usize, Box<dyn Error>> {
        Ok(self.store.read(id).await?.iter().filter(|e| wanted(&e.kind)).count())
    }

    async fn batch(&self, id: &str, count: usize) -> Result<f64, Box<dyn Error>> {
        let given = inputs(count);
        let began = Instant::now();
        let results: Vec<WorkflowResult> = self.run(id, "batch", given.clone()).await?;
        let seconds = began.elapsed().as_secs_f64();
        require(results.len() == count, "results are missing")?;
        for (each, input) in results.iter().zip(&given) {
            let is_right = each.result.arg1 == format!("activity arg1: {}", input.arg1)
                && each.result.arg2 == format!("activity arg2: {}", input.arg2)
                && each.result.random_val == 0.84442185152504812;
            require(is_right, "a wrong result")?;
        }
        let is_end = |e: &EventKind| matches!(e, EventKind::SubOrchestrationCompleted { .. });
        require(self.events(id, is_end).await? == count, "children are missing in the history")?;
        Ok(seconds)
    }

    async fn sequence(&self, id: &str, count: usize) -> Result<f64, Box<dyn Error>> {
        let began = Instant::now();
        let result: usize = self.run(id, "sequence", count).await?;
        let seconds = began.elapsed().as_secs_f64();
        require(result == count, "a wrong result")?;
        let is_end = |e: &EventKind| matches!(e, EventKind::ActivityCompleted { .. });
        require(self.events(id, is_end).await? == count, "activities are missing in the history")?;
        Ok(seconds)
    }
}

fn require(holds: bool, otherwise: &str) -> Result<(), Box<dyn Error>> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let said: Vec<String> = std::env::args().skip(1).collect();
    let [what, count, folder, poll, dispatchers] = said.as_slice() else {
        return Err("usage: batch_duroxide batch|sequence N FOLDER POLL_MS DISPATCHERS".into());
    };
    let count: usize = count.parse()?;
    let url = format!("sqlite:{folder}/duroxide.db?mode=rwc");
    let store: Arc<dyn Provider> = Arc::new(SqliteProvider::new(&url, None).await?);
    let activities = ActivityRegistry::builder()
        .register_typed("my_good_activity", my_good_activity)
        .register_typed("increment", increment)
        .build();
    let orchestrations = OrchestrationRegistry::builder()
        .register_typed("batch", batch)
        .register_typed("my_good_workflow", my_good_workflow)
        .register_typed("sequence", sequence)
        .build();
    let mut options = RuntimeOptions::default();
    options.dispatcher_min_poll_interval = Duration::from_millis(poll.parse()?);
    options.orchestration_concurrency = dispatchers.parse()?;
    options.worker_concurrency = dispatchers.parse()?;
    let runtime =
        Runtime::start_with_options(store.clone(), activities, orchestrations, options).await;
    let engine = Engine { client: Client::new(store.clone()), store };
    let seconds = match what.as_str() {
        "batch" => {
            engine.batch("warm-up", WARM_UP).await?;
            engine.batch("batch", count).await?
        }
        "sequence" => {
            engine.sequence("warm-up", WARM_UP).await?;
            engine.sequence("sequence", count).await?
        }
        _ => return Err(format!("no such work: {what}").into()),
    };
    runtime.shutdown(None).await;
    println!("{{\"n\": {count}, \"seconds\": {seconds:.6}}}");
    Ok(())
}
