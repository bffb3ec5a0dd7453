//! Plans in files, to be approved and applied later.

use super::Error;
use crate::core::sealed::Sealed;
use crate::files::{self, Readers};
use std::path::Path;

/// Saves a plan, whole or not at all.
pub fn write(plan: &Sealed, file: &Path) -> Result<(), Error> {
    files::replace(file, plan.text().as_bytes(), Readers::Any).map_err(|error| Error::file("write", file, error))
}

/// Reads a saved plan. One that is damaged, altered, or of another version is barred.
pub fn read(file: &Path) -> Result<Sealed, Error> {
    let text = std::fs::read_to_string(file).map_err(|error| Error::file("read", file, error))?;
    Sealed::read(text).map_err(|bar| Error::barred(file.display(), bar))
}
