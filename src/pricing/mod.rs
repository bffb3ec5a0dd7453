//! Costs of a month: list prices from a dated catalogue, exact, every line with where its price comes from.
//!
//! A kind says what AWS bills ([`Priced`]: so much of that key), by the [`tariffs`] of its service; [`cost`] looks the prices up
//! in the [`catalog`] and makes the lines of a [bill](crate::core::bill). A price that the catalogue does not have makes an
//! unpriced line: it is shown and counted, and never taken for nothing.
//!
//! | | |
//! |---|---|
//! | [`Priced`] | what a kind says of its bill, in [`Charge`]s, from its spec and the [`Facts`] around it |
//! | [`tariffs`] | what each AWS service charges for, one file per service |
//! | [`catalog`] | prices of one day, searched by region and key; how old they are; fresh ones in place of old ones |
//! | [`cost`] | from the charges of an [`Estate`] to lines: price, tier, allowance |
//! | [`committed`] | reservations and Savings Plans, laid over the lines that they cover |
//! | [`year`] | twelve months, of which some are dearer than the first |
//! | [`unbilled`] | amounts of `[usage]` of which nothing comes, and why |
//! | [`plan`] | what a plan adds to a month, or saves |
//! | [`actual`] | an estimate beside what AWS billed, with the likely cause of each difference |
//! | [`measured`] | amounts of `[usage]` from what was measured day by day |
//! | [`list`] | AWS's public price list, turned into the catalogue, one file per service |
//! | `fetch` | downloads that list and keeps what was read of it; the only part that does I/O, with feature `aws` |
//! | [`cases`] | worked prices in Terraform's words, to check the catalogue and the tariffs with |

pub mod actual;
pub mod cases;
pub mod catalog;
mod charge;
pub mod committed;
pub mod cost;
mod estate;
#[cfg(feature = "aws")]
pub mod fetch;
mod given;
pub mod list;
pub mod measured;
pub mod plan;
mod priced;
mod sharers;
pub mod tariffs;
mod tiers;
pub mod unbilled;
pub mod year;

pub use charge::{Allowance, Ceiling, Charge, Count, HOURS};
pub use estate::{Estate, Facts, Find};
pub use given::{Counted, Doubt, Given, doubt_parts};
pub use priced::{Overlap, PriceRow, Priced};
