//! `trueup sandbox`: the embedded AWS as a server.

use crate::sandbox::{Options, Sandbox, Server, Speed};
use anyhow::{Context, anyhow};
use std::path::PathBuf;

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
}

/// `say` is told the address once the port is bound.
pub fn run(command: Command, say: impl Fn(&str)) -> anyhow::Result<()> {
    let Command::Serve(serve) = command;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("failed to start the runtime")?;
    runtime.block_on(async {
        let options = Options { directory: Some(serve.dir), speed: serve.speed, seed: serve.seed, ..Options::default() };
        let sandbox = Sandbox::open(options).map_err(|error| anyhow!(error))?;
        let server = Server::bind(sandbox, serve.port).await.with_context(|| format!("failed to listen on port {}", serve.port))?;
        say(&format!("the sandbox listens on http://{}", server.address()?));
        server.run(stopped()).await.context("failed to serve")
    })
}

async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}
