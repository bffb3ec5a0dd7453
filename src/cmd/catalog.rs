//! The price catalogue that commands use: the one in the binary, or a refreshed one in the user's cache, which wins over it.

use super::exit::Failure;
use crate::pricing::catalog::{Catalog, REFRESHED};
use crate::report;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The one that costs are taken from. One that cannot be used is warned of, once, and the one in the binary takes its place.
pub fn current() -> &'static Catalog {
    refreshed().unwrap_or(Catalog::embedded())
}

/// The one that `trueup prices refresh` wrote, if there is one that can be used.
pub fn refreshed() -> Option<&'static Catalog> {
    static REFRESHED: LazyLock<Option<Catalog>> = LazyLock::new(|| {
        let catalog = from_cache(&place()?)?;
        let embedded = &Catalog::embedded().generated;
        if catalog.generated < *embedded {
            let message = format!("the refreshed prices are of {}, those of this version of {embedded}", catalog.generated);
            report::warn(&message, "`trueup prices refresh` brings them up to date");
        }
        Some(catalog)
    });
    REFRESHED.as_ref()
}

/// The one in a file.
pub fn read(file: &Path) -> Result<Catalog, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?;
    Catalog::parse(&text, file.display().to_string())
        .map_err(|damaged| Failure::new(format!("failed to read the prices in {}: {damaged}", file.display())))
}

/// Where a refreshed one is, or would be.
pub fn place() -> Option<PathBuf> {
    Some(dir()?.join(REFRESHED))
}

/// What is fetched is kept here: TRUEUP_CACHE_DIR, or `trueup` in the user's cache.
pub fn dir() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = || {
        let users = named("XDG_CACHE_HOME").filter(|dir| dir.is_absolute());
        users
            .or_else(|| std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".cache")))
            .map(|dir| dir.join("trueup"))
    };
    named("TRUEUP_CACHE_DIR").or_else(own)
}

fn from_cache(file: &Path) -> Option<Catalog> {
    let reason = match std::fs::read_to_string(file) {
        Ok(text) => match Catalog::parse(&text, "refreshed") {
            Ok(catalog) => return Some(catalog),
            Err(damaged) => damaged.to_string(),
        },
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return None,
        Err(error) => error.to_string(),
    };
    let message = format!("cannot use the refreshed prices in {}: {reason}", file.display());
    report::warn(&message, "costs are taken from the prices that come with this version");
    None
}
