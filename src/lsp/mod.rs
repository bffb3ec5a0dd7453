//! The editor's server: the language server protocol over a pair of streams.
//!
//! ```text
//! stdin ─▶ wire ─▶ server ─▶ document ─▶ page (text, lines, outline)
//!                    │                     ├─▶ place ─▶ complete, hover     ◀─ form (the JSON Schema), known (classes, versions, names)
//!                    │                     ├─▶ names ─▶ definition, rename  ◀─ facts (the graph, its costs)
//!                    │                     └─▶ symbols, layout
//!                    └─ job ─▶ validate ─▶ findings ─▶ diagnostics, fixes
//! ```
//!
//! Each answer is a function of a text and a place in it, and tested so. An outline is made of any text, so that a line that is no
//! TOML yet is completed like any other. A finding is told only of the text that the editor has now: each has a serial number.
//!
//! Only texts that an editor has open are looked at; nothing is read from disk, and nothing is sent anywhere.

pub mod complete;
pub mod document;
pub mod facts;
mod findings;
mod form;
pub mod hover;
mod known;
mod markdown;
pub mod names;
pub mod outline;
pub mod page;
pub mod place;
pub mod position;
pub mod rename;
pub mod serve;
pub mod server;
pub mod symbols;
mod wire;
