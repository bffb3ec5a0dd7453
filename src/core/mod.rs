//! The pure core: values in, values out. No I/O, no clock, no environment, no randomness.

pub mod address;
pub mod check;
pub mod diagnostic;
pub mod diff;
mod each;
pub mod event;
mod expand;
pub mod file;
pub mod file_schema;
pub mod graph;
pub mod identity;
pub mod input;
pub mod kind;
mod link;
pub mod module;
pub mod order;
pub mod plan;
pub mod planner;
pub mod policy;
pub mod reference;
pub mod schema;
pub mod settings;
pub mod snapshot;
pub mod source;
pub mod stack;
mod steps;
pub mod synth;
