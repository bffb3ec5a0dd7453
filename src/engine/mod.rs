//! Effects: reading what is live, applying a plan, what is written down about it, and refreshing prices.

pub mod apply;
mod backoff;
mod context;
pub mod journal;
pub mod prices;
pub mod read;
mod step;
pub mod store;
