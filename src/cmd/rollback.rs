//! `trueup rollback`: the whole stack back to the file of an earlier apply.

use super::apply::{Consent, Manner, Reach, plan_and_run};
use super::ask::ask;
use super::catalog;
use super::connect::{AwsArgs, watched, with};
use super::exit::{Exit, Failure};
use super::history::Which;
use super::options::{Authorship, Options, dollars, today};
use super::plan::keep;
use super::rollout_report::Reports;
use super::stack::shown;
use crate::core::applied::Text;
use crate::core::history::Record;
use crate::core::money::Money;
use crate::core::source::Source;
use crate::files::{self, Readers};
use crate::ops::history::{Return, Today, back, find, since};
use crate::ops::plan::Wish;
use crate::ops::session::Wanted;
use crate::ops::{self, stack};
use crate::report;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  trueup history --env production                  find the apply to go back to
  trueup rollback --to 12 --env production         plan back to its file, ask, apply
  trueup rollback --to 12 --out back.json          save the plan, to be approved and applied
  trueup rollback --to 12 --write                  and write its file over the one of today

It is an apply of another file: the planner, the checks, approvals, the budget and the lock are the same, and those of today's file \
count. Data does not come back: the plan says of each resource what is lost. Your stack file stays as it is unless --write says \
otherwise, so the next apply of it goes forward again. Of one service alone, `trueup rollout rollback` goes back to its old version.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The apply to go back to: its number, the beginning of its plan's digest
    #[arg(long, value_name = "APPLY")]
    to: String,
    #[command(flatten)]
    which: Which,
    /// Set a value of the recorded file, such as a secret that no record keeps; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    options: Options,
    /// Save the plan, for `trueup apply --plan`, and change nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["yes", "write"])]
    out: Option<PathBuf>,
    /// Write the recorded file over the one of today, once all is done; it is shown and asked first
    #[arg(long)]
    write: bool,
    /// Accept a monthly total of up to this, in US dollars, although [stack.budget] does not allow it
    #[arg(long, value_name = "AMOUNT", value_parser = dollars, help_heading = "Cost")]
    accept_cost: Option<Money>,
    #[command(flatten)]
    authorship: Authorship,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    reports: Reports,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Args { to, which, set, options, out, write, accept_cost, authorship, consent, reach, reports } = args;
    reports.check()?;
    out.iter().try_for_each(|file| Failure::unwritable("the plan", file))?;
    let json = options.json;
    let policy = authorship.under(options.policy(false)?);
    let source = which.source(json)?;
    let settings = which.settings(&source, json)?;
    let wanted = Wanted {
        stack: &settings.name,
        env: which.env(),
        region: &settings.region,
        account: settings.account.as_deref(),
        store: settings.store.as_deref(),
        graph: None,
    };
    let aws: AwsArgs = which.aws.sparing(consent.rehearse);
    with(&aws, wanted, options, async |session| {
        let owner = session.aws.scope.owner();
        let record = find(&session.store, to, &owner).await?;
        let later = since(&session.store, record.apply).await?;
        let Return { mut loaded, files, set } =
            back(&record, &later, Today { source: &source, settings: &settings, set }).map_err(shown(json))?;
        loaded.stack.settings.store = aws.bucket(settings.store.as_deref()).map(str::to_owned);
        if !json {
            told(&record, &set);
        }
        let warnings = loaded.judge_for_account(&today()).map_err(shown(json))?;
        if !warnings.diagnostics.is_empty() && !json {
            report::talk(&warnings.render(report::colour()));
        }
        let wish = Wish { policy: policy.clone(), accepted: *accept_cost, catalog: catalog::current() };
        if let Some(file) = out {
            let plan = watched(session, json, async |events| session.plan(&loaded, &wish, events).await).await?;
            if !json {
                report::data(&report::plan::render(&plan, options.view()));
            }
            keep(&plan.sealed, Some(file), json)?;
            return Ok(if plan.refusals.is_empty() { Exit::Done } else { Exit::Refused });
        }
        let manner = Manner { via: &reach.smoke_via, twin: consent.twin(&which.aws), ..Manner::plain(reports) };
        let exit = plan_and_run(session, &loaded, &wish, options, consent, manner).await?;
        if *write && exit == Exit::Done {
            return put_back(&which.file, &source, &files, consent.yes, json);
        }
        if *write {
            report::talk(&format!("{} stays as it is, since not all was done", report::path(&which.file)));
        }
        Ok(exit)
    })
}

/// Says what is planned back to, and what else is of it.
fn told(record: &Record, set: &[String]) {
    report::talk(&format!("the stack file of apply {}, {}, by {}", record.apply, report::moment(&record.at.to_string()), record.by));
    if !set.is_empty() {
        report::talk(&format!(
            "with what was set over it then: {}",
            set.iter().map(|set| format!("--set {set}")).collect::<Vec<_>>().join(" ")
        ));
    }
    if !record.is_good() {
        report::warn("that apply did not do all that it was to do", "`trueup history` shows those that are complete");
    }
    report::talk("your stack file stays as it is, unless --write says otherwise");
}

/// Writes the recorded files over those of today, beside the stack file and nowhere else.
fn put_back(file: &Path, today: &Source, files: &[Text], yes: bool, json: bool) -> Result<Exit, Failure> {
    let folder = file.parent().unwrap_or(Path::new(""));
    for (at, Text { path, text }) in files.iter().enumerate() {
        let target = if at == 0 { file.to_owned() } else { folder.join(plain(path)?) };
        let before = match at {
            0 => today.text.clone(),
            _ if target.exists() => stack::source(&target).map_err(shown(json))?.text,
            _ => String::new(),
        };
        if before == *text {
            continue;
        }
        let shown = report::path(&target);
        if !yes {
            let diff = report::fixes::diff(&target.display().to_string(), &before, text);
            if !ask(&format!("{diff}\nType `write` to write this into {shown}:"), "write", json, "pass --yes")? {
                report::talk(&format!("{shown} stays as it is"));
                continue;
            }
        }
        if target.exists() {
            stack::rewrite(&target, &before, text)?;
        } else {
            files::replace(&target, text.as_bytes(), Readers::Any).map_err(|error| ops::Error::file("write", &target, error))?;
        }
        report::talk(&format!("{shown} is as it was"));
    }
    Ok(Exit::Done)
}

/// A name in the folder of the stack file, and no way out of it: whoever writes to the store can write any.
fn plain(path: &str) -> Result<&Path, Failure> {
    let name = Path::new(path);
    let mut parts = name.components();
    let alone = matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(_)), None));
    if alone {
        Ok(name)
    } else {
        Err(Failure::new(format!("the record names a file that lies elsewhere: {path}")).hint("nothing was written there"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_recorded_name_leads_out_of_the_folder() {
        assert_eq!(plain("usage.toml").unwrap(), Path::new("usage.toml"));
        for path in ["../x", "/etc/passwd", "a/b", "..", "", "."] {
            assert!(plain(path).is_err(), "{path}");
        }
    }
}
