//! `trueup secret`: the values of a stack's secrets, which no file holds.

use super::connect::{AwsArgs, with};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::stack::StackArgs;
use crate::ops::secret::{self, State};
use crate::ops::stack::DEFAULT_FILE;
use crate::report;
use serde_json::json;
use std::fs;
use std::io::{IsTerminal, Read};
use std::path::Path;

const AFTER: &str = "\
Examples:
  trueup secret list                         which secrets hold a value
  trueup secret set jwt < jwt.txt
  openssl rand -hex 32 | trueup secret set jwt --env staging

A value is read from standard input alone: arguments are seen by everybody on the machine, and kept by shells. \
It is sent to AWS and stands nowhere else. Values are never read back.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Give a secret a value, from standard input
    Set(Set),
    /// List the secrets of a stack, and say which of them hold a value
    List(List),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  trueup secret set jwt < jwt.txt
  printf %s \"$TOKEN\" | trueup secret set stripe --env production

One line break at the end is left out. Of a secret that has `keys`, the value is a JSON object with all of \
them. Tasks read it when they start: those that run keep the old value until they are deployed again.")]
struct Set {
    /// The secret: `jwt` for [secrets.jwt], or its address
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    stack: StackArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    stack: StackArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        Command::Set(args) => set(args),
        Command::List(args) => list(args),
    }
}

fn set(args: &Set) -> Result<Exit, Failure> {
    if !is_name(&args.name) || !is_stack(&args.stack.file) {
        return Err(Failure::usage(report::secret::ARGUMENTS).hint(report::secret::PIPED));
    }
    let loaded = args.stack.load(false)?;
    let node = secret::find(&loaded, &args.name)?;
    let value = from_input(&args.name)?;
    secret::check(node, &value)?;
    with(&args.aws, (&loaded).into(), &Options::plain(false), async |session| Ok(secret::set(session, &loaded, node, &value).await?))?;
    report::talk(&format!("`{}` is set; tasks that start from now on read it", node.address));
    Ok(Exit::Done)
}

/// True for what may name a secret. Anything else may be its value, and is not repeated.
fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte))
}

/// True for a file that may be a stack's, and for the one that is looked for where none is named. The text of any other may be the
/// value itself, and messages would quote it.
fn is_stack(file: &Path) -> bool {
    let text = || fs::read_to_string(file).unwrap_or_default();
    file == Path::new(DEFAULT_FILE) || text().lines().any(|line| line.trim_start().starts_with("[stack]"))
}

fn list(args: &List) -> Result<Exit, Failure> {
    let loaded = args.stack.load(args.json)?;
    let options = Options::plain(args.json);
    let entries = with(&args.aws, (&loaded).into(), &options, async |session| Ok(secret::list(session, &loaded).await?))?;
    if args.json {
        report::json(&json!({ "version": secret::VERSION, "secrets": entries }));
    } else if entries.is_empty() {
        report::talk("the stack has no secrets");
    } else {
        let rows = entries.iter().map(|entry| (entry.name.as_str(), word(entry.state), entry.state == State::Set));
        report::data(&report::secret::render(&rows.collect::<Vec<_>>()));
    }
    Ok(Exit::Done)
}

fn word(state: State) -> &'static str {
    match state {
        State::Absent => "not in AWS yet",
        State::Empty => "empty",
        State::Placeholders => "placeholders",
        State::Set => "set",
    }
}

/// Reads a value, without one line break at its end. A terminal would show what is typed, and is refused.
fn from_input(name: &str) -> Result<String, Failure> {
    let input = std::io::stdin();
    if input.is_terminal() {
        let hint = format!("read -rs VALUE; printf %s \"$VALUE\" | trueup secret set {name}   (or from a file: < FILE)");
        return Err(Failure::usage("a terminal would show the value as it is typed").hint(hint));
    }
    let mut text = Vec::new();
    // One byte more than fits, beside the line break, tells a value that is too long from one that just fits.
    let most = u64::try_from(secret::MAX_BYTES + 3).unwrap_or(u64::MAX);
    input.lock().take(most).read_to_end(&mut text).map_err(|error| Failure::new(format!("failed to read the value: {error}")))?;
    let mut text = String::from_utf8(text).map_err(|_| {
        Failure::new("the value is not UTF-8 text").hint("encode what is binary, such as by `base64`, and decode it in the service")
    })?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}
