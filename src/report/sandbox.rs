//! The contents of the embedded AWS.

use super::paint;

/// `tables` are `region/service.noun` and how many there are; `under_way` counts changes that time will complete.
pub fn render(place: &str, account: &str, tables: &[(String, usize)], under_way: usize) -> String {
    let width = tables.iter().map(|(table, _)| table.len()).max().unwrap_or(0);
    let lines = tables.iter().map(|(table, count)| format!("  {}  {count:>5}\n", paint::pad(table, width))).collect::<String>();
    let total = tables.iter().map(|(_, count)| count).sum::<usize>();
    let under_way = if under_way == 0 { String::new() } else { format!(", {under_way} still changing") };
    format!("embedded AWS in {place}, account {account}: {}{under_way}\n{lines}", paint::count(total, "resource"))
}
