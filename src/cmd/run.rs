//! `trueup run`: a command that runs once, as a service's tasks run.

use super::connect::{AwsArgs, interrupts, with};
use super::exit::{Exit, Failure};
use super::options::{self, Options};
use super::stack::StackArgs;
use crate::core::oneoff::{Event, OWN_FAILURE};
use crate::ops::oneoff::{self, Command, VERSION};
use crate::ops::rollout;
use crate::report;
use jiff::SignedDuration;
use serde::Serialize;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

const AFTER: &str = "\
Examples:
  trueup run web --env production -- bin/rails db:seed
  trueup run web --timeout 30m -- sh -c 'bin/report | gzip > /tmp/report.gz'
  trueup run worker --cpu 2048 --memory 8192 --env-var BATCH=500 -- bin/backfill

The task has the image, network, role, secrets and platform of the service as it runs now. Its log goes to \
standard output while it runs. A value of --env-var is never printed here, and AWS shows it to whoever may look \
at the task: secrets belong into [secrets].

Exit codes: the command's own; 124 it took longer than --timeout allows, 125 it never started, has no exit code, \
or Trueup failed, 130 interrupted (the task is stopped), 64 usage. With --json the last line says which it was.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The service: `api` for [service.api]
    #[arg(value_name = "SERVICE")]
    service: String,
    #[command(flatten)]
    stack: StackArgs,
    /// The command and its arguments, after `--`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
    /// The container to run it in; left out, the one that gets the service's traffic
    #[arg(long, value_name = "NAME")]
    container: Option<String>,
    /// CPU units in place of the service's, such as 1024
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u32).range(1..))]
    cpu: Option<u32>,
    /// Mebibytes of memory in place of the service's, such as 2048
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    memory: Option<u32>,
    /// An environment variable for it alone: NAME=VALUE, or NAME for the value that it has here; repeatable
    #[arg(long, short = 'e', value_name = "NAME[=VALUE]")]
    env_var: Vec<String>,
    /// A file of such lines; `#` begins a comment
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    env_file: Option<PathBuf>,
    /// The longest that it may take, such as 30m or 2h; it is stopped then
    #[arg(long, value_name = "TIME", value_parser = options::time)]
    timeout: Option<SignedDuration>,
    /// Leave it once it is started, and print its ARN
    #[arg(long, conflicts_with = "timeout")]
    detach: bool,
    /// Print a JSON line per event, log lines among them
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

/// An event as a line of JSON.
#[derive(Serialize)]
struct Said<'a> {
    version: u32,
    #[serde(flatten)]
    event: &'a Event,
}

/// Runs it. Whatever goes wrong here has an exit code that programs which run others keep for that.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    attempt(args).map_err(|failure| match failure.exit {
        Exit::Usage => failure,
        _ => Failure { exit: Exit::Command(OWN_FAILURE), ..failure },
    })
}

fn attempt(args: &Args) -> Result<Exit, Failure> {
    let command = Command {
        container: args.container.clone(),
        words: args.command.clone(),
        environment: environment(args)?,
        cpu: args.cpu,
        memory: args.memory,
        limit: args.timeout,
        detach: args.detach,
    };
    let loaded = args.stack.load(args.json)?;
    let node = rollout::find(&loaded, Some(&args.service))?;
    let region = loaded.stack.settings.region.clone();
    with(&args.aws, (&loaded).into(), &Options::plain(args.json), async |session| {
        let live = super::rollout::live(session, &loaded, node).await?;
        let left: Arc<OnceLock<String>> = Arc::default();
        let last = Arc::clone(&left);
        let cancel = interrupts(move || {
            let task = last.get().map_or("nothing was started", String::as_str);
            report::talk(&format!("left: {task}"));
        });
        let hear = |event: &Event| {
            if let Event::Started(started) = event {
                let log = started.log.as_ref().map(|place| format!("\n  {}", report::oneoff::how_to_read(place, &region)));
                let _ = left.set(format!("{}{}", started.task, log.unwrap_or_default()));
            }
            if args.json {
                report::json(&Said { version: VERSION, event });
            } else if let Event::Line(line) = event {
                report::data(&format!("{}\n", report::oneoff::logged(&line.text)));
            }
            // Talk goes to stderr, so it stands beside JSON as well.
            if let Some(said) = report::oneoff::told(event) {
                report::talk(&said);
            }
            if let (Event::Stopping { .. }, Some(task)) = (event, left.get()) {
                report::talk(task);
            }
        };
        let end = oneoff::run(session, &live, &command, cancel, hear).await?;
        match (end, left.get()) {
            (Some(end), _) => Ok(Exit::Command(end.outcome.code())),
            (None, Some(task)) => {
                if !args.json {
                    let (arn, log) = task.split_once('\n').unwrap_or((task, ""));
                    report::data(arn);
                    report::talk(log.trim_start());
                }
                Ok(Exit::Done)
            }
            (None, None) => {
                report::talk("interrupted before it was started");
                Ok(Exit::Interrupted)
            }
        }
    })
}

/// Returns the variables, those of the file first. No message repeats a value.
fn environment(args: &Args) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    if let Some(path) = &args.env_file {
        let text = fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start();
            if !line.is_empty() && !line.starts_with('#') {
                found.push(variable(line, &format!("line {} of {}", number + 1, report::path(path)))?);
            }
        }
    }
    for (number, given) in args.env_var.iter().enumerate() {
        found.push(variable(given, &format!("--env-var, the {}. time it is given,", number + 1))?);
    }
    Ok(found)
}

fn variable(given: &str, place: &str) -> Result<(String, String), Failure> {
    let (name, value) = given.split_once('=').map_or((given, None), |(name, value)| (name, Some(value.to_owned())));
    let first = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    let plain = name.starts_with(first) && name.chars().all(|letter| first(letter) || letter.is_ascii_digit());
    if !plain {
        return Err(Failure::usage(format!("{place} names no environment variable"))
            .hint("write NAME=VALUE, with a name of letters, digits and `_` that begins with no digit"));
    }
    let value = value.map_or_else(|| std::env::var(name), Ok).map_err(|_| {
        Failure::usage(format!("{place} names `{name}`, which has no value here")).hint(format!("set it, or write {name}=VALUE"))
    })?;
    Ok((name.to_owned(), value))
}
