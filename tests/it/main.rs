//! All integration tests, in one crate: the SDKs are linked once.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests stop at the first surprise and may say what they saw")]

mod calls;
mod cli;
mod commands;
mod connector;
mod crash;
mod designs;
mod documents;
mod dual_stack;
mod fresh;
#[path = "../core/generator.rs"]
#[allow(dead_code, reason = "the law of any file uses more of it")]
mod generator;
mod guards;
mod journal;
mod judge;
mod kinds;
mod laws;
mod meanwhile;
mod oneoff;
mod preflight;
mod prices;
mod quotas;
mod rehearsals;
mod rollouts;
mod rounds;
mod scenarios;
mod secrets;
mod stacks;
mod stand;
mod stranded;
mod task_logs;
mod tidy;
mod watch;
mod wire;
