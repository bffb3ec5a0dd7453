//! Effects: reading what is live, applying a plan, and what is written down about it.

pub mod apply;
pub mod journal;
mod pace;
pub mod read;
mod step;
pub mod store;
