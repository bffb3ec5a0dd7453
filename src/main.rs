use clap::Parser;

#[derive(Parser)]
#[command(name = "trueup", version, about)]
enum Cli {
    /// The embedded AWS
    #[cfg(feature = "sandbox")]
    #[command(subcommand)]
    Sandbox(trueup::cmd::sandbox::Command),
}

#[allow(clippy::print_stderr)]
fn main() -> anyhow::Result<()> {
    match Cli::parse() {
        #[cfg(feature = "sandbox")]
        Cli::Sandbox(command) => trueup::cmd::sandbox::run(command, |line| eprintln!("{line}")),
    }
}
