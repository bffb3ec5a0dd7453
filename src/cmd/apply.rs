//! `trueup apply`.

use super::connect::{AwsArgs, Session, with, with_scope};
use super::exit::{Exit, Failure};
use super::plan::{Options, make};
use super::stack::StackArgs;
use crate::core::event::Outcome;
use crate::core::plan::Plan;
use crate::engine::apply::{Options as Run, apply};
use crate::engine::read::Reading;
use crate::report::{self, progress::Progress};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  trueup apply stacks/registry.toml --sandbox               plan, ask, apply on the embedded AWS
  trueup apply stacks/registry.toml --env staging --yes     plan and apply without asking
  trueup apply --plan plan.json                             run exactly what was approved, or refuse

Interrupt once to submit nothing new and wait for what runs; twice to stop at once. Either way the next
run goes on from what is live.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: Option<StackArgs>,
    /// Run a plan that `trueup plan --out` saved: no file, no questions
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    aws: AwsArgs,
    #[command(flatten)]
    consent: Consent,
}

/// How an apply is agreed to, and how wide it runs.
#[derive(Debug, Clone, clap::Args)]
pub struct Consent {
    /// Apply without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Steps that run at once
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub parallel: u16,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match (&args.stack, &args.plan) {
        (_, Some(file)) => saved(args, file),
        (Some(stack), None) => fresh(args, stack),
        (None, None) => Err(Failure::usage("name a stack file, or a saved plan with --plan")),
    }
}

fn fresh(args: &Args, file: &StackArgs) -> Result<Exit, Failure> {
    let (stack, graph) = file.load(args.options.json)?;
    file.judge(&stack, &graph, args.options.json)?;
    let policy = args.options.policy(false)?;
    with(&args.aws, &stack, &args.options, async |session| {
        let lock = session.store.lock()?;
        let snapshot = session.read(&graph, false).await?;
        let plan = make(&graph, &snapshot, &policy);
        let exit = agree_and_run(session, &plan, &args.options, &args.consent).await;
        drop(lock);
        exit
    })
}

fn saved(args: &Args, file: &Path) -> Result<Exit, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?;
    let unusable = |why: String| Failure { exit: Exit::Refused, message: format!("cannot use {}: {why}", file.display()), hint: Some("plan again".into()) };
    let version = serde_json::from_str::<serde_json::Value>(&text).map_err(|error| unusable(format!("it is cut off or no plan ({error})")))?;
    let version = version.get("version").and_then(serde_json::Value::as_u64);
    if version != Some(u64::from(Plan::VERSION)) {
        return Err(unusable(format!("it has plan format {}, this trueup reads {}", version.map_or("none".into(), |found| found.to_string()), Plan::VERSION)));
    }
    let plan = serde_json::from_str::<Plan>(&text).map_err(|error| unusable(format!("it is no plan ({error})")))?;
    with_scope(&args.aws, &plan.scope.stack, &plan.scope.env, &plan.scope.region, &plan.scope.account, &args.options, async |session| {
        plan.verify(&session.aws.scope).map_err(|why| unusable(why.to_string()))?;
        let lock = session.store.lock()?;
        if session.store.applied(&plan.id) {
            return Err(unusable("it was applied already".into()));
        }
        let snapshot = session.read_for(&reading(&plan)).await?;
        let stale = plan.stale(&snapshot);
        if !stale.is_empty() || !snapshot.unread.is_empty() {
            let unread = snapshot.unread.iter().map(|unread| unread.kind.clone());
            let list = stale.into_iter().chain(unread).collect::<Vec<_>>().join(", ");
            return Err(unusable(format!("AWS has changed since it was made: {list}")));
        }
        let exit = refused_or_run(session, &plan, &args.consent).await;
        drop(lock);
        exit
    })
}

/// What a saved plan relies on.
fn reading(plan: &Plan) -> Reading {
    let mut reading = Reading::default();
    for change in &plan.changes {
        reading.kinds.insert(change.kind.clone());
        if !change.name.is_empty() {
            reading.names.entry(change.kind.clone()).or_default().push(change.name.clone());
        }
        if change.action == crate::core::plan::Action::Adopt
            && let Some(live) = &change.live
        {
            reading.adopt.entry(change.kind.clone()).or_default().push(live.id.clone());
        }
    }
    reading.kinds.extend(plan.known_kinds.iter().cloned());
    reading
}

/// Shows a plan, asks if there is somebody to ask, and runs it.
pub async fn agree_and_run(session: &Session, plan: &Plan, options: &Options, consent: &Consent) -> Result<Exit, Failure> {
    if !options.json {
        options.print(plan);
    }
    if plan.is_empty() || !plan.refusals.is_empty() {
        return refused_or_run(session, plan, consent).await;
    }
    if !consent.yes && !ask(plan)? {
        report::talk("nothing was changed");
        return Ok(Exit::Failed);
    }
    refused_or_run(session, plan, consent).await
}

async fn refused_or_run(session: &Session, plan: &Plan, consent: &Consent) -> Result<Exit, Failure> {
    if !plan.refusals.is_empty() {
        return Err(Failure::shown(Exit::Refused));
    }
    if plan.steps.is_empty() {
        return Ok(if plan.is_complete() { Exit::Done } else { Exit::Failed });
    }
    let journal = session.store.begin(plan)?;
    let progress = Progress::new(session.style, session.aws.clock.speed);
    let run = Run { parallel: consent.parallel.into(), cancel: super::connect::interrupts() };
    let outcome = apply(&session.aws, plan, journal, &run, &|event| progress.show(&event)).await;
    Ok(match outcome {
        Outcome::Complete => Exit::Done,
        Outcome::Partial => Exit::Partial,
        Outcome::Interrupted => Exit::Interrupted,
    })
}

fn ask(plan: &Plan) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("there is nobody to ask").hint("pass --yes, or run a saved plan with --plan"));
    }
    let word = if plan.destroy { "destroy" } else { "apply" };
    report::talk(&format!("\nType `yes` to {word} this in account {}:", plan.scope.account));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|error| Failure::new(format!("failed to read the answer: {error}")))?;
    Ok(answer.trim() == "yes")
}
