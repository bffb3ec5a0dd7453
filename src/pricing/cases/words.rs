//! Attributes and usage as cases write them. A word that nothing reads, or that is not what it should be, is wrong: a case that is
//! misspelt would otherwise be held against the price of something else.

use crate::core::money::{Decimal, LARGEST, Range, number};
use crate::core::suggest::nearest;
use crate::pricing::Given;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A JSON object that is asked for values by dotted path. A block may stand by itself or in a list of one.
pub(super) struct Words<'a> {
    value: Option<&'a Value>,
    /// The path of the object: `usage`, `attributes.root_block_device`.
    place: String,
    log: Rc<RefCell<Log>>,
}

/// The paths that were asked for, and all that was found wrong on the way.
#[derive(Default)]
struct Log {
    asked: BTreeSet<String>,
    /// The paths at which a list may stand that has several items.
    lists: BTreeSet<String>,
    /// The paths that decide no price, with all that stands below them.
    idle: BTreeSet<String>,
    wrong: Vec<String>,
}

impl<'a> Words<'a> {
    pub fn new(value: &'a Value, place: &str) -> Self {
        Words { value: Some(value), place: place.to_owned(), log: Rc::default() }
    }
    /// Returns everything that is wrong, once all that decides the price was asked for.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = self.log.borrow().wrong.clone();
        match self.value {
            None | Some(Value::Null) => {}
            Some(value @ Value::Object(_)) => self.log.borrow().unread(value, &self.place, &self.place, &mut wrong),
            Some(other) => wrong.push(format!("`{}` is no object: {other}", self.place)),
        }
        wrong
    }
    /// Names words that decide over no price, here or at all.
    pub fn idle(&self, paths: &[&str]) {
        let paths = paths.iter().map(|path| self.path(path)).collect::<Vec<_>>();
        self.log.borrow_mut().idle.extend(paths);
    }

    pub fn has(&self, path: &str) -> bool {
        self.get(path).is_some()
    }
    pub fn text(&self, path: &str) -> Option<&'a str> {
        let value = self.get(path)?;
        value.as_str().or_else(|| self.refuse(path, format!("is no text: {value}")))
    }
    /// A text that is one of a few.
    pub fn choice(&self, path: &str, known: &[&str]) -> Option<&'a str> {
        let text = self.text(path)?;
        if known.contains(&text) {
            return Some(text);
        }
        self.refuse(path, format!("is `{text}`, of which nothing is known here; there is {}", known.join(", ")))
    }
    pub fn flag(&self, path: &str) -> bool {
        let flag = self.get(path).and_then(|value| match value {
            Value::Bool(flag) => Some(*flag),
            other => self.refuse(path, format!("is neither true nor false: {other}")),
        });
        flag.unwrap_or(false)
    }
    /// Returns how many items a list has.
    pub fn count(&self, path: &str) -> usize {
        self.items(path).len()
    }
    /// The texts of a list.
    pub fn texts(&self, path: &str) -> Vec<&'a str> {
        let text = |item: &'a Value| item.as_str().or_else(|| self.refuse(path, format!("has what is no text: {item}")));
        self.items(path).iter().filter_map(text).collect()
    }
    /// The only block of that name; one without words, if there is none.
    pub fn block(&self, path: &str) -> Words<'a> {
        let value = self.get(path);
        let blocks = value.filter(|value| value.is_object() || value.get(0).is_some_and(Value::is_object));
        if let (Some(value), None) = (value, blocks) {
            self.refuse::<()>(path, format!("is no block: {value}"));
        }
        self.below(path, blocks.map(|value| value.get(0).unwrap_or(value)))
    }
    /// The blocks of that name.
    pub fn blocks(&self, path: &str) -> Vec<Words<'a>> {
        let block = |item: &'a Value| match item.is_object() {
            true => Some(self.below(path, Some(item))),
            false => self.refuse(path, format!("has what is no block: {item}")),
        };
        self.items(path).iter().filter_map(block).collect()
    }
    pub fn number(&self, path: &str) -> Option<Decimal> {
        let value = self.get(path)?;
        let number = value.as_number().and_then(|number| amount(&number.to_string()));
        number.or_else(|| self.refuse(path, format!("is no amount: {value}")))
    }
    /// A number, which Terraform writes as text here, or one with its unit behind it, such as `2 GB`, which is as many times `each`.
    pub fn sized(&self, path: &str, unit: &str, each: u32) -> Option<Decimal> {
        let Some(text) = self.get(path)?.as_str() else { return self.number(path) };
        let Some((text, behind)) = text.split_once(' ') else {
            return amount(text).or_else(|| self.refuse(path, format!("is no amount: \"{text}\"")));
        };
        let sized = amount(text).filter(|_| behind.eq_ignore_ascii_case(unit)).map(|amount| amount * Decimal::from(each));
        sized.or_else(|| self.refuse(path, format!("is no amount of {unit}: \"{text} {behind}\"")))
    }
    pub fn whole(&self, path: &str) -> Option<u32> {
        let number = self.number(path)?;
        let whole = Some(number).filter(Decimal::is_integer).and_then(|number| u32::try_from(number).ok());
        whole.or_else(|| self.refuse(path, format!("is no whole number that can be: {number}")))
    }
    /// Returns how much is used; nothing where nothing is said.
    pub fn given(&self, path: &str) -> Given {
        let amount = self.number(path).unwrap_or_default();
        Given::assumed(Range::only(amount), format!("{path} = {}", amount.normalize()))
    }

    fn get(&self, path: &str) -> Option<&'a Value> {
        self.log.borrow_mut().asked.insert(self.path(path));
        let step = |value: &'a Value, name: &str| match value {
            Value::Array(list) => list.first()?.get(name),
            value => value.get(name),
        };
        path.split('.').try_fold(self.value?, step).filter(|value| !value.is_null())
    }
    fn items(&self, path: &str) -> &'a [Value] {
        self.log.borrow_mut().lists.insert(self.path(path));
        let list = self.get(path).and_then(|value| value.as_array().or_else(|| self.refuse(path, format!("is no list: {value}"))));
        list.map(Vec::as_slice).unwrap_or_default()
    }
    fn below(&self, path: &str, value: Option<&'a Value>) -> Words<'a> {
        Words { value, place: self.path(path), log: self.log.clone() }
    }
    fn path(&self, path: &str) -> String {
        format!("{}.{path}", self.place)
    }
    fn refuse<T>(&self, path: &str, why: String) -> Option<T> {
        self.log.borrow_mut().wrong.push(format!("`{}` {why}", self.path(path)));
        None
    }
}

impl Log {
    /// Adds what nobody has asked for.
    fn unread(&self, value: &Value, path: &str, root: &str, wrong: &mut Vec<String>) {
        if self.idle.contains(path) || value.is_null() {
            return;
        }
        let leads_on = path == root || self.asked.iter().any(|asked| asked.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')));
        match value {
            Value::Object(words) if leads_on => {
                words.iter().for_each(|(word, value)| self.unread(value, &format!("{path}.{word}"), root, wrong));
            }
            Value::Array(items) if leads_on || self.lists.contains(path) => {
                if items.len() > 1 && !self.lists.contains(path) {
                    wrong.push(format!("`{path}` stands {} times, and one is read", items.len()));
                }
                items.iter().filter(|item| item.is_object()).for_each(|item| self.unread(item, path, root, wrong));
            }
            _ if self.asked.contains(path) => {}
            _ => wrong.push(format!("`{path}` decides nothing here: {}", self.remedy(path, root))),
        }
    }

    fn remedy(&self, path: &str, root: &str) -> String {
        let word = path.strip_prefix(root).unwrap_or(path).trim_start_matches('.');
        let known = self.asked.iter().filter_map(|asked| asked.strip_prefix(root)).map(|asked| asked.trim_start_matches('.'));
        if word == "count" || word == "for_each" {
            return "a case is one resource, so write one for each".to_owned();
        }
        if word.contains("reserv") {
            return "a case is priced on demand, so take it out".to_owned();
        }
        match nearest(word, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "take it out".to_owned(),
        }
    }
}

/// An amount as a case may give it.
fn amount(text: &str) -> Option<Decimal> {
    let most = Decimal::from(LARGEST as u64);
    number(text).filter(|amount| !amount.is_sign_negative() && *amount <= most)
}

/// An amount that follows from others.
pub(super) fn given(amount: Decimal, said: &str) -> Given {
    Given::assumed(Range::only(amount), said)
}
