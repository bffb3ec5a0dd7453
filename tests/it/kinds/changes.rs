//! Another value for every field of every kind: what somebody might change behind our back.
//!
//! A line names a field and its other value. Where the example must look otherwise for that (`from`), where other
//! fields change of necessity (`along`), where AWS takes no way back (`one_way`), or where the embedded AWS has no call
//! for it (`in_world`), the line says so. `name` and `tags` need none, and fields that only order steps have none.

mod containers;
mod data;
mod network;

use serde_json::{Value, json};

pub struct Change {
    /// The value to change to; references are to examples, of which `-b` is a second one.
    pub to: Value,
    /// Fields of the example that are set otherwise before.
    pub base: Value,
    /// Fields that change together with it.
    pub along: Value,
    /// An example that must be there although no field names it.
    pub beside: Option<&'static str>,
    pub one_way: bool,
    pub by: By,
}

/// The one who changes it.
pub enum By {
    /// The kind's own driver, as it would for somebody else.
    Driver,
    /// The embedded AWS itself: members of the row in a table of its world.
    World { table: &'static str, patch: Value },
}

pub fn to(value: impl Into<Value>) -> Change {
    Change { to: value.into(), base: json!({}), along: json!({}), beside: None, one_way: false, by: By::Driver }
}

impl Change {
    pub fn from(self, base: Value) -> Self {
        Change { base, ..self }
    }
    fn along(self, along: Value) -> Self {
        Change { along, ..self }
    }
    fn beside(self, noun: &'static str) -> Self {
        Change { beside: Some(noun), ..self }
    }
    fn one_way(self) -> Self {
        Change { one_way: true, ..self }
    }
    fn in_world(self, table: &'static str, patch: Value) -> Self {
        Change { by: By::World { table, patch }, ..self }
    }
}

/// The fields of a kind, each with its change.
pub fn of(kind: &str) -> Vec<(&'static str, Change)> {
    network::of(kind).or_else(|| containers::of(kind)).or_else(|| data::of(kind)).unwrap_or_default()
}
