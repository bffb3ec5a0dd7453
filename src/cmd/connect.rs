//! Which AWS to talk to: an account, or the embedded one.

use super::exit::Failure;
use super::interrupt::interrupted;
use super::options::Options;
use crate::aws::{Aws, Caller, Clock, Connection, Error};
use crate::core::event::Event;
use crate::core::graph::Graph;
use crate::core::identity::Scope;
use crate::core::settings::is_known_region;
use crate::core::snapshot::Snapshot;
use crate::core::stack::Stack;
use crate::engine::read::{Reading, read};
use crate::engine::store::Store;
use crate::report::progress::{Progress, Style};
use crate::report::{self, calls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::path::PathBuf;
use tokio::sync::watch;

#[derive(Debug, Clone, clap::Args)]
pub struct AwsArgs {
    /// The profile of ~/.aws/config to use
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    pub profile: Option<String>,
    /// Use the embedded AWS instead of an account
    #[arg(long, env = "TRUEUP_SANDBOX", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "AWS")]
    pub sandbox: bool,
    #[command(flatten)]
    pub embedded: super::sandbox::Place,
    /// Read every kind, not only those that the stack, its tags and its last apply name
    #[arg(long, help_heading = "AWS")]
    pub all_kinds: bool,
    /// Print how many API calls were made, by operation
    #[arg(long, help_heading = "AWS")]
    pub trace_calls: bool,
    /// Where locks and journals are kept
    #[arg(long = "work-dir", env = "TRUEUP_DIR", value_name = "DIR", default_value = ".trueup", help_heading = "AWS")]
    pub dir: PathBuf,
}

/// One connection to one stack's account and region.
pub struct Session {
    pub aws: Aws,
    pub store: Store,
    pub style: Style,
    all_kinds: bool,
}

impl Session {
    /// Reads what is live of a graph's stack; `sweep` reads every kind there is.
    pub async fn read(&self, graph: &Graph, sweep: bool) -> Result<Snapshot, Failure> {
        self.read_for(&Reading::of(graph, &self.aws.scope, self.store.before(), sweep || self.all_kinds)).await
    }

    pub async fn read_for(&self, reading: &Reading) -> Result<Snapshot, Failure> {
        let style = if self.style == Style::Json { Style::Quiet } else { self.style };
        let progress = Progress::new(style, self.aws.clock.speed);
        let snapshot = read(&self.aws, reading, &|event: Event| progress.show(&event)).await?;
        progress.end();
        Ok(snapshot)
    }
}

/// Connects for a stack, checks the account, runs `work`, and says what was called.
pub fn with<T>(
    args: &AwsArgs,
    stack: &Stack,
    options: &Options,
    work: impl AsyncFnOnce(&Session) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let account = stack.settings.account.as_deref().unwrap_or_default();
    with_scope(args, &stack.settings.name, &stack.env, &stack.settings.region, account, options, work)
}

/// The same for a stack that is known by name only. An empty `account` means any.
pub fn with_scope<T>(
    args: &AwsArgs,
    stack: &str,
    env: &str,
    region: &str,
    account: &str,
    options: &Options,
    work: impl AsyncFnOnce(&Session) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("failed to start: {error}")))?;
    runtime.block_on(async {
        let connection = connect(args, region, account).await?;
        let Caller { account: found, arn } = connection.caller().await.map_err(|error| no_caller(error, region))?;
        if !account.is_empty() && account != found {
            return Err(Failure::new(format!("the stack belongs to account {account}, and these credentials to {found} ({arn})"))
                .hint("choose another profile with --profile, or mend `account` in [stack]"));
        }
        let scope = Scope { stack: stack.into(), env: env.into(), account: found, region: region.into() };
        let store = Store::new(&args.dir, &scope);
        let session = Session { aws: connection.clients(scope), store, style: Style::choose(options.json), all_kinds: args.all_kinds };
        let answer = work(&session).await;
        let counts = session.aws.calls.counts();
        if args.trace_calls {
            report::talk(&calls::render(&counts));
        } else if options.verbose {
            report::talk(&calls::summary(&counts));
        }
        answer
    })
}

/// The first call of all is the one that shows that a region does not exist.
fn no_caller(error: Error, region: &str) -> Failure {
    let strange = error.code == "Unreachable" && !is_known_region(region);
    let failure = Failure::from(error);
    if strange { failure.hint(format!("there may be no region `{region}`, as [stack] names it; or the network is down")) } else { failure }
}

async fn connect(args: &AwsArgs, region: &str, account: &str) -> Result<Connection, Failure> {
    if !args.sandbox {
        return Ok(Connection::from_environment(Some(region), args.profile.as_deref()).await?);
    }
    let sandbox = args.embedded.open(account)?;
    report::talk(&format!("on the embedded AWS, kept in {}", args.embedded.directory().display()));
    let clock = Clock { speed: args.embedded.pace() };
    Ok(Connection::over(SharedHttpClient::new(sandbox), region, clock).await)
}

/// Turns true at the first interrupt or termination; the second ends the process, after `last` has been called.
pub fn interrupts(last: impl FnOnce() + Send + 'static) -> watch::Receiver<bool> {
    let (send, receive) = watch::channel(false);
    tokio::spawn(async move {
        interrupted().await;
        let _ = send.send(true);
        interrupted().await;
        last();
        // Locks go with the process and the journal is on disk already: there is nothing left to save.
        std::process::exit(super::exit::Exit::Interrupted as i32);
    });
    receive
}
