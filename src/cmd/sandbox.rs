//! `trueup sandbox`: the embedded AWS as a server.

use crate::sandbox::{FaultRule, Options, Sandbox, Server, Speed, duration};
use anyhow::Context;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Serve the embedded AWS on a loopback port, for any AWS client
    Serve(Serve),
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

/// `say` is told the address once the port is bound.
pub fn run(command: Command, say: impl Fn(&str)) -> anyhow::Result<()> {
    let Command::Serve(serve) = command;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("failed to start the runtime")?;
    runtime.block_on(async {
        let Serve { port: _, dir, speed, seed, faults, latency } = &serve;
        let options = Options {
            directory: Some(dir.clone()),
            speed: *speed,
            seed: *seed,
            faults: faults.clone(),
            latency: *latency,
            ..Options::default()
        };
        let sandbox = Sandbox::open(options)?;
        let server = Server::bind(sandbox, serve.port).await.with_context(|| format!("failed to listen on port {}", serve.port))?;
        say(&format!("the sandbox listens on http://{}", server.address()?));
        server.run(stopped()).await.context("failed to serve")
    })
}

async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}

fn latency(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| format!("`{text}` is no time; write it like 50ms or 2s"))
}
