//! `trueup reach`.

#[cfg(feature = "aws")]
use super::connect::{AwsArgs, watched, with};
use super::exit::{Exit, Failure};
#[cfg(feature = "aws")]
use super::options::Options;
use super::stack::{Choice, StackArgs};
use crate::core::reach::{Port, Protocol, Talk, Verdict};
use crate::core::view::View;
#[cfg(feature = "aws")]
use crate::kinds;
use crate::ops::reach;
use crate::ops::stack::{DEFAULT_FILE, Loaded};
use crate::report;
use crate::report::reach::VERSION;
use serde_json::{Value, json};
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  trueup reach                                  all pairs that the stack says should talk
  trueup reach internet service.web             by its load balancer, and on to its tasks
  trueup reach service.web database.main        on the port that the database listens on
  trueup reach service.web internet 443
  trueup reach service.web aws.secretsmanager   by an endpoint, or over the internet
  trueup reach 10.0.1.5 cache.main 6379

Ends are modules, addresses of nodes, internet, aws.SERVICE, and IPv4 addresses. A port is TCP; 53/udp is UDP.
Network ACLs are not known, and taken to let everything through.

Exit codes: 0 reachable, 1 blocked (of all pairs: one of them), 3 unknown, or a name that the stack does not have.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The end that calls: `service.web`, `internet`, `10.0.1.5`
    #[arg(value_name = "FROM", requires = "to")]
    from: Option<String>,
    /// The end that is called
    #[arg(value_name = "TO")]
    to: Option<String>,
    /// The port; left out, the one that the end listens on
    #[arg(value_name = "PORT", value_parser = port)]
    port: Option<Port>,
    /// The stack file
    #[arg(long, short, value_name = "FILE", default_value = DEFAULT_FILE, value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// Look at what is live, not at what the file wants
    #[cfg(feature = "aws")]
    #[arg(long)]
    live: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    aws: AwsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let stack = StackArgs { file: args.file.clone(), choice: args.choice.clone() };
    let loaded = stack.load(args.json)?;
    #[cfg(feature = "aws")]
    if args.live {
        return live(args, &loaded);
    }
    let Loaded { stack, graph } = &loaded;
    answer(args, &View::of_graph(graph, stack.scope("")))
}

#[cfg(feature = "aws")]
fn live(args: &Args, loaded: &Loaded) -> Result<Exit, Failure> {
    let options = Options::plain(args.json);
    let snapshot = with(&args.aws, loaded.into(), &options, async |session| {
        watched(session, args.json, async |events| session.read(&loaded.graph, false, events).await).await
    })?;
    // Whatever is not read might open a way, or block it.
    for crate::core::snapshot::Unread { kind, reason, hint } in &snapshot.unread {
        report::error(&format!("failed to read {kind}: {reason}"), hint.as_deref());
    }
    if !snapshot.unread.is_empty() {
        return Err(Failure::shown(Exit::Refused));
    }
    let view = View::of_snapshot(&snapshot, &|name| kinds::find(name).map(|entry| &entry.row));
    answer(args, &view)
}

fn answer(args: &Args, view: &View<'_>) -> Result<Exit, Failure> {
    let columns = report::text_width();
    let (Some(from), Some(to)) = (&args.from, &args.to) else {
        let talks = reach::all(view);
        if args.json {
            let pairs = talks.iter().map(report::reach::to_json).collect::<Value>();
            report::json(&json!({ "version": VERSION, "live": view.live, "pairs": pairs }));
        } else if talks.is_empty() {
            report::talk("nothing of this stack says that it should talk to anything");
        } else {
            report::data(&report::reach::table(&talks, columns));
        }
        let shut = talks.iter().any(|talk| talk.verdict.block().is_some());
        return Ok(if shut { Exit::Failed } else { Exit::Done });
    };
    let refused = |no: reach::NoAnswer| Failure { exit: Exit::Refused, ..Failure::new(no.to_string()).hint(no.hint()) };
    let talk = reach::ask(view, from, to, args.port).map_err(refused)?;
    if args.json {
        let Value::Object(mut answer) = report::reach::to_json(&talk) else { return Ok(Exit::Failed) };
        answer.insert("version".into(), VERSION.into());
        answer.insert("live".into(), view.live.into());
        report::json(&answer);
    } else {
        report::data(&report::reach::one(&talk, columns));
    }
    Ok(end(&talk))
}

fn end(talk: &Talk) -> Exit {
    match talk.verdict {
        Verdict::Open(_) => Exit::Done,
        Verdict::Shut(..) => Exit::Failed,
        Verdict::Unknown(..) => Exit::Refused,
    }
}

/// A port as people write it: `443`, `53/udp`.
fn port(text: &str) -> Result<Port, String> {
    let (number, protocol) = match text.split_once('/') {
        None | Some((_, "tcp")) => (text.trim_end_matches("/tcp"), Protocol::Tcp),
        Some((number, "udp")) => (number, Protocol::Udp),
        Some(_) => return Err("a protocol is tcp or udp".into()),
    };
    let number = number.parse::<u16>().ok().filter(|number| *number > 0);
    number.map(|number| Port { number, protocol }).ok_or_else(|| "a port is from 1 to 65535, such as 443 or 53/udp".into())
}
