//! The number of API calls that were made, by operation.

use super::paint;
use std::collections::BTreeMap;

/// A table of `ec2.DescribeVpcs` and how often it was called, most first.
pub fn render(calls: &BTreeMap<String, usize>) -> String {
    let mut rows = calls.iter().collect::<Vec<_>>();
    rows.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let total = calls.values().sum::<usize>();
    let lines = rows.iter().map(|(operation, count)| format!("  {count:>5}  {operation}\n")).collect::<String>();
    format!("{}\n{lines}", paint::strong(&paint::count(total, "API call")))
}

/// The same in one line.
pub fn summary(calls: &BTreeMap<String, usize>) -> String {
    let total = calls.values().sum::<usize>();
    format!("{} to {}", paint::count(total, "API call"), paint::count(calls.len(), "operation"))
}
