//! The process itself is killed, by SIGKILL, at each call that changes something: what it leaves, the next one finishes.
//!
//! The embedded AWS lives in the test, behind a port, and outlives its clients: `trueup` is a child that knows it by its
//! address alone. `hold:N` stops the world at the Nth mutating call, before it or after it, and the child is killed there.
//! `cargo test --test chaos` makes a sample; `just chaos` all of it, and goes on where it was left.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests stop at the first surprise and may say what they saw")]

mod child;
#[path = "../it/crash/holdings.rs"]
mod holdings;
mod operations;
mod place;
mod sample;
mod signals;
mod whole;
