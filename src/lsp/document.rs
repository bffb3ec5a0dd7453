//! One text that an editor has open, and what is known of it so far.

use super::facts::Facts;
use super::page::Page;
use crate::core::diagnostic::Diagnostic;
use crate::core::file::{Terms, Verdict};
use crate::core::input::MAX_BYTES;
use crate::core::source::Source;
use crate::modules;
use crate::ops::fix::{fix_one, guessed};
use crate::ops::stack::{Choice, DEFAULT_FILE, validate};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

pub struct Document {
    /// The editor's number of the text.
    pub version: i32,
    /// Our own, which no two texts share.
    pub serial: u64,
    /// The path in its URI.
    pub path: String,
    pub text: Arc<str>,
    /// True for a stack file: by its name, or by its `[stack]` table. An editor sends every TOML file there is.
    pub is_stack: bool,
    /// Empty for what is no stack file.
    pub page: Page,
    /// The verdict on this very text, once there is one.
    pub checked: Option<Arc<Checked>>,
    /// True once a check of this text was asked for.
    pub asked: bool,
    /// The last text in which nothing was wrong.
    good: Option<Arc<str>>,
    /// The facts, once somebody asked for them.
    facts: OnceCell<Option<Rc<Facts>>>,
    /// The texts after fixes that were tried, by the place of their finding in the verdict.
    fixes: RefCell<BTreeMap<usize, Option<Rc<str>>>>,
}

/// A text that is to be checked.
#[derive(Debug, Clone)]
pub struct Job {
    pub uri: String,
    pub serial: u64,
    pub path: String,
    pub text: Arc<str>,
}

/// A text that was checked.
#[derive(Debug)]
pub struct Checked {
    pub uri: String,
    pub serial: u64,
    pub source: Source,
    pub diagnostics: Vec<Diagnostic>,
}

impl Job {
    /// Finds all that `trueup validate` finds in the same text on a day.
    pub fn check(self, today: &str) -> Checked {
        let Job { uri, serial, path, text } = self;
        let terms = Terms { today, deny: &[] };
        let name = path.rsplit('/').next().unwrap_or_default();
        let (source, diagnostics) = match modules::decode(name, text.as_bytes().to_vec()) {
            Ok(source) => {
                let Verdict { diagnostics, .. } = validate(source.clone(), Choice::default(), terms);
                (source, diagnostics)
            }
            Err(wrong) => (Source::new(name, ""), wrong.diagnostics),
        };
        Checked { uri, serial, source, diagnostics }
    }
}

impl Document {
    pub fn new(path: String, version: i32, serial: u64, text: String) -> Self {
        let text = Arc::<str>::from(text);
        let is_stack = is_stack(&path, &text);
        // A text that is too large is told so, and not looked at.
        let page = if is_stack && text.len() <= MAX_BYTES { Page::new(text.clone()) } else { Page::new("") };
        Document {
            version,
            serial,
            path,
            text,
            is_stack,
            page,
            checked: None,
            asked: false,
            good: None,
            facts: OnceCell::new(),
            fixes: RefCell::default(),
        }
    }

    /// Takes a newer text.
    pub fn change(&mut self, version: i32, serial: u64, text: String) {
        let good = self.good.take();
        *self = Document { good, ..Document::new(std::mem::take(&mut self.path), version, serial, text) };
    }

    /// Takes a verdict. False if it is on an older text.
    pub fn take(&mut self, checked: Arc<Checked>) -> bool {
        if checked.serial != self.serial {
            return false;
        }
        if !checked.diagnostics.iter().any(Diagnostic::is_error) {
            self.good = Some(self.text.clone());
        }
        self.checked = Some(checked);
        true
    }

    /// Returns the text after the fix of a finding, or else with the name that was most likely meant, if it can be made: tried once, since
    /// an editor asks whenever a cursor moves.
    pub fn fixed(&self, checked: &Checked, number: usize, terms: Terms<'_>) -> Option<Rc<str>> {
        let tried = || {
            let one = checked.diagnostics.get(number)?;
            let text = match one.fix {
                Some(_) => fix_one(&checked.source, &checked.diagnostics, terms, one),
                None => guessed(&checked.source, terms, one),
            };
            text.map(Rc::from)
        };
        self.fixes.borrow_mut().entry(number).or_insert_with(tried).clone()
    }

    /// Returns what the text makes, as far as it can be said.
    pub fn facts(&self) -> Option<Rc<Facts>> {
        self.facts.get_or_init(|| Facts::about(&self.page.text, self.good.as_deref()).map(Rc::new)).clone()
    }
}

fn is_stack(path: &str, text: &str) -> bool {
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let named = name == DEFAULT_FILE || name.ends_with(".stack.toml") || folder == "stacks" && name.ends_with(".toml");
    named || text.lines().any(|line| line.split('#').next().unwrap_or_default().trim() == "[stack]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_file_is_known_by_its_name_or_its_table() {
        for (path, text, want) in [
            ("/a/stack.toml", "", true),
            ("/a/shop.stack.toml", "", true),
            ("/a/stacks/shop.toml", "", true),
            ("/a/shop.toml", "# x\n [stack] # ours\n", true),
            ("/a/Cargo.toml", "[package]\nname = \"stack\"\n", false),
            ("/a/mystack.toml", "", false),
            ("/a/stacks/readme.md", "", false),
        ] {
            assert_eq!(is_stack(path, text), want, "{path}");
        }
    }

    #[test]
    fn a_verdict_on_an_older_text_is_not_taken() {
        let text = "[stack]\nname = \"a\"\nregion = \"us-east-1\"\n";
        let mut document = Document::new("/stack.toml".into(), 1, 1, text.into());
        let job = |document: &Document| Job {
            uri: String::new(),
            serial: document.serial,
            path: "/stack.toml".into(),
            text: document.text.clone(),
        };
        let old = Arc::new(job(&document).check(""));
        document.change(2, 2, "[stack]\nname = 1\n".into());
        assert!(!document.take(old) && document.checked.is_none());
        let new = Arc::new(job(&document).check(""));
        assert!(document.take(new) && document.checked.as_ref().unwrap().diagnostics.len() >= 2);
    }

    #[test]
    fn facts_hold_while_lines_are_broken() {
        let text = "[stack]\nname = \"a\"\nregion = \"us-east-1\"\n[network]\n";
        let mut document = Document::new("/stack.toml".into(), 1, 1, text.into());
        let has = |document: &Document, start: &str| {
            let facts = document.facts();
            facts.is_some_and(|facts| facts.nodes().iter().any(|node| node.address.as_str().starts_with(start)))
        };
        for (lines, found) in [
            ("", "network.vpc"),
            ("zones =\n[cache.main]\n", "cache.main."),
            ("zones = \"many\"\n[cache.main]\nnodes =\nnode = 2\n", "cache.main."),
            ("[cache.main]\n[database.", "cache.main."),
            ("[cache.main]\n[service.api.environment]\nA = \"${cache.", "cache.main."),
            ("[cache.main]\nversion = \"99\"\n", "cache.main."),
        ] {
            document.change(2, 2, format!("{text}{lines}"));
            assert!(has(&document, found), "{lines}");
        }
        let checked = |document: &Document| {
            let job = Job { uri: String::new(), serial: document.serial, path: "/stack.toml".into(), text: document.text.clone() };
            Arc::new(job.check(""))
        };
        document.change(3, 3, text.into());
        let verdict = checked(&document);
        assert!(document.take(verdict));
        document.change(4, 4, "[network]\n".into());
        assert!(has(&document, "network.vpc"), "without `[stack]` the last good text stands in");
    }
}
