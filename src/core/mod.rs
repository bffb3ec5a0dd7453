//! The pure core: values in, values out. No I/O, no clock, no environment, no randomness.

pub mod address;
pub mod check;
pub mod diagnostic;
pub mod diff;
pub mod event;
pub mod graph;
pub mod identity;
pub mod input;
pub mod kind;
pub mod order;
pub mod plan;
pub mod planner;
pub mod policy;
pub mod reference;
pub mod schema;
pub mod snapshot;
pub mod source;
mod steps;
