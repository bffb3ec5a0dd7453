//! Effects of a rollout: checks of the new revision that are sent, and people who are told.

mod exchange;
pub mod hidden;
pub mod notify;
pub mod smoke;
#[cfg(test)]
mod tests;
