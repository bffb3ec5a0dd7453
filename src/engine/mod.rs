//! Effects: reading what is live, applying a plan, rolling services out, and what is written down about it.

pub mod apply;
mod backoff;
mod context;
pub mod events;
pub mod log;
mod look;
pub mod neighbours;
pub mod oneoff;
pub mod quotas;
pub mod read;
pub mod readiness;
pub mod rollout;
mod step;
pub mod store;
pub mod telemetry;
mod trail;
pub mod twin;
