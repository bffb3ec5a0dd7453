//! `trueup plan`, and the plan that apply and destroy begin with.

use super::catalog;
use super::exit::{Exit, Failure};
use super::options::{Options, Pricing};
use super::stack::StackArgs;
use crate::core::graph::Graph;
use crate::core::identity::Scope;
use crate::core::money::Money;
use crate::core::plan::Plan;
use crate::core::planner::{Policy, plan};
use crate::core::snapshot::Snapshot;
use crate::core::stack::Stack;
use crate::kinds;
use crate::pricing::plan::{Prices, price_plan};
use crate::report;
use serde_json::Value;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  trueup plan --env staging                  against the account you are signed in to
  trueup plan --empty                        against an empty account, without credentials
  trueup plan --out plan.json                to be approved, and run with `trueup apply --plan`
  trueup plan --detailed-exitcode            exit 2 if anything would change
  trueup show --snapshot > now.json
  trueup plan --snapshot now.json            against what was live then, without credentials";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    pricing: Pricing,
    /// Plan against an empty account, without credentials
    #[arg(long, conflicts_with = "snapshot")]
    empty: bool,
    /// Plan against a reading that `trueup show --snapshot` saved, without credentials
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// Save the plan, for `trueup apply --plan`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit 2 if the plan has changes
    #[arg(long)]
    detailed_exitcode: bool,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    aws: super::connect::AwsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let policy = args.options.policy(false)?;
    let (stack, graph) = args.stack.load_with(args.pricing.usage.as_deref(), args.options.json)?;
    args.stack.judge(&stack, &graph, args.options.json)?;
    let snapshot = if args.empty {
        Snapshot::empty(scope_of(&stack, stack.settings.account.as_deref().unwrap_or("000000000000")))
    } else if let Some(file) = &args.snapshot {
        read_snapshot(file, &scope_of(&stack, ""))?
    } else {
        live(args, &stack, &graph)?
    };
    let plan = make(&stack, &graph, &snapshot, &policy, args.pricing.accept_cost);
    args.options.print(&plan);
    if let Some(file) = &args.out {
        save(&plan, file)?;
        report::talk(&format!("saved to {}; run it with `trueup apply --plan {}`", file.display(), file.display()));
    }
    Ok(exit(&plan, args.detailed_exitcode))
}

/// A stack in an account.
pub fn scope_of(stack: &Stack, account: &str) -> Scope {
    let (settings, env) = (&stack.settings, stack.env.clone());
    Scope { stack: settings.name.clone(), env, account: account.into(), region: settings.region.clone() }
}

/// The exit code of a plan that was only shown.
fn exit(plan: &Plan, detailed: bool) -> Exit {
    match plan {
        plan if !plan.refusals.is_empty() => Exit::Refused,
        plan if !plan.is_complete() => Exit::Failed,
        plan if detailed && !plan.steps.is_empty() => Exit::Changes,
        _ => Exit::Done,
    }
}

/// The plan with its cost, judged by the stack's budget; a budget is no reason not to destroy.
pub fn make(stack: &Stack, graph: &Graph, snapshot: &Snapshot, policy: &Policy, accepted: Option<Money>) -> Plan {
    let find = |name: &str| kinds::find(name).map(|entry| &entry.row);
    let plan = plan(graph, snapshot, policy, &find);
    let today = policy.created.split('T').next().unwrap_or_default();
    let cost = price_plan(&plan, graph, snapshot, &stack.usage, Prices { catalog: catalog::current(), today }, &find);
    let budget = stack.settings.budget.as_ref().filter(|_| !policy.destroy);
    plan.with_cost(cost.judged(budget, accepted))
}

#[cfg(feature = "aws")]
fn live(args: &Args, stack: &Stack, graph: &Graph) -> Result<Snapshot, Failure> {
    super::connect::with(&args.aws, stack, &args.options, async |session| session.read(graph, false).await)
}

#[cfg(not(feature = "aws"))]
fn live(_: &Args, _: &Stack, _: &Graph) -> Result<Snapshot, Failure> {
    Err(Failure::usage("this trueup was built without feature `aws`").hint("plan with --empty or --snapshot"))
}

fn read_snapshot(file: &Path, scope: &Scope) -> Result<Snapshot, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?;
    let snapshot = serde_json::from_str::<Snapshot>(&text)
        .map_err(|error| Failure::new(format!("{} is no snapshot: {error}", file.display())).hint("`trueup show --snapshot` writes one"))?;
    if snapshot.version != Snapshot::VERSION {
        return Err(Failure::new(format!(
            "{} has snapshot format {}, this trueup reads {}",
            file.display(),
            snapshot.version,
            Snapshot::VERSION
        )));
    }
    let found = &snapshot.scope;
    if (&found.stack, &found.env, &found.region) != (&scope.stack, &scope.env, &scope.region) {
        let name = |scope: &Scope| format!("{} in {}", scope.owner(), scope.region);
        return Err(Failure::new(format!("{} is a reading of {}, the stack is {}", file.display(), name(found), name(scope))));
    }
    Ok(snapshot)
}

/// Written beside its place first, so that a plan is either whole or not there.
fn save(plan: &Plan, file: &Path) -> Result<(), Failure> {
    let text = serde_json::to_string(plan).map_err(|error| Failure::new(error.to_string()))?;
    let draft = file.with_extension("json.part");
    std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, file)).map_err(|error| {
        let _ = std::fs::remove_file(&draft);
        Failure::file("write", file, &error)
    })
}

/// A plan that `--out` saved. One that is damaged, or of another form, is refused.
pub fn read(file: &Path) -> Result<Plan, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?;
    parse(&text).map_err(|why| unusable(file, &why))
}

/// Why a saved plan cannot be used.
pub fn unusable(file: &Path, why: &str) -> Failure {
    Failure { exit: Exit::Refused, message: format!("cannot use {}: {why}", file.display()), hint: Some("plan again".into()) }
}

fn parse(text: &str) -> Result<Plan, String> {
    let value = serde_json::from_str::<Value>(text).map_err(|error| format!("it is cut off, or no plan ({error})"))?;
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(Plan::VERSION) => {}
        Some(version) => {
            return Err(format!("it was written by another version of trueup (plan format {version}, this one reads {})", Plan::VERSION));
        }
        None => return Err("it is no plan".into()),
    }
    let plan = serde_json::from_value::<Plan>(value).map_err(|error| format!("it is no plan ({error})"))?;
    plan.verify().map_err(|why| why.to_string()).map(|()| plan)
}
