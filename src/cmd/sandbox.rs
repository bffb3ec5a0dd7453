//! `trueup sandbox`: the embedded AWS: what it holds, its end, and a server for other clients.

#[cfg(feature = "aws")]
pub mod twin;

use super::exit::{Exit, Failure};
use super::interrupt::interrupted;
use crate::core::graph::{Graph, Node};
use crate::core::suggest::{nearest, some_of};
use crate::report;
use crate::sandbox::rollouts::{RolloutFault, Rollouts, Trouble};
use crate::sandbox::{FaultRule, Options, Sandbox, Server, Speed, duration, peek, reset};
use serde_json::{Map, json};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// The version of the JSON that `status` prints.
const VERSION: u32 = 1;

const AFTER: &str = "\
Every command that talks to AWS does so with the embedded one under --sandbox or TRUEUP_SANDBOX=1.

Examples:
  trueup apply --sandbox
  trueup sandbox status
  trueup sandbox reset
  trueup sandbox serve --port 5001           for the AWS CLI, boto3, Terraform or any other client";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say what the embedded AWS holds
    Status(Status),
    /// Wipe it
    Reset(Directory),
    /// Serve it on a loopback port, to any AWS client
    Serve(Serve),
}

#[derive(Debug, clap::Args)]
struct Status {
    #[command(flatten)]
    directory: Directory,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub struct Directory {
    /// The directory that the embedded AWS keeps its state in
    #[arg(
        long = "sandbox-dir",
        alias = "dir",
        env = "TRUEUP_SANDBOX_DIR",
        value_name = "DIR",
        default_value = ".trueup/sandbox",
        help_heading = "Embedded AWS"
    )]
    sandbox_dir: PathBuf,
}

/// The place of the embedded AWS, and its behaviour.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    #[command(flatten)]
    directory: Directory,
    /// The number of its seconds that pass in a second, or `instant` [default: 100]
    #[arg(long = "sandbox-speed", alias = "speed", value_name = "TIMES", help_heading = "Embedded AWS")]
    speed: Option<Speed>,
    /// The seed of its ids; the same calls on the same seed give the same ids
    #[arg(long = "sandbox-seed", alias = "seed", value_name = "N", default_value_t = 0, help_heading = "Embedded AWS")]
    seed: u64,
    /// Make something go wrong in it; repeatable, see docs/sandbox.md. With a new version: [SERVICE/]crash_loop, image_pull, unhealthy,
    /// slow_start:x3, errors:5%, latency:x3, capacity, alarm:NAME, role_denied, external_writer. With whoever rolls it out: kill_controller,
    /// lost_reply, hook_timeout. With calls, such as `throttle:ec2.CreateVpc:2`: throttle, error-before, error-after, drop, drop-before,
    /// slow, stale, unavailable, expired-credentials, short-keys, deny, kill, kill-before, hold, hold-before, unplug, new-roles, fresh-account, strict-tasks
    #[arg(long = "fault", value_name = "FAULT", help_heading = "Embedded AWS")]
    faults: Vec<Fault>,
    /// The time added to each of its calls, such as `50ms`
    #[arg(long = "sandbox-latency", alias = "latency", value_name = "TIME", value_parser = latency, default_value = "0ms", help_heading = "Embedded AWS")]
    latency: Duration,
    /// True where the faults of versions strike those that run already.
    #[arg(skip)]
    running: bool,
}

/// Something that goes wrong: with a call, or with what a service deploys.
#[derive(Debug, Clone)]
enum Fault {
    /// With the words in which it was asked for.
    Call(FaultRule, String),
    Release(RolloutFault),
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Names of alarms may hold a `/` as well.
        let rest = text.split_once('/').filter(|(service, _)| !service.contains(':')).map_or(text, |(_, rest)| rest);
        let kind = rest.split([':', '@']).next().unwrap_or_default();
        if RolloutFault::KINDS.contains(&kind) {
            return text.parse().map(Fault::Release);
        }
        if FaultRule::kinds().any(|name| name == kind) {
            return text.parse().map(|rule| Fault::Call(rule, text.to_owned()));
        }
        let (calls, releases) = (FaultRule::kinds().collect::<Vec<_>>(), RolloutFault::KINDS);
        let near = nearest(kind, calls.iter().copied().chain(releases.iter().copied()));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let (calls, releases) = (calls.join(", "), releases.join(", "));
        Err(format!("`{kind}` is no kind of fault{near}; of calls there are {calls}; of versions that are deployed {releases}"))
    }
}

const SERVICES: &str = "ecs.service";
const ALARMS: &str = "cloudwatch.alarm";

/// True for the name of an alarm that a guard looks at, whoever has made it.
fn is_guarded(graph: &Graph, name: &str) -> bool {
    graph.nodes().filter_map(|node| node.rollout.as_ref()).any(|policy| policy.guard.alarms.iter().any(|alarm| alarm == name))
}

/// The addresses of what the stack has of a kind, each with the name by which people call it.
fn named(graph: &Graph, kind: &str) -> Vec<(String, String)> {
    let nodes = graph.nodes().filter(|node| node.kind.name == kind);
    let short = |node: &Node| node.origin.strip_prefix("service.").filter(|_| kind == SERVICES).map(str::to_owned);
    nodes.map(|node| (short(node).unwrap_or_else(|| node.address.to_string()), node.address.to_string())).collect()
}

const SERVE: &str = "\
It takes any credentials; the account is the one it was made for.

Example:
  trueup sandbox serve --port 5001 &
  export AWS_ENDPOINT_URL=http://127.0.0.1:5001 AWS_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox
  aws --endpoint-url $AWS_ENDPOINT_URL ec2 describe-vpcs";

#[derive(Debug, clap::Args)]
#[command(after_help = SERVE)]
struct Serve {
    /// The port on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 5001)]
    port: u16,
    #[command(flatten)]
    place: Place,
}

impl Place {
    pub fn directory(&self) -> &Path {
        &self.directory.sandbox_dir
    }

    /// The same for a command that deploys nothing: faults of versions strike what runs already, and those that cannot are refused.
    pub fn striking_what_runs(&self) -> Result<Self, Failure> {
        let late = self.faults.iter().find_map(|fault| match fault {
            Fault::Release(fault) if !fault.trouble.is_of_answers() => Some(fault),
            Fault::Release(_) | Fault::Call(..) => None,
        });
        match late {
            None => Ok(Place { running: true, ..self.clone() }),
            Some(fault) => Err(Failure::usage(format!("`{fault}` strikes versions when they are deployed, and this deploys none"))
                .hint("deploy one with it by `trueup apply`, or take errors:5% or latency:x3")),
        }
    }

    /// The same with addresses in the place of the stack's shorter names. A fault that would strike nothing is refused.
    pub fn of_stack(&self, graph: &Graph) -> Result<Self, Failure> {
        let mut faults = self.faults.clone();
        for fault in &mut faults {
            let shown = match fault {
                Fault::Release(fault) => fault.to_string(),
                Fault::Call(..) => continue,
            };
            let Fault::Release(RolloutFault { service, trouble }) = fault else { continue };
            let alarm = if let Trouble::Alarm { name, .. } = trouble { Some(name) } else { None };
            for (kind, what, name) in [(SERVICES, "service", service.as_mut()), (ALARMS, "alarm", alarm)] {
                let Some(name) = name else { continue };
                let known = named(graph, kind);
                if let Some((_, address)) = known.iter().find(|(short, address)| short == name || address == name) {
                    name.clone_from(address);
                } else if !(self.holds(kind, name) || kind == ALARMS && is_guarded(graph, name)) {
                    let labels = known.into_iter().map(|(short, _)| short).collect::<Vec<_>>();
                    let hint = match labels.is_empty() {
                        true => "it has none".to_owned(),
                        false => format!("there are {}", some_of(&labels)),
                    };
                    return Err(Failure::usage(format!("fault `{shown}`: the stack has no {what} `{name}`")).hint(hint));
                }
            }
        }
        Ok(Place { faults, ..self.clone() })
    }

    /// True where the embedded AWS has a resource of this name, as AWS calls it.
    fn holds(&self, kind: &str, name: &str) -> bool {
        let world = peek(self.directory()).ok().flatten();
        let tables = world.iter().flat_map(|world| &world.tables).filter(|(table, _)| table.ends_with(&format!("/{kind}")));
        tables.flat_map(|(_, rows)| rows.keys()).any(|key| key == name || key.rsplit('/').next() == Some(name))
    }

    /// Opens it; a new one is made for `account` if the stack names one.
    pub fn open(&self, account: &str) -> Result<Sandbox, Failure> {
        let Place { directory, speed, seed, faults, latency, running } = self;
        let mut options = Options {
            directory: Some(directory.sandbox_dir.clone()),
            speed: speed.unwrap_or_default(),
            seed: *seed,
            faults: of_calls(faults),
            rollouts: Rollouts { faults: of_releases(faults), running: *running, ..Rollouts::default() },
            latency: *latency,
            ..Options::default()
        };
        if !account.is_empty() {
            options.account = account.to_owned();
        }
        Sandbox::open(options).map_err(|error| Failure::new(format!("failed to open the embedded AWS: {error}")))
    }

    /// The same without what goes wrong, which strikes another one.
    pub fn without_faults(&self) -> Self {
        Place { faults: Vec::new(), ..self.clone() }
    }

    /// Returns the factor by which waiting for it may pass faster than real time.
    pub fn pace(&self) -> f64 {
        pace(self.speed.unwrap_or_default())
    }

    /// The same where somebody has said it, for one that another process serves.
    pub fn pace_of_served(&self) -> Option<f64> {
        self.speed.map(pace)
    }
}

fn pace(speed: Speed) -> f64 {
    match speed {
        Speed::Times(times) => times,
        Speed::Instant => 1e6,
    }
}

fn of_calls(faults: &[Fault]) -> Vec<FaultRule> {
    faults.iter().filter_map(|fault| if let Fault::Call(rule, _) = fault { Some(rule.clone()) } else { None }).collect()
}

fn of_releases(faults: &[Fault]) -> Vec<RolloutFault> {
    faults.iter().filter_map(|fault| if let Fault::Release(fault) = fault { Some(fault.clone()) } else { None }).collect()
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        Command::Status(args) => status(&args.directory.sandbox_dir, args.json),
        Command::Reset(Directory { sandbox_dir: dir }) => {
            reset(dir).map_err(|error| Failure::new(format!("failed to wipe the embedded AWS: {error}")))?;
            report::talk(&format!("wiped {}", dir.display()));
            Ok(Exit::Done)
        }
        Command::Serve(args) => serve(args),
    }
}

fn status(dir: &Path, json: bool) -> Result<Exit, Failure> {
    let world = peek(dir).map_err(|error| Failure::new(format!("failed to read the embedded AWS: {error}")))?;
    let Some(world) = world else {
        if json {
            report::json(&json!({ "version": VERSION, "directory": dir, "account": null, "resources": {}, "changing": 0 }));
        } else {
            report::data(&format!("there is no embedded AWS in {}; `trueup apply --sandbox` makes one", dir.display()));
        }
        return Ok(Exit::Done);
    };
    // CloudTrail's events tell of resources, and are none.
    let things = world.tables.iter().filter(|(table, rows)| !rows.is_empty() && !table.ends_with("cloudtrail.event"));
    let tables = things.map(|(table, rows)| (table.clone(), rows.len()));
    if json {
        let resources = tables.map(|(table, count)| (table, count.into())).collect::<Map<_, _>>();
        let (account, changing) = (&world.account, world.due.len());
        report::json(&json!({ "version": VERSION, "directory": dir, "account": account, "resources": resources, "changing": changing }));
    } else {
        let tables = tables.collect::<Vec<_>>();
        report::data(&report::sandbox::render(&dir.display().to_string(), &world.account, &tables, world.due.len()));
    }
    Ok(Exit::Done)
}

fn serve(args: &Serve) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| Failure::new(error.to_string()))?;
    runtime.block_on(async {
        let sandbox = args.place.open("")?;
        let listen = |error: &dyn std::fmt::Display| {
            Failure::new(format!("failed to listen on port {}: {error}", args.port))
                .hint("choose another with --port; 0 takes any free one")
        };
        let server = Server::bind(sandbox, args.port).await.map_err(|error| listen(&error))?;
        let address = server.address().map_err(|error| listen(&error))?;
        report::talk(&format!("the embedded AWS in {} listens on http://{address}", args.place.directory().display()));
        server.run(interrupted()).await.map_err(|error| Failure::new(format!("failed to serve: {error}")))?;
        Ok(Exit::Done)
    })
}

fn latency(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| format!("`{text}` is no time; write it like 50ms or 2s"))
}
