//! Attributes and usage as cases write them.

use crate::core::money::{Decimal, LARGEST, Range, number};
use crate::pricing::Given;
use serde_json::Value;
use std::cell::RefCell;

/// A JSON object that is asked for values by dotted path. A block may stand by itself or in a list of one.
pub(super) struct Words<'a> {
    value: &'a Value,
    /// The first value that is not what it should be.
    wrong: RefCell<Option<String>>,
}

impl<'a> Words<'a> {
    pub fn new(value: &'a Value) -> Self {
        Words { value, wrong: RefCell::new(None) }
    }
    pub fn wrong(&self) -> Option<String> {
        self.wrong.borrow().clone()
    }
    pub fn get(&self, path: &str) -> Option<&'a Value> {
        let step = |value: &'a Value, name: &str| match value {
            Value::Array(list) => list.first()?.get(name),
            value => value.get(name),
        };
        path.split('.').try_fold(self.value, step).filter(|value| !value.is_null())
    }
    pub fn text(&self, path: &str) -> Option<&'a str> {
        self.get(path)?.as_str()
    }
    pub fn flag(&self, path: &str) -> bool {
        self.get(path).is_some_and(|value| value == true || value == "true")
    }
    /// Returns how many items a list has.
    pub fn count(&self, path: &str) -> usize {
        self.get(path).and_then(Value::as_array).map_or(0, Vec::len)
    }
    /// A number, also one with its unit behind it: `2 GB`.
    pub fn number(&self, path: &str) -> Option<Decimal> {
        let value = self.get(path)?;
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.split(' ').next().unwrap_or_default().to_owned(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        };
        let most = Decimal::from(LARGEST as u64);
        let amount = number(&text).filter(|amount| !amount.is_sign_negative() && *amount <= most);
        if amount.is_none() {
            self.wrong.borrow_mut().get_or_insert_with(|| format!("`{path}` is no amount: {value}"));
        }
        amount
    }
    pub fn whole(&self, path: &str) -> Option<u32> {
        self.number(path).and_then(|number| u32::try_from(number.trunc()).ok())
    }
    /// Returns how much is used; nothing where nothing is said.
    pub fn given(&self, path: &str) -> Given {
        let amount = self.number(path).unwrap_or_default();
        Given::assumed(Range::only(amount), format!("{path} = {}", amount.normalize()))
    }
}

/// An amount that follows from others.
pub(super) fn given(amount: Decimal, said: &str) -> Given {
    Given::assumed(Range::only(amount), said)
}
