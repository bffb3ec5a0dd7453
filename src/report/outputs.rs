//! The outputs of a stack, as a table.

use super::paint;
use crate::core::graph::Outputs;
use crate::core::visible::line as flat;

/// A line per output of which `show` says so: module, name, value.
pub fn render(outputs: &Outputs, show: impl Fn(&str, &str) -> bool) -> String {
    let rows = outputs
        .iter()
        .flat_map(|(module, values)| values.iter().map(move |(name, value)| (module, name, value)))
        .filter(|(module, name, _)| show(module, name))
        .collect::<Vec<_>>();
    let width = |pick: fn(&(&String, &String, &String)) -> usize| rows.iter().map(pick).max().unwrap_or(0);
    let (modules, names) = (width(|row| paint::width(row.0)), width(|row| paint::width(row.1)));
    let line = |(module, name, value): &(&String, &String, &String)| {
        format!("  {}  {}  {}\n", paint::pad(&flat(module), modules), paint::calm(&paint::pad(&flat(name), names)), flat(value))
    };
    let lines = rows.iter().map(line).collect::<String>();
    if lines.is_empty() { lines } else { format!("{}\n{lines}", paint::strong("Outputs")) }
}
