//! The Python environment of the wire tests: boto3, and moto as a second opinion.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Set to leave the wire tests out.
pub const SKIP: &str = "TRUEUP_SKIP_WIRE_TESTS";

/// Names a Python that has the packages already.
pub const PYTHON: &str = "TRUEUP_PYTHON";

/// Just these: the repairs of `tests/wire/moto_repairs.py` are made for them.
const PACKAGES: &[&str] = &["boto3==1.43.11", "moto[server]==5.2.1"];
const HAS_PACKAGES: &str = "import boto3, moto, flask; assert (boto3.__version__, moto.__version__) == ('1.43.11', '5.2.1')";

/// A Python with boto3 and moto: the one that is named, the one on the path if it has them, else one made under
/// `target/`. `Ok(None)` if wire tests are to be left out; `Err` is one clear line.
pub fn python() -> Result<Option<PathBuf>, String> {
    if std::env::var_os(SKIP).is_some_and(|value| value != "0") {
        return Ok(None);
    }
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND.get_or_init(find).clone().map(Some)
}

fn find() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os(PYTHON) {
        let named = PathBuf::from(named);
        return if has_packages(&named) {
            Ok(named)
        } else {
            Err(format!("{PYTHON} names {}, which has no {}", named.display(), PACKAGES.join(" and ")))
        };
    }
    let plain = PathBuf::from("python3");
    if has_packages(&plain) {
        return Ok(plain);
    }
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/wire-python");
    let made = home.join("bin/python");
    if !has_packages(&made) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        run(Command::new(&made).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
    }
    Ok(made)
}

fn has_packages(python: &Path) -> bool {
    let imports = Command::new(python).args(["-c", HAS_PACKAGES]).output();
    imports.is_ok_and(|output| output.status.success())
}

fn run(command: &mut Command) -> Result<(), String> {
    let advice = format!("the wire tests need Python 3 with venv and pip; {SKIP}=1 leaves them out");
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("it said nothing").to_owned();
            Err(format!("{advice} (`{}` failed: {said})", command.get_program().display()))
        }
        Err(error) => Err(format!("{advice} (`{}` did not start: {error})", command.get_program().display())),
    }
}
