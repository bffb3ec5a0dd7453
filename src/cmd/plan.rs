//! `trueup plan`.

use super::catalog;
use super::exit::{Exit, Failure};
use super::options::{Authorship, Options, Pricing, Side};
use super::outside::outside;
use super::stack::StackArgs;
use crate::core::approval::judge::demands;
use crate::core::budget::is_open;
use crate::core::plan::Plan;
use crate::core::reason::Refusal;
use crate::core::rehearsal::{Rehearsal, Verdict};
use crate::core::sealed::{Sealed, seal};
use crate::core::snapshot::Snapshot;
use crate::ops::holes::{Holes, Stated, remedy};
use crate::ops::outside::of_plan;
use crate::ops::plan::Wish;
use crate::ops::stack::Loaded;
use crate::ops::{self, approval, saved};
use crate::report;
use crate::report::plan_html::Paper;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  trueup plan --env staging                  against the account you are signed in to
  trueup plan --empty                        against an empty account, without credentials
  trueup plan --rehearse                     run its steps on a twin of the account first
  trueup plan --out plan.json                to be approved, and run with `trueup apply --plan`
  trueup plan --keep                         the same, in the store: no file is passed on
  trueup plan --markdown > comment.md        for a pull request
  trueup plan --html > plan.html             for whoever approves it
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
    /// Keep the plan in the store, for whoever approves and applies it, and say where
    #[cfg(feature = "aws")]
    #[arg(long, conflicts_with_all = ["empty", "out"])]
    keep: bool,
    #[command(flatten)]
    authorship: Authorship,
    #[command(flatten)]
    side: Side,
    /// Print Markdown, for a comment on a pull request
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print a page that stands alone: what changes, why, what it costs, and in which order
    #[arg(long, conflicts_with_all = ["json", "markdown"])]
    html: bool,
    /// Exit 2 if the plan has changes
    #[arg(long)]
    detailed_exitcode: bool,
    /// Run the steps on a twin of the account, in this process, and say what AWS would refuse: exit 3 if anything. --fault strikes the twin
    #[cfg(feature = "aws")]
    #[arg(long)]
    rehearse: bool,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    aws: super::connect::AwsArgs,
}

impl Args {
    fn is_embedded(&self) -> bool {
        #[cfg(feature = "aws")]
        let embedded = self.aws.sandbox;
        #[cfg(not(feature = "aws"))]
        let embedded = false;
        embedded
    }

    fn keeps(&self) -> bool {
        #[cfg(feature = "aws")]
        let keeps = self.keep;
        #[cfg(not(feature = "aws"))]
        let keeps = false;
        keeps
    }
}

/// A plan, and what it stands on.
struct Ground {
    plan: Plan,
    #[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "nothing is rehearsed then"))]
    snapshot: Snapshot,
    /// The things of others beside the stack, where the account was asked.
    #[cfg(feature = "aws")]
    beside: Option<ops::rehearse::Beside>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let policy = args.side.under(args.authorship.under(args.options.policy(false)?));
    if policy.only.is_some() && (args.empty || args.snapshot.is_some()) {
        let why = "the side that has changed is told by the record of the last apply, and a plan without an account reads none";
        return Err(Failure::usage(why).hint("leave --empty and --snapshot out"));
    }
    args.out.iter().try_for_each(|file| Failure::unwritable("the plan", file))?;
    let usage = args.pricing.usage.as_deref();
    let loaded = match args.empty || args.snapshot.is_some() {
        true => args.stack.load_judged(usage, args.options.json)?,
        false => args.stack.load_for_account(usage, args.options.json)?,
    };
    let wish = Wish { policy, accepted: args.pricing.accept_cost, catalog: catalog::current() };
    let against = |snapshot: Snapshot| Ground {
        plan: ops::plan::draft(&loaded, &snapshot, &wish),
        snapshot,
        #[cfg(feature = "aws")]
        beside: None,
    };
    let ground = if args.empty {
        against(ops::plan::nothing(&loaded))
    } else if let Some(file) = &args.snapshot {
        against(ops::plan::reading(file, &loaded)?)
    } else {
        live(args, &loaded, &wish)?
    };
    let plan = seal(rehearsed(args, &loaded, &wish, ground)?);
    let code = exit(&plan, args.detailed_exitcode);
    let demands = demands(&plan, None, approval::holds_data);
    let digest = (args.out.is_some() || args.keeps()).then(|| plan.digest());
    let paper = Paper { plan: &plan, digest, demands: &demands };
    match args {
        Args { markdown: true, .. } => report::data(&report::plan_markdown::markdown(paper)),
        Args { html: true, .. } => report::data(&report::plan_html::html(paper)),
        Args { options: Options { json: true, .. }, .. } => {}
        Args { options, .. } => {
            report::data(&report::plan::render(&plan, options.view()));
            lacking(args, &plan);
        }
    }
    for lack in of_plan(&plan, &outside(&[], args.is_embedded())) {
        report::warn(&lack.says(), &lack.remedy());
    }
    save(args, &plan)?;
    Ok(code)
}

/// Names the command that fetches what the plan has no price for.
fn lacking(args: &Args, plan: &Plan) {
    let Some(cost) = plan.cost.as_ref() else { return };
    let StackArgs { file, choice } = &args.stack;
    let usage = args.pricing.usage.as_deref();
    let stated = Stated { file: file.display().to_string(), set: &choice.set, what_if: &[], usage };
    if let Some(remedy) = remedy(&[(stated, Holes::of_plan(cost, &plan.scope.region))]) {
        report::warn("lines of it have no price", &remedy);
    }
}

/// Prints, saves and keeps a plan, as far as that is asked for.
fn save(args: &Args, plan: &Sealed) -> Result<(), Failure> {
    #[cfg(feature = "aws")]
    if args.keep {
        tell(plan, true, args.options.json);
        let place = super::connect::in_store(&args.aws, (&**plan).into(), args.options.json, async |store| {
            Ok(store.keep_plan(plan).await.map_err(ops::Error::from)?)
        })?;
        report::talk(&saved_to(plan, &report::path(Path::new(&place))));
        return Ok(());
    }
    if args.options.json || args.out.is_some() {
        keep(plan, args.out.as_deref(), args.options.json)?;
    }
    Ok(())
}

/// Prints a plan for machines and saves it: the same bytes, unless it holds a secret, which nothing prints.
pub fn keep(plan: &Sealed, out: Option<&Path>, json: bool) -> Result<(), Failure> {
    tell(plan, out.is_some(), json);
    if let Some(file) = out {
        saved::write(plan, file)?;
        report::talk(&saved_to(plan, &report::path(file)));
    }
    Ok(())
}

/// Prints a plan for machines, and says what secrets of it are saved, or are lacking in what is printed.
fn tell(plan: &Sealed, saves: bool, json: bool) {
    if json {
        report::raw(saved::public(plan).text().as_bytes());
    }
    for address in saved::secrets(plan) {
        match saves {
            true => report::warn(
                &format!("the saved plan holds a secret of `{address}` in plain text"),
                "keep it as one keeps a secret, and delete it once it is applied",
            ),
            false => report::warn(
                &format!("a secret of `{address}` is masked, so what is printed cannot be applied"),
                "save the plan with --out to apply it",
            ),
        }
    }
}

/// Says where a plan was saved, and what to do with it.
fn saved_to(plan: &Sealed, shown: &str) -> String {
    // A plan that is refused as it stands is saved to be looked at.
    let refused = plan.refusals.iter().any(|refusal| !matches!(refusal, Refusal::OverBudget { .. } | Refusal::Unjudged { .. }));
    let next = if refused || !plan.is_complete() {
        "it cannot be applied as it is".to_owned()
    } else {
        let needs = demands(plan, None, approval::holds_data).iter().map(|demand| demand.count).max();
        let approve = needs.map(|count| format!("approve it with `trueup approve {shown} --key KEY` ({count} needed), then "));
        format!("{}{}", approve.unwrap_or_default(), run_with(plan, shown))
    };
    format!("saved to {shown}; {next}")
}

/// Names the command that applies a saved plan, with the figure that has to be accepted for it.
fn run_with(plan: &Plan, file: &str) -> String {
    let budget = plan.cost.as_ref().and_then(|cost| cost.budget.as_ref()).filter(|verdict| verdict.refuses());
    let apply = format!("trueup apply --plan {file}");
    match budget.map(|verdict| (verdict.used().to_accept(), verdict.reasons())) {
        None => format!("run it with `{apply}`"),
        Some((least, reasons)) if is_open(least, reasons) => {
            format!("run it with `{apply} --accept-cost AMOUNT`, where AMOUNT is more than {}", least.cents())
        }
        Some((figure, _)) => format!("run it with `{apply} --accept-cost {}`", figure.cents()),
    }
}

/// Answers the exit code of a plan that was only shown.
fn exit(plan: &Plan, detailed: bool) -> Exit {
    let rehearsed = plan.rehearsal.as_ref().map(Rehearsal::verdict);
    match plan {
        plan if !plan.refusals.is_empty() || rehearsed == Some(Verdict::Found) => Exit::Refused,
        // Nobody said no: it is not known.
        plan if !plan.is_complete() || rehearsed == Some(Verdict::Partly) => Exit::Failed,
        plan if detailed && !plan.steps.is_empty() => Exit::Changes,
        plan if plan.steps.is_empty() && plan.leaves_failed() => Exit::Partial,
        _ => Exit::Done,
    }
}

#[cfg(feature = "aws")]
fn live(args: &Args, loaded: &Loaded, wish: &Wish<'_>) -> Result<Ground, Failure> {
    use super::connect::{watched, with};

    let Args { options, aws, .. } = args;
    with(&aws.sparing(args.rehearse), loaded.into(), options, async |session| {
        let (plan, snapshot) = watched(session, options.json, async |events| session.draft(loaded, wish, events).await).await?;
        let beside = if args.rehearse { Some(session.beside(&plan, &snapshot).await) } else { None };
        Ok(Ground { plan, snapshot, beside })
    })
}

#[cfg(feature = "aws")]
fn rehearsed(args: &Args, loaded: &Loaded, wish: &Wish<'_>, ground: Ground) -> Result<Plan, Failure> {
    let Ground { plan, snapshot, beside } = ground;
    if !args.rehearse {
        return Ok(plan);
    }
    let beside = beside.unwrap_or_else(|| Err("the account was not asked".to_owned()));
    super::runtime::many()?.block_on(super::rehearse::rehearsed(&args.aws.embedded, loaded, wish, plan, (&snapshot, &beside)))
}

#[cfg(not(feature = "aws"))]
fn live(_: &Args, _: &Loaded, _: &Wish<'_>) -> Result<Ground, Failure> {
    Err(Failure::usage("this trueup was built without feature `aws`").hint("plan with --empty or --snapshot"))
}

#[cfg(not(feature = "aws"))]
fn rehearsed(_: &Args, _: &Loaded, _: &Wish<'_>, ground: Ground) -> Result<Plan, Failure> {
    Ok(ground.plan)
}
