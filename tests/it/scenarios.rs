//! Scenario files: the acts of a person, and what comes of them. Each `tests/scenarios/*.txt` is one story; `UPDATE_EXPECT=1`
//! writes down what happens now.
//!
//! A section is a line `== DOING` and the text below it. These are all:
//!
//! | section | text below it |
//! |---|---|
//! | `stack` | a stack file, whole |
//! | `edit` | changes to it: lines `- old` are taken out, lines `+ new` come in their place, or at the end |
//! | `out of band` | what somebody else does: `ec2.CreateVpc {…}` calls AWS, `set TABLE ID {…}` edits the embedded one; `${address.output}` is filled in, and `${address.generation}` |
//! | `fault` | what goes wrong from here on, as `--fault` takes it |
//! | `time stands still`, `time flies` | how fast AWS's states settle: not at all, or at once, as they do from the start |
//! | `plan [-v] [--allow-delete ADDRESS] [--out]` | golden: the plan; `--out` keeps it |
//! | `apply [--steps] [--allow-delete ADDRESS] [--plan] [--killed-after SERVICE.OPERATION]` | golden: how it went; `--plan` runs the one that was kept, `--steps` shows each step. A killed one leaves no text |
//! | `destroy [--plan] [--allow-delete ADDRESS]` | golden: how it went, or the plan alone |

mod script;
mod story;

use script::Script;
use similar::TextDiff;
use std::path::{Path, PathBuf};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_go_as_they_are_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    files.sort();
    assert!(files.len() >= 20, "{files:?}");
    let mut running = JoinSet::new();
    files.into_iter().for_each(|file| drop(running.spawn(check(file))));
    let wrong = running.join_all().await.into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(wrong.is_empty(), "{}\nUPDATE_EXPECT=1 takes it as it is", wrong.join("\n"));
}

async fn check(file: PathBuf) -> Result<(), String> {
    let text = std::fs::read_to_string(&file).unwrap();
    let told = Script::parse(&text);
    let happened = story::run(told.clone()).await.map_err(|wrong| format!("{}: {wrong}", file.display()))?.to_string();
    let told = told.to_string();
    if told == happened {
        return Ok(());
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, happened).unwrap();
        return Ok(());
    }
    let diff = TextDiff::from_lines(&told, &happened);
    Err(format!("{}", diff.unified_diff().context_radius(3).header(&file.display().to_string(), "what happened")))
}
