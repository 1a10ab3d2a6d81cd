// Native Cedar under measurement: workload as JSON on standard input, `{"p50", "p99"}` in nanoseconds on standard
// output. Answers are compared with those given before anything is timed. Requests and entities are parsed beforehand.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cedar_policy::{Authorizer, Context, Decision, Entities, PolicySet, Request};

const SAMPLES_MIN: usize = 64;

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Workload {
    time_ms: u64,
    policies: String,
    requests: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    principal: String,
    action: String,
    resource: String,
    context: serde_json::Value,
    entities: serde_json::Value,
    allow: bool,
}

type Failure = Box<dyn std::error::Error>;

fn prepare(case: &Case) -> Result<(Request, Entities), Failure> {
    let context = Context::from_json_value(case.context.clone(), None)?;
    let request = Request::new(
        case.principal.parse()?,
        case.action.parse()?,
        case.resource.parse()?,
        context,
        None,
    )?;
    Ok((request, Entities::from_json_value(case.entities.clone(), None)?))
}

fn main() -> Result<(), Failure> {
    let workload: Workload = serde_json::from_reader(std::io::stdin())?;
    let policies: PolicySet = workload.policies.parse()?;
    let authorizer = Authorizer::new();
    let prepared = workload.requests.iter().map(prepare).collect::<Result<Vec<_>, _>>()?;

    let wrong: Vec<usize> = prepared
        .iter()
        .zip(&workload.requests)
        .enumerate()
        .filter(|(_, ((request, entities), case))| {
            let allow = authorizer.is_authorized(request, &policies, entities).decision() == Decision::Allow;
            allow != case.allow
        })
        .map(|(index, _)| index)
        .collect();
    if !wrong.is_empty() {
        return Err(format!("cedar-native disagrees on the requests {wrong:?}").into());
    }

    let mut samples: Vec<u64> = Vec::new();
    let start = Instant::now();
    while samples.len() < SAMPLES_MIN || start.elapsed() < Duration::from_millis(workload.time_ms) {
        let (request, entities) = &prepared[samples.len() % prepared.len()];
        let before = Instant::now();
        black_box(authorizer.is_authorized(black_box(request), &policies, entities));
        samples.push(before.elapsed().as_nanos() as u64);
    }
    samples.sort_unstable();
    let at = |percent: usize| samples[(samples.len() - 1) * percent / 100];
    println!("{{\"p50\":{},\"p99\":{}}}", at(50), at(99));
    Ok(())
}
