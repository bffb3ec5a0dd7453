//! The price catalogue in use, with what there is to say of it said once.

use crate::ops::catalog::{self, Doubt};
use crate::pricing::catalog::Catalog;
use crate::report;
use std::sync::Once;

/// Answers the catalogue that costs are taken from.
pub fn current() -> &'static Catalog {
    refreshed();
    catalog::current()
}

/// Answers the catalogue that `trueup prices refresh` wrote, if there is one that can be used.
pub fn refreshed() -> Option<&'static Catalog> {
    static SAID: Once = Once::new();
    let refreshed = catalog::refreshed();
    if let Some(Doubt { message, hint }) = &refreshed.doubt {
        SAID.call_once(|| report::warn(message, hint));
    }
    refreshed.catalog.as_ref()
}
