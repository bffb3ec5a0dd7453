//! Lists whose items are found by name at once, however many there are.

use foldhash::HashMap;
use std::ops::Deref;

/// Items in the order that they were added, and the first of each name.
#[derive(Debug, Clone)]
pub struct Named<T> {
    items: Vec<T>,
    first: HashMap<String, usize>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Named { items: Vec::new(), first: HashMap::default() }
    }
}

impl<T> Named<T> {
    pub fn push(&mut self, name: String, item: T) {
        self.first.entry(name).or_insert(self.items.len());
        self.items.push(item);
    }
    /// Returns the first item of a name.
    pub fn named(&self, name: &str) -> Option<&T> {
        self.items.get(*self.first.get(name)?)
    }
}

impl<T> Deref for Named<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<'a, T> IntoIterator for &'a Named<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
