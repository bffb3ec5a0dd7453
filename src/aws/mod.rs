//! The effect side of AWS: clients, errors, and what every driver is given. Knows no kind.

mod calls;
mod clients;
pub mod cost_explorer;
mod driver;
mod error;
pub mod exchange;
mod hint;
mod identity_token;
pub mod principal;
mod profile;
mod select;
mod stopped;
mod together;
mod trace;
pub mod trail;
mod unreachable;

pub use calls::{Calls, recorded};
pub use clients::{Aws, Caller, Clock, Connection};
pub use driver::{Again, Create, Driver, Effects, Made, Retag, Update};
pub use error::{Class, During, Error, Result};
pub use select::{Select, Shared, Tagged, arn_matches};
pub use stopped::Stopped;
pub use together::Together;
pub use trace::{Hear, Tracer};
