//! `trueup apply`.

use super::ask::ask;
use super::catalog;
use super::connect::{AwsArgs, interrupts, saved_plan, watched, with};
use super::exit::{Exit, Failure};
use super::options::{Options, Pricing, Side, today};
use super::outside::outside;
use super::rehearse::rehearsed;
use super::rollout_report::{Releases, Reports};
use super::rollout_stage::{Stage, leaving};
use super::sandbox::Place;
use super::stack::{Choice, StackArgs, shown};
use crate::core::admission::{Admitted, Papers, of_environment, of_stack};
use crate::core::bar::Bar;
use crate::core::event::Outcome;
use crate::core::file::DEFAULT_ENV;
use crate::core::graph::Node;
use crate::core::plan::Plan;
use crate::core::rehearsal::{Rehearsal, Verdict};
use crate::core::rollout::smoke::via::Via;
use crate::core::sealed::seal;
use crate::engine::apply::Options as Run;
use crate::engine::events::Events;
use crate::engine::store::{Lock, Work};
use crate::modules;
use crate::ops;
use crate::ops::approval;
use crate::ops::outside::{of_plan, refuse};
use crate::ops::plan::{Planned, Wish};
use crate::ops::session::Session;
use crate::ops::stack::{DEFAULT_FILE, Loaded};
use crate::report;
use crate::report::progress::{Progress, Sort, Style};
use crate::report::watch::screen;
use jiff::Timestamp;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const AFTER: &str = "\
Examples:
  trueup apply --sandbox                    plan, ask, apply on the embedded AWS
  trueup apply --env staging --yes          plan and apply without asking
  trueup apply --rehearse                   run it on a twin of the account first
  trueup apply --plan plan.json             run exactly what was saved, or refuse
  trueup apply stack.toml --plan plan.json --approval plan.json.anna.approval
  trueup apply --yes --json > events.jsonl  a JSON line per event; the last one has the outputs

A saved plan runs once, and only while what it touches is as it was when the plan was made. With FILE \
beside --plan, the plan must also be of that very stack and environment. It was judged by the budget of its \
day: one that was over it runs with --accept-cost, and no other figure than its own is asked for. Where \
[stack.approval] wants approvals, it runs with those and not without: whose count is read from FILE, or \
from ./stack.toml, so run this where whoever makes plans does not write.

Interrupt once to begin nothing new and wait four seconds at most for calls that run, twice to stop at once. Either way nothing is \
lost: the next run goes on from what is live.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The stack file [default: stack.toml]
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    /// Run a plan that `trueup plan --out` saved, or `--keep` put into the store, without questions
    #[arg(long, value_name = "PLAN", value_hint = clap::ValueHint::FilePath, conflicts_with_all = ["set", "allow_delete", "usage", "rehearse", "only_drift", "only_file"])]
    plan: Option<PathBuf>,
    #[command(flatten)]
    papers: PaperArgs,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    pricing: Pricing,
    #[command(flatten)]
    side: Side,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    reports: Reports,
    #[command(flatten)]
    aws: AwsArgs,
}

/// The way to what is out of reach from here.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Reach {
    /// Send the smoke checks of a rollout here, not to the load balancer: the near end of a tunnel, say
    #[arg(long, value_name = "[SERVICE=]HOST:PORT")]
    pub smoke_via: Vec<Via>,
}

/// The approvals of a saved plan.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct PaperArgs {
    /// An approval that `trueup approve` wrote, beside those in the work directory; repeatable
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Approval")]
    pub approval: Vec<PathBuf>,
    /// Those whose approval counts, in the place of the file that the stack file names; with it, one is always needed
    #[arg(long, env = "TRUEUP_SIGNERS", value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Approval")]
    pub signers: Option<PathBuf>,
}

/// The consent to an apply, and the number of steps that it runs at once.
#[derive(Debug, Clone, clap::Args)]
pub struct Consent {
    /// Go ahead without asking
    #[arg(long, short)]
    pub yes: bool,
    /// The most steps that run at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub parallel: u16,
    /// Run the steps on a twin of the account first, in this process, and stop with exit 3 if AWS would refuse any. --fault strikes the twin
    #[arg(long)]
    pub rehearse: bool,
}

impl Consent {
    /// Returns the embedded AWS that the plan is rehearsed on, if it is.
    pub fn twin<'a>(&self, aws: &'a AwsArgs) -> Option<&'a Place> {
        self.rehearse.then_some(&aws.embedded)
    }
}

/// The way in which a plan is run, beside the consent to it.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    pub reports: &'a Reports,
    /// The places that smoke checks connect to instead of load balancers.
    pub via: &'a [Via],
    /// The only service that the plan may change.
    pub only: Option<&'a Node>,
    /// Leaves once a rollout has begun.
    pub detach: bool,
    /// Draws the rollout of that service once it has begun.
    pub draws: bool,
    /// The embedded AWS that the plan is rehearsed on first, if it is.
    pub twin: Option<&'a Place>,
}

impl<'a> Manner<'a> {
    pub fn plain(reports: &'a Reports) -> Self {
        Manner { reports, via: &[], only: None, detach: false, draws: false, twin: None }
    }
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    args.reports.check()?;
    match &args.plan {
        Some(file) => saved(args, file),
        None => {
            let file = args.file.clone().unwrap_or_else(|| DEFAULT_FILE.into());
            fresh(args, &StackArgs { file, choice: args.choice.clone() })
        }
    }
}

fn fresh(args: &Args, file: &StackArgs) -> Result<Exit, Failure> {
    let Args { options, pricing, consent, reach, reports, aws, .. } = args;
    let manner = Manner { via: &reach.smoke_via, twin: consent.twin(aws), ..Manner::plain(reports) };
    let policy = args.side.under(options.policy(false)?);
    let loaded = file.load_for_account(pricing.usage.as_deref(), options.json)?;
    let wish = Wish { policy, accepted: pricing.accept_cost, catalog: catalog::current() };
    let aws = aws.sparing(consent.rehearse);
    with(&aws, (&loaded).into(), options, async |session| plan_and_run(session, &loaded, &wish, options, consent, manner).await)
}

fn saved(args: &Args, file: &Path) -> Result<Exit, Failure> {
    let Args { options, consent, reach, reports, aws, .. } = args;
    let manner = Manner { via: &reach.smoke_via, ..Manner::plain(reports) };
    let plan = saved_plan(aws, file)?;
    let barred = |bar: Bar| ops::Error::barred(file.display(), bar);
    let (scope, accepted) = (&plan.scope, args.pricing.accept_cost);
    let word = approval::word(args.file.as_deref(), args.papers.signers.as_deref(), &plan).map_err(shown(options.json))?;
    let handed = args.papers.approval.iter().map(|file| approval::read(file)).collect::<Result<Vec<_>, _>>()?;
    if let Some(named) = &args.file {
        let loaded = StackArgs { file: named.clone(), choice: args.choice.clone() }.load(options.json)?;
        of_stack(&plan, &loaded.scope(&scope.account)).map_err(barred)?;
    } else if let Some(env) = &args.choice.env {
        of_environment(&plan, env).map_err(barred)?;
    }
    with(aws, (&*plan).into(), options, async |session| {
        let lock = session.lock(Work::Apply).await?;
        lock.during(async |lock| {
            let plan = watched(session, options.json, async |events| session.recall(plan.clone(), events).await).await?;
            let kept = word.kept(&session.store, &plan, handed.clone()).await?;
            let admission = session.admit(&plan, accepted, Papers::Given(word.bench(&kept, Timestamp::now())));
            if let Err(bar) = &admission
                && !is_of_its_own(bar)
            {
                return Err(barred(bar.clone()).into());
            }
            if !options.json {
                report::talk(&report::plan::saved(&plan, accepted, options.view()));
            }
            if admission.is_ok() {
                begins(session, &plan, manner.via)?;
                session.check_again(&plan).await?;
            }
            run_admitted(session, lock, &plan, admission, options, consent.parallel, manner).await
        })
        .await
    })
}

/// Refuses to begin where a rollout would wait for something that is not there.
fn begins(session: &Session, plan: &Plan, via: &[Via]) -> Result<(), Failure> {
    Ok(refuse(&of_plan(plan, &outside(via, session.aws.embedded)))?)
}

/// Plans, shows the plan, asks if there is somebody to ask, and runs it.
pub async fn plan_and_run(
    session: &Session,
    loaded: &Loaded,
    wish: &Wish<'_>,
    options: &Options,
    consent: &Consent,
    manner: Manner<'_>,
) -> Result<Exit, Failure> {
    let lock = session.lock(if wish.policy.destroy { Work::Destroy } else { Work::Apply }).await;
    // Each refusal of a rollout has the same code.
    let lock = if manner.only.is_some() { lock.map_err(Failure::held)? } else { lock? };
    lock.during(async |lock| plan_and_run_alone(session, lock, loaded, wish, options, consent, manner).await).await
}

async fn plan_and_run_alone(
    session: &Session,
    lock: &mut Lock,
    loaded: &Loaded,
    wish: &Wish<'_>,
    options: &Options,
    consent: &Consent,
    manner: Manner<'_>,
) -> Result<Exit, Failure> {
    let mut plan = watched(session, options.json, async |events| session.plan(loaded, wish, events).await).await?;
    if let Some(place) = manner.twin {
        let beside = session.beside(&plan, &plan.snapshot).await;
        plan.sealed = seal(rehearsed(place, loaded, wish, Plan::clone(&plan), (&plan.snapshot, &beside)).await?);
    }
    if !options.json {
        report::data(&report::plan::render(&plan, options.view()));
    }
    match plan.rehearsal.as_ref().map(Rehearsal::verdict) {
        None | Some(Verdict::Well) => {}
        Some(verdict) => {
            if options.json {
                report::json(&ops::saved::public(&plan.sealed));
            }
            report::talk("nothing was changed");
            return Ok(if verdict == Verdict::Found { Exit::Refused } else { Exit::Failed });
        }
    }
    if let Some(node) = manner.only {
        ops::rollout::changes_only(&plan, ops::rollout::short(node))?;
    }
    let admission = session.admit(&plan, None, Papers::Fresh);
    if admission.is_ok() {
        begins(session, &plan, manner.via)?;
    }
    if admission.is_err() || plan.steps.is_empty() || consent.yes {
        return run_admitted(session, lock, &plan, admission, options, consent.parallel, manner).await;
    }
    let warnings = loaded.judge_for_account(&today()).map_or(0, |found| found.diagnostics.len());
    if !asked(&plan, warnings, options)? {
        report::talk("nothing was changed");
        return Ok(Exit::Failed);
    }
    // Somebody else may have changed things while the question waited: what was agreed to is what was shown.
    let plan = watched(session, options.json, async |events| session.recall(plan.sealed.clone(), events).await).await?;
    let admission = session.admit(&plan, None, Papers::Fresh);
    if admission.is_ok() {
        session.check_again(&plan).await?;
    }
    run_admitted(session, lock, &plan, admission, options, consent.parallel, manner).await
}

/// True for a bar that the plan itself says, so that whoever has been shown the plan has been shown the bar.
fn is_of_its_own(bar: &Bar) -> bool {
    matches!(bar, Bar::Refused(_) | Bar::Incomplete)
}

/// Runs a plan that has been shown, or ends with what stands in its way.
async fn run_admitted(
    session: &Session,
    lock: &mut Lock,
    plan: &Planned,
    admission: Result<Admitted, Bar>,
    options: &Options,
    parallel: u16,
    manner: Manner<'_>,
) -> Result<Exit, Failure> {
    let Manner { reports, via, detach, .. } = manner;
    // A run without steps has nothing to show but what is answered.
    let style = if plan.steps.is_empty() && !options.json { Style::Quiet } else { Style::choose(options.json) };
    let sort = if plan.destroy {
        Sort::Destroy
    } else if detach {
        Sort::Detached
    } else {
        Sort::Apply
    };
    let progress = Arc::new(Progress::of_run(style, session.aws.clock.speed, sort));
    let releases = Releases::of(session, plan, reports).await?;
    let stage = Stage::default();
    let events = Events::of(&super::telemetry::run(), |event| {
        releases.take(&event.event);
        if !stage.takes(event) {
            progress.show(event);
        }
    });
    if options.json {
        // It is named by the digest of what is applied.
        let mut shown = json!(ops::saved::public(&plan.sealed));
        shown["digest"] = json!(plan.sealed.digest());
        report::json(&events.seal(json!({ "event": "planned", "version": plan.version, "plan": shown })));
    }
    let admitted = admission.map_err(|bar| match is_of_its_own(&bar) {
        true => Failure::shown(ops::Error::barred("the plan", bar).kind().into()),
        false => unapproved(&bar, plan).unwrap_or_else(|| ops::Error::barred("the plan", bar).into()),
    })?;
    let last = Arc::clone(&progress);
    let interrupted = interrupts(move || {
        last.end();
        screen::restore();
        report::talk(&report::progress::stopped(sort));
    });
    let (leave, cancel) = leaving(interrupted);
    let run = Run { via: via.to_vec(), detach, ..Run::new(parallel.into(), cancel) };
    let apply = session.apply(lock, admitted, &run, &events);
    let applied = match manner.only.filter(|_| manner.draws) {
        None => apply.await,
        Some(node) => {
            let applied = stage.play(session, node, &leave, || progress.end(), apply).await;
            // The view is closed: whatever was not shown meanwhile is, but for what it drew.
            stage.newest().iter().for_each(|look| progress.hear(look));
            stage.rest().iter().for_each(|event| progress.show(event));
            applied?
        }
    };
    reports.write(&releases.all());
    let applied = applied?;
    if let (Outcome::Partial, Some(good), false, false) = (applied.outcome, applied.good, plan.destroy, options.json) {
        report::talk(&format!("\n{}", report::history::way_back(&plan.scope, good, report::text_width())));
    }
    Ok(match applied.outcome {
        Outcome::Complete => {
            if !options.json {
                let shown = report::outputs::render(&applied.outputs, modules::is_headline);
                report::data(&if shown.is_empty() { shown } else { format!("\n{shown}") });
            }
            // All that was to be done is done, and not all is well: the plan has said so.
            if plan.leaves_failed() { Exit::Partial } else { Exit::Done }
        }
        Outcome::Partial => Exit::Partial,
        Outcome::Interrupted if detach => Exit::Waiting,
        Outcome::Interrupted => Exit::Interrupted,
        Outcome::RolledBack => Exit::RolledBack,
    })
}

/// Names the commands by which a plan that needs approvals gets them, and runs.
fn unapproved(bar: &Bar, plan: &Plan) -> Option<Failure> {
    let Bar::NeedsApproval(_) = bar else { return None };
    let env = if plan.scope.env == DEFAULT_ENV { String::new() } else { format!(" --env {}", plan.scope.env) };
    let make = if plan.destroy { "destroy" } else { "plan" };
    let apply = format!("trueup apply{env} --plan plan.json --approval FILE");
    let hint = format!("trueup {make}{env} --out plan.json\ntrueup approve plan.json --key KEY\n{apply}");
    Some(Failure::from(ops::Error::barred("the plan", bar.clone())).hint(hint))
}

/// Asks whether to go ahead. Where data is lost, the answer is the stack's own name, which nobody types by habit.
fn asked(plan: &Plan, warnings: usize, options: &Options) -> Result<bool, Failure> {
    let verb = if plan.destroy { "destroy" } else { "apply" };
    let word = if plan.changes.iter().any(|change| change.data_loss) { plan.scope.owner() } else { "yes".to_owned() };
    let back = plan.ground.as_ref().and_then(|ground| ground.back_to).map(|back| format!(" and go back to apply {}", back.apply));
    let back = back.unwrap_or_default();
    let question = format!("\n{}\nType `{word}` to {verb} this{back}:", report::plan::stakes(plan, warnings, options.view()));
    ask(&question, &word, options.json, "pass --yes, or run a saved plan with --plan")
}
