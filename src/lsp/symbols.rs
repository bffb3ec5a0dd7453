//! The tables and keys of a text, for outlines, breadcrumbs and jumps.

use super::outline::{Pair, Table, Value};
use super::page::Page;
use std::ops::Range;

/// Tables stand in each other no deeper than this.
const DEEPEST: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    pub name: String,
    pub is_table: bool,
    pub range: Range<usize>,
    /// The part of it that is its name.
    pub selection: Range<usize>,
    pub inner: Vec<Symbol>,
}

/// Returns a table below the last one whose keys its own begin with: `[service.api.health]` in `[service.api]`.
pub fn symbols(page: &Page) -> Vec<Symbol> {
    let mut found = Vec::new();
    let mut open: Vec<(Vec<String>, Symbol)> = Vec::new();
    for table in &page.outline.tables {
        let Some(symbol) = of_table(table) else {
            found.extend(table.pairs.iter().filter_map(of_pair));
            continue;
        };
        let keys = table.header.iter().flat_map(|header| &header.keys).map(|key| key.name.clone()).collect::<Vec<_>>();
        while open.last().is_some_and(|(above, _)| !(keys.starts_with(above) && keys.len() > above.len())) || open.len() >= DEEPEST {
            close(&mut open, &mut found);
        }
        open.push((keys, symbol));
    }
    while !open.is_empty() {
        close(&mut open, &mut found);
    }
    found
}

fn close(open: &mut Vec<(Vec<String>, Symbol)>, found: &mut Vec<Symbol>) {
    let Some((_, symbol)) = open.pop() else { return };
    match open.last_mut() {
        Some((_, above)) => {
            above.range.end = above.range.end.max(symbol.range.end);
            above.inner.push(symbol);
        }
        None => found.push(symbol),
    }
}

fn of_table(table: &Table) -> Option<Symbol> {
    let header = table.header.as_ref()?;
    let (first, last) = (header.keys.first()?, header.keys.last()?);
    let name = header.keys.iter().map(|key| super::complete::quoted_key(&key.name)).collect::<Vec<_>>().join(".");
    let inner = table.pairs.iter().filter_map(of_pair).collect::<Vec<_>>();
    let end = table.pairs.last().map_or(header.span.end, |pair| pair.span.end);
    Some(Symbol { name, is_table: true, range: header.span.start..end, selection: first.span.start..last.span.end, inner })
}

fn of_pair(pair: &Pair) -> Option<Symbol> {
    let (first, last) = (pair.keys.first()?, pair.keys.last()?);
    let name = pair.keys.iter().map(|key| super::complete::quoted_key(&key.name)).collect::<Vec<_>>().join(".");
    let is_table = matches!(pair.value, Some(Value::Table { .. }));
    Some(Symbol { name, is_table, range: pair.span.clone(), selection: first.span.start..last.span.end, inner: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_lie_in_the_tables_before_them() {
        let text = "a = 1\n[service.api]\nport = 80 # x\n[service.api.health]\npath = \"/\"\n[service.\"b c\"]\nx = { y = 1 }\n[[moved]]\nfrom = \"";
        let told = |symbols: &[Symbol]| {
            fn tell(symbols: &[Symbol], depth: usize, text: &str, out: &mut Vec<String>) {
                for one in symbols {
                    assert!(one.range.start <= one.selection.start && one.selection.end <= one.range.end, "{one:?}");
                    assert!(one.inner.iter().all(|inner| one.range.start <= inner.range.start && inner.range.end <= one.range.end));
                    out.push(format!("{}{} {:?}", "  ".repeat(depth), one.name, &text[one.selection.clone()]));
                    tell(&one.inner, depth + 1, text, out);
                }
            }
            let mut out = Vec::new();
            tell(symbols, 0, text, &mut out);
            out
        };
        assert_eq!(
            told(&symbols(&Page::new(text))),
            [
                "a \"a\"",
                "service.api \"service.api\"",
                "  port \"port\"",
                "  service.api.health \"service.api.health\"",
                "    path \"path\"",
                "service.\"b c\" \"service.\\\"b c\\\"\"",
                "  x \"x\"",
                "moved \"moved\"",
                "  from \"from\"",
            ]
        );
    }
}
