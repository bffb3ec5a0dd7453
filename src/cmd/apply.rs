//! `trueup apply`.

use super::connect::{AwsArgs, Session, with, with_scope};
use super::exit::{Exit, Failure};
use super::options::{Options, Pricing};
use super::plan::{make, read, unusable};
use super::stack::{Choice, DEFAULT_FILE, StackArgs};
use crate::core::event::{Event, Outcome};
use crate::core::graph::Outputs;
use crate::core::money::Money;
use crate::core::output;
use crate::core::plan::Plan;
use crate::engine::apply::{Options as Run, apply};
use crate::engine::read::Reading;
use crate::modules;
use crate::report::{self, progress::Progress};
use serde_json::json;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const AFTER: &str = "\
Examples:
  trueup apply --sandbox                    plan, ask, apply on the embedded AWS
  trueup apply --env staging --yes          plan and apply without asking
  trueup apply --plan plan.json             run exactly what was approved, or refuse
  trueup apply --yes --json > events.jsonl  a JSON line per event; the last one has the outputs

A saved plan runs once, and only while what it touches is as it was when the plan was made. With FILE \
beside --plan, the plan must also be of that very stack and environment. It was judged by the budget of its \
day: one that was over it runs with --accept-cost, and no other figure than its own is asked for.

Interrupt once to begin nothing new and wait for what runs, twice to stop at once. Either way nothing is \
lost: the next run goes on from what is live.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The stack file [default: stack.toml]
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    /// Run a plan that `trueup plan --out` saved, without questions
    #[arg(long, value_name = "PLAN", value_hint = clap::ValueHint::FilePath, conflicts_with_all = ["set", "allow_delete", "usage"])]
    plan: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    pricing: Pricing,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    aws: AwsArgs,
}

/// How an apply is agreed to, and how wide it runs.
#[derive(Debug, Clone, clap::Args)]
pub struct Consent {
    /// Go ahead without asking
    #[arg(long, short)]
    pub yes: bool,
    /// How many steps run at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub parallel: u16,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.plan {
        Some(file) => saved(args, file),
        None => {
            let file = args.file.clone().unwrap_or_else(|| DEFAULT_FILE.into());
            fresh(args, &StackArgs { file, choice: args.choice.clone() })
        }
    }
}

fn fresh(args: &Args, file: &StackArgs) -> Result<Exit, Failure> {
    let policy = args.options.policy(false)?;
    let (stack, graph) = file.load_with(args.pricing.usage.as_deref(), args.options.json)?;
    file.judge(&stack, &graph, args.options.json)?;
    with(&args.aws, &stack, &args.options, async |session| {
        let lock = session.store.lock()?;
        let snapshot = session.read(&graph, false).await?;
        let plan = make(&stack, &graph, &snapshot, &policy, args.pricing.accept_cost);
        let exit = agree_and_run(session, &plan, &args.options, &args.consent).await;
        drop(lock);
        exit
    })
}

fn saved(args: &Args, file: &Path) -> Result<Exit, Failure> {
    let plan = read(file)?;
    let unusable = |why: String| unusable(file, &why);
    let (scope, accepted) = (&plan.scope, args.pricing.accept_cost);
    if let Some(named) = &args.file {
        let (stack, _) = StackArgs { file: named.clone(), choice: args.choice.clone() }.load(args.options.json)?;
        let wanted = super::plan::scope_of(&stack, stack.settings.account.as_deref().unwrap_or(&scope.account));
        plan.belongs(&wanted).map_err(|why| unusable(why.to_string()))?;
    } else if let Some(env) = args.choice.env.as_ref().filter(|env| **env != scope.env) {
        return Err(unusable(format!("it is of environment `{}`, not `{env}`", scope.env)));
    }
    with_scope(&args.aws, &scope.stack, &scope.env, &scope.region, &scope.account, &args.options, async |session| {
        let lock = session.store.lock()?;
        if session.store.applied(&plan.id) {
            return Err(unusable("it was applied already".into()));
        }
        let reading = reading(&plan);
        let snapshot = session.read_for(&reading).await?;
        if let Some(unread) = snapshot.unread.iter().find(|unread| reading.kinds.contains(&unread.kind)) {
            let message =
                format!("failed to tell whether {} still holds: {} could not be read: {}", file.display(), unread.kind, unread.reason);
            return Err(Failure { hint: unread.hint.clone(), ..Failure::new(message) });
        }
        let stale = plan.stale(&snapshot);
        if !stale.is_empty() {
            return Err(unusable(format!("AWS has changed since it was made: {}", stale.join(", "))));
        }
        if !args.options.json {
            report::talk(&report::plan::saved(&plan, accepted, args.options.view()));
        }
        let exit = refused_or_run(session, &plan, &args.options, &args.consent, accepted).await;
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
    let open = !plan.is_empty() && plan.refusals.is_empty();
    if open && !consent.yes && !ask(plan, options.json)? {
        report::talk("nothing was changed");
        return Ok(Exit::Failed);
    }
    refused_or_run(session, plan, options, consent, None).await
}

/// `accepted`: a cost that was accepted after the plan was made.
async fn refused_or_run(
    session: &Session,
    plan: &Plan,
    options: &Options,
    consent: &Consent,
    accepted: Option<Money>,
) -> Result<Exit, Failure> {
    if options.json {
        report::json(&json!({ "event": "planned", "version": plan.version, "plan": plan }));
    }
    if !plan.standing(accepted).is_empty() {
        return Err(Failure::shown(Exit::Refused));
    }
    let progress = Arc::new(Progress::new(session.style, session.aws.clock.speed));
    let answered = Mutex::new(Outputs::new());
    let outcome = if plan.steps.is_empty() {
        if !plan.is_complete() {
            return Ok(Exit::Failed);
        }
        let outputs = output::known(plan.outputs.clone());
        if options.json {
            progress.show(&Event::nothing_to_do(outputs.clone()));
        }
        *answered.lock().unwrap_or_else(PoisonError::into_inner) = outputs;
        Outcome::Complete
    } else {
        let journal = session.store.begin(plan)?;
        let last = Arc::clone(&progress);
        let cancel = super::connect::interrupts(move || {
            last.end();
            report::talk("stopped at once; plan and apply again, and it goes on from what is live");
        });
        let run = Run { parallel: consent.parallel.into(), cancel };
        apply(&session.aws, plan, journal, &run, &|event| {
            progress.show(&event);
            if let Event::Finished { outputs, .. } = event {
                *answered.lock().unwrap_or_else(PoisonError::into_inner) = outputs;
            }
        })
        .await
    };
    Ok(match outcome {
        Outcome::Complete => {
            if !options.json {
                let outputs = answered.into_inner().unwrap_or_else(PoisonError::into_inner);
                let shown = report::outputs::render(&outputs, modules::is_headline);
                report::data(&if shown.is_empty() { shown } else { format!("\n{shown}") });
            }
            Exit::Done
        }
        Outcome::Partial => Exit::Partial,
        Outcome::Interrupted => Exit::Interrupted,
    })
}

fn ask(plan: &Plan, json: bool) -> Result<bool, Failure> {
    if json || !std::io::stdin().is_terminal() {
        return Err(Failure::usage("there is nobody to ask").hint("pass --yes, or run a saved plan with --plan"));
    }
    let word = if plan.destroy { "destroy" } else { "apply" };
    report::talk(&format!("\nType `yes` to {word} this in account {}:", plan.scope.account));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|error| Failure::new(format!("failed to read the answer: {error}")))?;
    Ok(answer.trim() == "yes")
}
