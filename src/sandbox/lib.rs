//! The embedded AWS: a small, honest simulation that AWS's own service models drive.
//!
//! A request comes in as HTTP, over the SDK's connector or a loopback port. `codec` finds its operation
//! and decodes it by model into JSON, refusing what AWS's front door would refuse; a handler in
//! `services` changes the `world`; `codec` encodes the answer by model. `edge` counts, logs, delays and
//! breaks calls on request. Nothing outside this folder knows how any of it is done.
//! `docs/sandbox.md` says what is modelled, what is assumed and what is not.

#![cfg(feature = "world")]

mod caller;
mod clock;
mod codec;
#[cfg(feature = "sdk")]
mod connector;
mod edge;
mod fault;
mod head;
mod instance;
mod model;
mod origin;
mod page;
pub mod rollouts;
mod server;
pub mod services;
mod store;
#[cfg(test)]
mod tests;
mod twin;
mod unread;
mod unwrap;
pub mod world;

pub use clock::Speed;
pub use codec::{HttpRequest, HttpResponse};
pub use edge::CallRecord;
pub use fault::{FaultKind, FaultRule, duration};
pub use instance::{Dropped, Options, Sandbox};
pub use server::{Server, serve};
pub use store::{StoreError, peek, reset};
