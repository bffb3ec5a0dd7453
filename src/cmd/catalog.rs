//! The price catalogue that commands use.

use super::exit::Failure;
use crate::core::price::catalog::Catalog;
use std::borrow::Cow;
use std::path::Path;

/// The one that costs are taken from.
pub fn current() -> Cow<'static, Catalog> {
    Cow::Borrowed(Catalog::embedded())
}

/// The one in a file.
pub fn read(file: &Path) -> Result<Catalog, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?;
    Catalog::parse(&text, file.display().to_string())
        .map_err(|damaged| Failure::new(format!("failed to read the prices in {}: {damaged}", file.display())))
}
