//! The price catalogue in use: the one in the binary, or a refreshed one in the user's cache, which wins over it.

use super::Error;
use super::saved::MOST;
use crate::files;
use crate::pricing::catalog::{Catalog, REFRESHED};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A refreshed catalogue, as far as there is one.
pub struct Refreshed {
    /// None if there is none, or none that can be used: then the one in the binary is.
    pub catalog: Option<Catalog>,
    /// A warning about it, to be shown.
    pub doubt: Option<Doubt>,
}

/// The reason why a refreshed catalogue is not quite what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub message: String,
    pub hint: &'static str,
}

/// Answers the catalogue that costs are taken from.
pub fn current() -> &'static Catalog {
    refreshed().catalog.as_ref().unwrap_or(Catalog::embedded())
}

/// Answers what `trueup prices refresh` wrote, read once.
pub fn refreshed() -> &'static Refreshed {
    static REFRESHED: LazyLock<Refreshed> =
        LazyLock::new(|| place().map_or(Refreshed { catalog: None, doubt: None }, |file| from_cache(&file)));
    &REFRESHED
}

/// Reads the catalogue in a file.
pub fn read(file: &Path) -> Result<Catalog, Error> {
    let text = files::read_text(file, MOST).map_err(|error| Error::file("read", file, error))?;
    Catalog::parse(&text, file.display().to_string()).map_err(|error| Error::Prices { path: file.to_owned(), why: error.to_string() })
}

/// Says where a refreshed catalogue is, or would be.
pub fn place() -> Option<PathBuf> {
    Some(dir()?.join(REFRESHED))
}

/// Says where what is fetched is kept: TRUEUP_CACHE_DIR, or `trueup` in the user's cache.
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

fn from_cache(file: &Path) -> Refreshed {
    let reason = match files::read_text(file, MOST) {
        Ok(text) => match Catalog::parse(&text, "refreshed") {
            Ok(catalog) => return Refreshed { doubt: too_old(&catalog), catalog: Some(catalog) },
            Err(damaged) => damaged.to_string(),
        },
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Refreshed { catalog: None, doubt: None };
        }
        Err(error) => error.to_string(),
    };
    let message = format!("cannot use the refreshed prices in {}: {reason}", file.display());
    Refreshed { catalog: None, doubt: Some(Doubt { message, hint: "costs are taken from the prices that come with this version" }) }
}

fn too_old(catalog: &Catalog) -> Option<Doubt> {
    let embedded = &Catalog::embedded().generated;
    (catalog.generated < *embedded).then(|| Doubt {
        message: format!("the refreshed prices are of {}, those of this version of {embedded}", catalog.generated),
        hint: "`trueup prices refresh` brings them up to date",
    })
}
