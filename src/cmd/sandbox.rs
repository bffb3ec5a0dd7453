//! `trueup sandbox`: the embedded AWS as a server.

use crate::sandbox::{self, FaultRule, Options, Sandbox, Server, Speed, duration};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Serve the embedded AWS on a loopback port, for any AWS client
    Serve(Serve),
    /// Show what the sandbox holds
    Status(Directory),
    /// Forget everything in the sandbox
    Reset(Directory),
}

#[derive(Debug, clap::Args)]
pub struct Directory {
    /// Where the state is kept
    #[arg(long, default_value = ".trueup/sandbox")]
    dir: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Port on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 5001)]
    port: u16,
    /// Where the state is kept
    #[arg(long, default_value = ".trueup/sandbox")]
    dir: PathBuf,
    /// Sandbox seconds that pass in a second, or `instant`
    #[arg(long, default_value = "100")]
    speed: Speed,
    /// Makes ids; the same calls on the same seed give the same ids
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Make something go wrong, such as `throttle:ec2.CreateVpc:2`; see docs/sandbox.md
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<FaultRule>,
    /// Added to every call, such as `50ms`
    #[arg(long, value_parser = latency, default_value = "0ms")]
    latency: Duration,
}

/// `say` is told each line for a person.
pub fn run(command: Command, say: impl Fn(&str)) -> anyhow::Result<()> {
    match command {
        Command::Serve(options) => serve(&options, say),
        Command::Status(Directory { dir }) => status(&dir, say),
        Command::Reset(Directory { dir }) => {
            sandbox::reset(&dir)?;
            say(&format!("the sandbox in {} is empty", dir.display()));
            Ok(())
        }
    }
}

fn serve(options: &Serve, say: impl Fn(&str)) -> anyhow::Result<()> {
    let Serve { port, dir, speed, seed, faults, latency } = options;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("failed to start the runtime")?;
    runtime.block_on(async {
        let directory = Some(dir.clone());
        let options = Options { directory, speed: *speed, seed: *seed, faults: faults.clone(), latency: *latency, ..Options::default() };
        let server = Server::bind(Sandbox::open(options)?, *port).await.with_context(|| format!("failed to listen on port {port}"))?;
        say(&format!("the sandbox listens on http://{}", server.address()?));
        server.run(stopped()).await.context("failed to serve")
    })
}

fn status(dir: &Path, say: impl Fn(&str)) -> anyhow::Result<()> {
    let Some(world) = sandbox::peek(dir)? else {
        say(&format!("there is no sandbox in {}", dir.display()));
        return Ok(());
    };
    let time = jiff::Timestamp::from_millisecond(world.now).context("failed to read the sandbox's clock")?;
    say(&format!("account {}, {time:.0} by its own clock, {} changes under way", world.account, world.due.len()));
    for (table, rows) in world.tables.iter().filter(|(_, rows)| !rows.is_empty()) {
        say(&format!("{:6}  {table}", rows.len()));
    }
    Ok(())
}

/// Interrupted, or asked to end.
async fn stopped() {
    #[cfg(unix)]
    if let Ok(mut ended) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = ended.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}

fn latency(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| format!("`{text}` is no time; write it like 50ms or 2s"))
}
