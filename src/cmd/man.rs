//! `trueup man` and `trueup completions`: both come from the same table of arguments as parsing.

use super::exit::{Exit, Failure};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  trueup man | man -l -\n  trueup man --dir ~/.local/share/man/man1")]
pub struct Args {
    /// Write a page per command into this directory
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

const COMPLETIONS: &str = "\
Examples:
  trueup completions bash > ~/.local/share/bash-completion/completions/trueup
  trueup completions zsh > ~/.zfunc/_trueup
  trueup completions fish > ~/.config/fish/completions/trueup.fish";

#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS)]
pub struct Completions {
    /// The shell to complete for
    shell: clap_complete::Shell,
}

pub fn run(args: &Args, command: clap::Command) -> Result<Exit, Failure> {
    match &args.dir {
        Some(dir) => std::fs::create_dir_all(dir)
            .and_then(|()| clap_mangen::generate_to(command, dir))
            .map_err(|error| Failure::file("write the manual into", dir, &error))?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page).map_err(|error| Failure::new(error.to_string()))?;
            crate::report::raw(&page);
        }
    }
    Ok(Exit::Done)
}

pub fn completions(args: &Completions, command: &mut clap::Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "trueup", &mut script);
    crate::report::raw(&script);
    Ok(Exit::Done)
}
