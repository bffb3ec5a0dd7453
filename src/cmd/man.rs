//! `trueup man` and `trueup completions`: both come from the same table of arguments as parsing.

use super::exit::{Exit, Failure};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  trueup man | man -l -\n  trueup man --dir /usr/local/share/man/man1")]
pub struct Args {
    /// Write a page per command into this directory
    #[arg(long)]
    dir: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  trueup completions bash > /etc/bash_completion.d/trueup")]
pub struct Completions {
    shell: clap_complete::Shell,
}

pub fn run(args: &Args, command: clap::Command) -> Result<Exit, Failure> {
    match &args.dir {
        Some(dir) => clap_mangen::generate_to(command, dir).map_err(|error| Failure::file("write the manual into", dir, &error))?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page).map_err(|error| Failure::new(error.to_string()))?;
            crate::report::data(&String::from_utf8_lossy(&page));
        }
    }
    Ok(Exit::Done)
}

pub fn completions(args: &Completions, command: &mut clap::Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "trueup", &mut script);
    crate::report::data(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
