//! # Trueup
//!
//! Keeps an AWS account true to a file. There is no state file: the account itself is the state.
//!
//! ```text
//! stack.toml ──parse──▶ Stack ──expand──▶ Graph ─┐
//!                                                ├──plan──▶ Plan ──price──▶ seal ──▶ Sealed ──▶ report
//! AWS ──read (batched, by tag)──▶ Snapshot ──────┘                                      │
//!                                                                                     admit
//!                                                                                       └──▶ apply ──▶ Events ──▶ report
//! ```
//!
//! Everything left of *apply* is a pure function of values, so most of this crate can be read, run and tested
//! without a network: `cargo test --no-default-features` leaves out whatever touches an SDK.
//!
//! | folder | holds | imports |
//! |---|---|---|
//! | [`core`] | the pure model: [stack file](core::file), [graph](core::graph), [snapshot](core::snapshot), [planner](core::planner), [plan](core::plan), [its seal](core::sealed), [approvals](core::approval), [admission](core::admission), [the record of an apply](core::history), [which side has changed](core::threeway), [a rollout's decisions](core::rollout), [readiness](core::readiness), [a run as a trace](core::trace) | nothing of ours |
//! | [`modules`] | one file per module of the stack file (`network`, `service`, …) and their table | `core`, `kinds`, `rules` |
//! | [`kinds`] | one file per AWS resource type in folders by service, each driver in a file of its own beside its pure half, and their table | `core`, `pricing`; drivers: `aws` |
//! | [`pricing`] | what a month costs: [tariffs](pricing::tariffs), [catalogue](pricing::catalog), [AWS's price list](pricing::list) and its download, [worked cases](pricing::cases) | `core`; the download: `files` |
//! | [`rules`] | one file per check over all resources, in folders by family, and their table; the [questions of readiness](rules::readiness) | `core`, `kinds`, `pricing` |
//! | [`aws`] | clients, ownership tags, error classes, the [trace](aws::Tracer) of calls, the [`Driver`](aws::Driver) trait | `core` |
//! | [`engine`] | [read](engine::read), [apply](engine::apply), [roll out](engine::rollout), [the twin of a rehearsal](engine::twin), [events](engine::events), the [store](engine::store) of locks, journals and records, [traces on their way](engine::telemetry) | `core`, `kinds`, `aws`, `files` |
//! | [`files`] | files that are replaced as a whole, private, or held by one process | nothing of ours |
//! | [`sandbox`] | an embedded AWS behind the SDK's HTTP client, driven by AWS's own service models; a crate of its own | nothing of ours |
//! | [`ops`] | use cases: [load](ops::stack), [plan](ops::plan), [cost](ops::cost), [open a session](ops::session), [rehearse](ops::rehearse), apply, [history](ops::history); never prints, never asks | all of the above but `sandbox` |
//! | [`report`] | rendering, and the only place that prints | `core`, `pricing` |
//! | [`lsp`] | the editor's server: [outlines](lsp::outline) of texts that may be broken, [completion](lsp::complete), [hovers](lsp::hover), [renames](lsp::rename), and [the server](lsp::server) as a value; the caller gives it its streams | `core`, `kinds`, `modules`, `pricing`, `ops` |
//! | [`cmd`] | one thin file per subcommand: arguments into a call of `ops`, events and answers into `report` | all of the above |
//! | [`testing`] | what tests and benchmarks stand on | `core`, `kinds`, `modules`, `report` |
//!
//! To follow one run, read [`cmd`]'s `apply.rs`, then [`ops::session`], then [`core::planner::plan`], then
//! [`engine::apply::apply`].
//! To add a kind, a module or a rule, see CONTRIBUTING.md: it is one file and one line in a table. Everything that is found has a
//! [code](core::code) of its own: [`core::file::Catalog::all_codes`] is the registry.
//!
//! What comes next has its place: more families in [`rules`]; the store that several machines share in [`engine`] beside the
//! directory; the daemon on top, beside [`cmd`] and [`lsp`], with the same calls of [`ops`].
//!
//! ## What always holds
//!
//! 1. `core`, `pricing` but for its download, `modules`, `rules` and the pure half of `kinds` do no I/O and read no clock, environment or randomness.
//! 2. Apply sends what the plan says and nothing else; a plan without changes sends no mutating call. Only a plan that was
//!    [admitted](core::admission::admit) is applied, once.
//! 3. Apply, then plan: empty.
//! 4. Nothing is changed or deleted that does not carry this stack's mark.
//! 5. Every request fits AWS's own service model.
//! 6. No secret value stands in a plan, a journal, an event or an error.
//! 7. Only `report` prints, and only `cmd` reads arguments or asks a person.
//!
//! Each of these is a test.

// The map shows the whole crate, also where the pure half is built alone.
#![cfg_attr(not(feature = "aws"), allow(rustdoc::broken_intra_doc_links))]

#[cfg(feature = "aws")]
pub mod aws;
pub mod cmd;
pub mod core;
#[cfg(feature = "aws")]
pub mod engine;
pub mod files;
pub mod kinds;
pub mod lsp;
pub mod modules;
pub mod ops;
pub mod pricing;
pub mod report;
pub mod rules;
pub mod testing;
#[cfg(feature = "sandbox")]
pub use trueup_sandbox as sandbox;

/// The guide's examples are run as tests.
#[cfg(doctest)]
#[doc = include_str!("../CONTRIBUTING.md")]
pub struct Guide;
