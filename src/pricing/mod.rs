//! What a stack costs a month: list prices from a dated catalogue, exact, every line with where its price comes from.
//!
//! A kind says what AWS bills (`Charge`: so much of that key), by the [`tariffs`] of its service; [`cost`] looks the prices up
//! in the [`catalog`] and makes the lines of a [bill](crate::core::bill). A price that the catalogue does not have makes an
//! unpriced line: it is shown and counted, and never taken for nothing.
//!
//! | | |
//! |---|---|
//! | [`tariffs`] | what each AWS service charges for, one file per service |
//! | [`catalog`] | prices of one day, searched by region and key; how old they are; fresh ones in place of old ones |
//! | [`cost`] | from charges to lines: price, tier, allowance |
//! | [`plan`] | what a plan adds to a month, or saves |
//! | [`list`] | AWS's public price list, turned into the catalogue, one file per service |
//! | `fetch` | downloads that list and keeps what was read of it; the only part that does I/O, with feature `aws` |
//! | [`cases`] | worked prices in Terraform's words, to check the catalogue and the tariffs with |

pub mod cases;
pub mod catalog;
pub mod cost;
#[cfg(feature = "aws")]
pub mod fetch;
pub mod list;
pub mod plan;
pub mod tariffs;
