//! `trueup sandbox`: the embedded AWS: what it holds, its end, and a server for other clients.

use super::exit::{Exit, Failure};
use crate::report;
use crate::sandbox::{FaultRule, Options, Sandbox, Server, Speed, duration, peek, reset};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Say what the embedded AWS holds
    Status(Directory),
    /// Wipe it
    Reset(Directory),
    /// Serve it on a loopback port, for the AWS CLI, boto3, Terraform or any other client
    Serve(Serve),
}

#[derive(Debug, Clone, clap::Args)]
pub struct Directory {
    /// Where the embedded AWS keeps its state
    #[arg(long = "sandbox-dir", alias = "dir", env = "TRUEUP_SANDBOX_DIR", value_name = "DIR", default_value = ".trueup/sandbox", help_heading = "Embedded AWS")]
    sandbox_dir: PathBuf,
}

/// Where the embedded AWS is kept and how it behaves.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    #[command(flatten)]
    directory: Directory,
    /// Its seconds that pass in a second, or `instant`
    #[arg(long = "sandbox-speed", alias = "speed", value_name = "TIMES", default_value = "100", help_heading = "Embedded AWS")]
    speed: Speed,
    /// Makes its ids; the same calls on the same seed give the same ids
    #[arg(long = "sandbox-seed", alias = "seed", value_name = "N", default_value_t = 0, help_heading = "Embedded AWS")]
    seed: u64,
    /// Make something go wrong in it, such as `throttle:ec2.CreateVpc:2`; repeatable, see docs/sandbox.md
    #[arg(long = "fault", value_name = "FAULT", help_heading = "Embedded AWS")]
    faults: Vec<FaultRule>,
    /// Added to each of its calls, such as `50ms`
    #[arg(long = "sandbox-latency", alias = "latency", value_name = "TIME", value_parser = latency, default_value = "0ms", help_heading = "Embedded AWS")]
    latency: Duration,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  trueup sandbox serve --port 5001 &\n  aws --endpoint-url http://127.0.0.1:5001 ec2 describe-vpcs")]
pub struct Serve {
    /// Port on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 5001)]
    port: u16,
    #[command(flatten)]
    place: Place,
}

impl Place {
    pub fn directory(&self) -> &Path {
        &self.directory.sandbox_dir
    }

    /// Opens it; a new one is made for `account` if the stack names one.
    pub fn open(&self, account: &str) -> Result<Sandbox, Failure> {
        let Place { directory, speed, seed, faults, latency } = self;
        let mut options =
            Options { directory: Some(directory.sandbox_dir.clone()), speed: *speed, seed: *seed, faults: faults.clone(), latency: *latency, ..Options::default() };
        if !account.is_empty() {
            options.account = account.to_owned();
        }
        Sandbox::open(options).map_err(|error| Failure::new(format!("failed to open the embedded AWS: {error}")))
    }

    /// How much faster than real time waiting for it may pass.
    pub fn pace(&self) -> f64 {
        match self.speed {
            Speed::Times(times) => times,
            Speed::Instant => 1e6,
        }
    }
}

pub fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Status(Directory { sandbox_dir: dir }) => status(&dir),
        Command::Reset(Directory { sandbox_dir: dir }) => {
            reset(&dir).map_err(|error| Failure::new(format!("failed to wipe the embedded AWS: {error}")))?;
            report::data(&format!("wiped {}", dir.display()));
            Ok(Exit::Done)
        }
        Command::Serve(args) => serve(&args),
    }
}

fn status(dir: &Path) -> Result<Exit, Failure> {
    let world = peek(dir).map_err(|error| Failure::new(format!("failed to read the embedded AWS: {error}")))?;
    report::data(&match world {
        None => format!("there is no embedded AWS in {}", dir.display()),
        Some(world) => {
            let tables = world.tables.iter().filter(|(_, rows)| !rows.is_empty()).map(|(table, rows)| (table.clone(), rows.len())).collect::<Vec<_>>();
            report::sandbox::render(&dir.display().to_string(), &world.account, &tables, world.due.len())
        }
    });
    Ok(Exit::Done)
}

fn serve(args: &Serve) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| Failure::new(error.to_string()))?;
    runtime.block_on(async {
        let sandbox = args.place.open("")?;
        let listen = |error: &dyn std::fmt::Display| Failure::new(format!("failed to listen on port {}: {error}", args.port)).hint("choose another with --port; 0 takes any free one");
        let server = Server::bind(sandbox, args.port).await.map_err(|error| listen(&error))?;
        let address = server.address().map_err(|error| listen(&error))?;
        report::talk(&format!("the sandbox listens on http://{address}"));
        server.run(stopped()).await.map_err(|error| Failure::new(format!("failed to serve: {error}")))?;
        Ok(Exit::Done)
    })
}

async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}

fn latency(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| format!("`{text}` is no time; write it like 50ms or 2s"))
}
