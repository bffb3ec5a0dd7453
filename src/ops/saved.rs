//! Plans in files, to be approved and applied later.

use super::Error;
use crate::core::sealed::Sealed;
use std::path::Path;

/// Saves a plan. It is written beside its place first, so that it is either whole or not there.
pub fn write(plan: &Sealed, file: &Path) -> Result<(), Error> {
    let draft = file.with_extension("json.part");
    std::fs::write(&draft, plan.text()).and_then(|()| std::fs::rename(&draft, file)).map_err(|error| {
        let _ = std::fs::remove_file(&draft);
        Error::file("write", file, error)
    })
}

/// Reads a saved plan. One that is damaged, altered, or of another version is barred.
pub fn read(file: &Path) -> Result<Sealed, Error> {
    let text = std::fs::read_to_string(file).map_err(|error| Error::file("read", file, error))?;
    Sealed::read(text).map_err(|bar| Error::barred(file.display(), bar))
}
