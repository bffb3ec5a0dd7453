//! The same drivers against an AWS that we did not write: moto, over HTTP, with the SDK's endpoint override.

mod flagship;
mod moto;
