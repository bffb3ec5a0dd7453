//! The pure core: values in, values out. No I/O, no clock, no environment, no randomness.

pub mod address;
pub mod check;
pub mod diff;
pub mod event;
pub mod graph;
pub mod identity;
pub mod kind;
pub mod order;
pub mod plan;
pub mod planner;
pub mod policy;
pub mod reference;
pub mod snapshot;
mod steps;
