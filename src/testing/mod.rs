//! The base of tests and benchmarks: an account in memory, and the Python that wire tests run.

pub mod account;
#[cfg(test)]
#[path = "../../tests/it/designs.rs"]
#[allow(dead_code, reason = "the integration tests share it, and each uses its part")]
mod designs;
pub mod kind;
#[cfg(test)]
mod laws;
pub mod python;
