//! The AWS to talk to: an account, or the embedded one.

use super::exit::Failure;
use super::interrupt::interrupted;
use super::options::Options;
use super::{runtime, telemetry};
use crate::aws::{Clock, Connection};
use crate::core::identity::Scope;
use crate::core::sealed::Sealed;
use crate::core::settings::StorePlace;
use crate::core::visible::line;
use crate::engine::events::Events;
use crate::engine::store::Store;
use crate::ops;
use crate::ops::saved;
use crate::ops::session::{Session, Wanted};
use crate::report::progress::{Progress, Style};
use crate::report::{self, calls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::path::{Path, PathBuf};
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
    /// Print the number of API calls, by operation
    #[arg(long, help_heading = "AWS")]
    pub trace_calls: bool,
    /// The directory that locks and journals are kept in
    #[arg(long = "work-dir", env = "TRUEUP_DIR", value_name = "DIR", default_value = ".trueup", help_heading = "AWS")]
    pub dir: PathBuf,
    /// The bucket that they are kept in instead: s3://BUCKET/PREFIX; or `directory`, whatever [stack] says
    #[arg(long, env = "TRUEUP_STORE", value_name = "PLACE", value_parser = store, help_heading = "AWS")]
    pub store: Option<String>,
}

/// The word for the directory.
const DIRECTORY: &str = "directory";

fn store(text: &str) -> Result<String, String> {
    let sound = text == DIRECTORY || StorePlace::parse(text).is_some();
    if sound { Ok(text.to_owned()) } else { Err("write s3://BUCKET/PREFIX, or `directory`".into()) }
}

impl AwsArgs {
    /// The bucket of the store, where it is one; `own` is the stack's.
    pub fn bucket<'a>(&'a self, own: Option<&'a str>) -> Option<&'a str> {
        self.store.as_deref().or(own).filter(|store| *store != DIRECTORY)
    }

    /// The same for a command that may rehearse: what goes wrong then goes wrong on the twin alone.
    pub fn sparing(&self, rehearses: bool) -> Self {
        let embedded = if rehearses { self.embedded.without_faults() } else { self.embedded.clone() };
        AwsArgs { embedded, ..self.clone() }
    }
}

/// Connects, opens a session for a stack, runs `work`, and says what was called.
pub fn with<T>(
    args: &AwsArgs,
    wanted: Wanted<'_>,
    options: &Options,
    work: impl AsyncFnOnce(&Session) -> Result<T, Failure>,
) -> Result<T, Failure> {
    runtime::many()?.block_on(async {
        let connection = connect(args, &wanted).await?;
        let wanted = Wanted { store: args.bucket(wanted.store), ..wanted };
        let session = Session { all_kinds: args.all_kinds, ..Session::open(&connection, wanted, &args.dir).await? };
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

/// Does something with the store of a stack. A bucket takes a session; a directory takes no AWS at all.
pub fn in_store<T>(
    args: &AwsArgs,
    wanted: Wanted<'_>,
    json: bool,
    work: impl AsyncFnOnce(&Store) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if args.bucket(wanted.store).is_some() {
        return with(args, wanted, &Options::plain(json), async |session| work(&session.store).await);
    }
    let Wanted { stack, env, region, account, .. } = wanted;
    let [stack, env, account, region] = [stack, env, account.unwrap_or_default(), region].map(str::to_owned);
    runtime::one()?.block_on(work(&Store::new(&args.dir, &Scope { stack, env, account, region })))
}

/// Reads a saved plan: a file, or a place in a bucket that `trueup plan --keep` has named.
pub fn saved_plan(args: &AwsArgs, file: &Path) -> Result<Sealed, Failure> {
    let Some(place) = file.to_str().filter(|text| text.starts_with("s3://")) else { return Ok(saved::read(file)?) };
    // The bucket says itself where it is.
    let wanted = Wanted { stack: "", env: "", region: "", account: None, store: None, graph: None };
    runtime::one()?.block_on(async { Ok(saved::fetch(&connect(args, &wanted).await?, place).await?) })
}

/// Shows how a reading goes while `read` runs. It is talk, so nothing of it stands among JSON.
pub async fn watched<T>(session: &Session, json: bool, read: impl AsyncFnOnce(&Events<'_>) -> Result<T, ops::Error>) -> Result<T, Failure> {
    let style = if json { Style::Quiet } else { Style::choose(false) };
    let progress = Progress::new(style, session.aws.clock.speed);
    let answer = read(&Events::of(&telemetry::run(), |event| progress.show(event))).await?;
    progress.end();
    Ok(answer)
}

async fn connect(args: &AwsArgs, wanted: &Wanted<'_>) -> Result<Connection, Failure> {
    let region = wanted.region;
    if !args.sandbox {
        let region = Some(region).filter(|region| !region.is_empty());
        let connection = Connection::from_environment(region, args.profile.as_deref()).await?;
        let connection = connection.traced(telemetry::tracer()).paced(args.embedded.pace_of_served());
        return Ok(connection.telling(|at| report::talk(&format!("no answer from {}; trying again", line(at)))));
    }
    let embedded = match wanted.graph {
        Some(graph) => args.embedded.of_stack(graph)?,
        None => args.embedded.clone(),
    };
    let sandbox = embedded.open(wanted.account.unwrap_or_default())?;
    report::talk(&format!("on the embedded AWS, kept in {}", report::path(args.embedded.directory())));
    let clock = Clock { speed: args.embedded.pace() };
    let region = if region.is_empty() { "us-east-1" } else { region };
    Ok(Connection::over(SharedHttpClient::new(sandbox), region, clock).await.traced(telemetry::tracer()))
}

/// Turns true at the first interrupt or termination; the second ends the process, after `last` has been called.
pub fn interrupts(last: impl FnOnce() + Send + 'static) -> watch::Receiver<bool> {
    let (send, receive) = watch::channel(false);
    tokio::spawn(async move {
        interrupted().await;
        let _ = send.send(true);
        interrupted().await;
        last();
        // Locks go with the process, and each call that was sent is announced in the journal: there is nothing left to save.
        telemetry::end(super::exit::Exit::Interrupted, telemetry::AT_ONCE);
        std::process::exit(super::exit::Exit::Interrupted.code().into());
    });
    receive
}
