//! `trueup history`: the applies of a stack, one of them, and two side by side.

use super::connect::{AwsArgs, in_store};
use super::exit::{Exit, Failure};
use super::stack::shown;
use crate::core::address::Pattern;
use crate::core::file::DEFAULT_ENV;
use crate::core::history::{Filter, between};
use crate::core::settings::Settings;
use crate::core::source::Source;
use crate::engine::store::Store;
use crate::kinds;
use crate::modules;
use crate::ops;
use crate::ops::history::{Page, find, list};
use crate::ops::session::Wanted;
use crate::ops::stack::DEFAULT_FILE;
use crate::report;
use crate::report::history::{VERSION, json_of};
use crate::report::plan::View;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  trueup history --env production                 every apply, newest first
  trueup history --resource 'service.api.*'       those that changed something of it
  trueup history --action delete --since 7d       those of a week that deleted something
  trueup history --by anna --csv > applies.csv
  trueup history show 12                          one of them: who, what, how it went
  trueup history diff 12 last                     how the file, and what it left in AWS, has changed since
  trueup rollback --to 12                         plan back to its file

It needs no account where the store is a directory. Of each apply the store has a record: the stack file with its secrets masked, \
the changes, and how each resource was left. `trueup rollout history` asks ECS for the deployments of one service, whoever has begun \
them.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show one apply: who ran it and when, what it changed, how it ended
    Show(Show),
    /// Show how the files of two applies differ, and what they left otherwise in AWS
    Diff(Diff),
}

/// The stack whose history it is.
#[derive(Debug, Clone, clap::Args)]
pub struct Which {
    /// The stack file
    #[arg(value_name = "FILE", default_value = DEFAULT_FILE, value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// The environment
    #[arg(long, env = "TRUEUP_ENV", value_name = "NAME")]
    pub env: Option<String>,
    #[command(flatten)]
    pub aws: AwsArgs,
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    which: Which,
    /// Only those with a change of this sort
    #[arg(long, value_name = "ACTION", value_parser = ACTIONS)]
    action: Option<String>,
    /// Only those that changed this address; `*` stands for any part
    #[arg(long, value_name = "ADDRESS", value_parser = pattern)]
    resource: Option<Pattern>,
    /// Only those that began then or later: a day, a time, or how long ago, such as 7d
    #[arg(long, value_name = "TIME", value_parser = begin)]
    since: Option<Timestamp>,
    /// Only those that began before the end of that day, or before that time
    #[arg(long, value_name = "TIME", value_parser = end)]
    until: Option<Timestamp>,
    /// Only those of somebody, by a part of their name here, in AWS, or as who approved
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The most that a page has
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// The page, from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    page: u16,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print a row of CSV for each
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// The apply: its number, the beginning of its plan's digest, or `last`
    #[arg(value_name = "APPLY")]
    apply: String,
    #[command(flatten)]
    which: Which,
    /// Print its stack file, as far as it was kept
    #[arg(long, conflicts_with = "json")]
    file_text: bool,
    /// Print all of its record as JSON, with each resource as it was left
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Diff {
    /// The earlier apply
    #[arg(value_name = "APPLY")]
    before: String,
    /// The later one
    #[arg(value_name = "LATER")]
    after: String,
    #[command(flatten)]
    which: Which,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Show every field
    #[arg(long, short)]
    verbose: bool,
}

const ACTIONS: [&str; 8] = ["create", "update", "replace", "delete", "adopt", "move", "forget", "wait"];

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        None => all(&args.list),
        Some(Command::Show(args)) => show(args),
        Some(Command::Diff(args)) => diff(args),
    }
}

fn all(args: &List) -> Result<Exit, Failure> {
    let List { which, action, resource, since, until, by, limit, page, json, csv } = args;
    let verb =
        |name: &String| ACTIONS.into_iter().find(|action| action == name).map(|action| if action == "wait" { "wait for" } else { action });
    let action = action.as_ref().and_then(verb);
    let filter = Filter { action, resource: resource.clone(), since: *since, until: *until, by: by.clone() };
    let (found, stack) = which.read(*json, async |store, stack| {
        let found = list(store, &filter, usize::from(*limit), usize::from(*page)).await?;
        Ok((found, stack.to_owned()))
    })?;
    let Page { records, all, page, pages } = found;
    match (json, csv) {
        (true, _) => {
            let history = records.iter().map(|record| json_of(record, false)).collect::<Vec<_>>();
            report::json(&json!({ "version": VERSION, "history": history, "all": all, "page": page, "pages": pages }));
        }
        (_, true) => report::data(&report::history::csv(&records)),
        _ => report::data(&report::history::list(&stack, &records, [all, page, pages], report::table_width())),
    }
    Ok(Exit::Done)
}

fn show(args: &Show) -> Result<Exit, Failure> {
    let Show { apply, which, file_text, json } = args;
    let record = which.read(*json, async |store, stack| Ok(find(store, apply, stack).await?))?;
    match (json, file_text) {
        (true, _) => report::json(&json!({ "version": VERSION, "apply": json_of(&record, true) })),
        (_, true) => match record.texts.files.first() {
            Some(file) => report::data(&file.text),
            None => return Err(Failure::new(format!("of apply {} no file was kept", record.apply))),
        },
        _ => report::data(&report::history::show(&record, View { width: report::table_width(), whole: false })),
    }
    Ok(Exit::Done)
}

fn diff(args: &Diff) -> Result<Exit, Failure> {
    let Diff { before, after, which, json, verbose } = args;
    let (before, after) =
        which.read(*json, async |store, stack| Ok((find(store, before, stack).await?, find(store, after, stack).await?)))?;
    let row = |kind: &str| kinds::find(kind).map(|entry| &entry.row);
    let found = if before.bare || after.bare { Vec::new() } else { between(&before, &after, &row) };
    if *json {
        report::json(&report::history::diff_json([&before, &after], &found));
    } else {
        report::data(&report::history::diff([&before, &after], &found, View { width: report::table_width(), whole: *verbose }));
    }
    Ok(Exit::Done)
}

impl Which {
    /// Reads the stack file of today.
    pub fn source(&self, json: bool) -> Result<Source, Failure> {
        ops::stack::source(&self.file).map_err(shown(json))
    }

    /// Reads whose stack it is, and nothing else of the file: it may be what is wrong today.
    pub fn settings(&self, source: &Source, json: bool) -> Result<Settings, Failure> {
        let settings = modules::settings(source.clone(), self.env()).map_err(|rejected| shown(json)(ops::Error::Rejected(rejected)))?;
        settings.ok_or_else(|| {
            Failure::new(format!("{} has no `[stack]`, so nobody knows whose history it is", report::path(&self.file)))
                .hint("write `[stack]`, with `name` and `region`")
        })
    }

    pub fn env(&self) -> &str {
        self.env.as_deref().unwrap_or(DEFAULT_ENV)
    }

    /// Opens the store, by itself where it is a directory, and reads from it.
    fn read<T>(&self, json: bool, work: impl AsyncFnOnce(&Store, &str) -> Result<T, Failure>) -> Result<T, Failure> {
        let source = self.source(json)?;
        let settings = self.settings(&source, json)?;
        let Settings { name, region, account, store, .. } = &settings;
        let env = self.env();
        let owner = format!("{name}/{env}");
        let wanted = Wanted { stack: name, env, region, account: account.as_deref(), store: store.as_deref(), graph: None };
        in_store(&self.aws, wanted, json, async |store| work(store, &owner).await)
    }
}

fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::parse(text).map_err(|error| error.to_string())
}

fn begin(text: &str) -> Result<Timestamp, String> {
    time(text, 0)
}

fn end(text: &str) -> Result<Timestamp, String> {
    time(text, 1)
}

/// Reads a day, some days after which it is, a time, or how long ago it is.
fn time(text: &str, days: i64) -> Result<Timestamp, String> {
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|day| day.timestamp());
        let moved = midnight.and_then(|day| day.checked_add(SignedDuration::from_hours(24 * days)).ok());
        return moved.ok_or_else(|| "there is no such day".to_owned());
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let hours =
        text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok()).map(|days| SignedDuration::from_hours(24 * i64::from(days)));
    let ago = hours.or_else(|| text.parse::<SignedDuration>().ok().filter(SignedDuration::is_positive));
    let ago = ago.and_then(|ago| Timestamp::now().checked_sub(ago).ok());
    ago.ok_or_else(|| {
        "write a day as 2026-11-21, a time as 2026-11-21T08:00:00Z, or how long ago it is, as 7d or 12h; all of them in UTC".to_owned()
    })
}
