//! Over real HTTP: the same drivers against an AWS that we did not write, the settings that find an AWS, and what goes wrong
//! on the way to one.

mod conditions;
mod endpoints;
mod files;
mod flagship;
mod moto;
mod probe;
mod served;
mod terraform;
