//! Use cases: each thing that somebody wants of Trueup is a call here.
//!
//! The command line, the editor's server, the tests, the benchmarks and the examples all come this way, and so will a daemon.
//! A call takes values and answers a value, or an [`Error`] with a remedy. It says its progress to a stream of
//! events. Nothing here prints, reads arguments, or asks a person: whoever wants consent between a plan and its apply asks
//! for it between the two calls.
//!
//! ```text
//! load ─▶ Loaded ─▶ Session::open ─▶ plan ─▶ Planned ─▶ admit ─▶ Admitted ─▶ apply ─▶ Applied
//!            │                    (or recall a saved one) ─┘
//!            └─▶ judge, cost, draft (against nothing, or a reading): no AWS
//! ```

#[cfg(feature = "aws")]
pub mod actual;
pub mod advise;
mod agent;
pub mod approval;
pub mod catalog;
pub mod codes;
#[cfg(feature = "aws")]
pub mod comment;
pub mod cost;
#[cfg(feature = "aws")]
pub mod drift;
mod error;
pub mod fix;
pub mod history;
pub mod holes;
#[cfg(feature = "aws")]
pub mod monitor;
#[cfg(feature = "aws")]
pub mod oneoff;
pub mod outside;
pub mod pipeline;
pub mod plan;
#[cfg(feature = "aws")]
pub mod preflight;
#[cfg(feature = "aws")]
mod quotas;
pub mod reach;
pub mod readiness;
#[cfg(feature = "aws")]
pub mod refresh;
#[cfg(feature = "aws")]
pub mod rehearse;
pub mod revision;
pub mod rights;
#[cfg(feature = "aws")]
pub mod rollout;
#[cfg(feature = "aws")]
mod running;
pub mod saved;
#[cfg(feature = "aws")]
pub mod secret;
#[cfg(feature = "aws")]
pub mod session;
#[cfg(feature = "aws")]
pub mod smoke;
pub mod stack;
pub mod start;
#[cfg(feature = "aws")]
pub mod task_logs;
#[cfg(feature = "aws")]
pub mod undo;
#[cfg(feature = "aws")]
pub mod usage_from;
#[cfg(feature = "aws")]
mod versions;

pub use error::{Error, Kind};
