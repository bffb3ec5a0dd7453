//! Tables: names to the left and amounts to the right. An amount is never broken; what is too wide for the terminal otherwise is.

use super::paint;
use comfy_table::{CellAlignment, presets};

/// Rows below a head, and sums below the rows.
pub struct Table<const N: usize> {
    /// A column may go without a head; it is one for remarks.
    pub head: [String; N],
    /// Colour may stand in the last column alone: it takes no room on a terminal, and would be counted as if it did.
    pub rows: Vec<[String; N]>,
    pub sums: Vec<[String; N]>,
    /// The columns of amounts, counted from 0.
    pub right: &'static [usize],
}

type Style = fn(&str) -> String;

/// Columns between two cells.
const GAP: usize = 2;
/// No name is broken into pieces that are narrower than this, as long as remarks can stand elsewhere.
const READABLE: usize = 24;
/// No name is broken into pieces that are narrower than this.
const LEAST: usize = 12;

impl<const N: usize> Table<N> {
    /// Returns it for a terminal of so many columns, its head and its sums in their own styles. Where it is too wide, long names are
    /// broken and heads cut; then remarks go below their rows; and at last each cell has a line of its own.
    pub fn text(mut self, columns: usize, head: Style, sums: Style) -> String {
        if let Some(widths) = self.fitting(columns, READABLE).or_else(|| self.fitting(columns, LEAST).filter(|_| !self.has_remarks())) {
            return self.laid_out(&widths, columns, &[], head, sums);
        }
        if self.has_remarks() {
            let remarks = self.rows.iter_mut().chain(&mut self.sums).map(|row| row.last_mut().map(std::mem::take).unwrap_or_default());
            let remarks = remarks.collect::<Vec<_>>();
            if let Some(widths) = self.fitting(columns, LEAST) {
                return self.laid_out(&widths, columns, &remarks, head, sums);
            }
            return self.one_by_one(columns, &remarks, head, sums);
        }
        self.one_by_one(columns, &[], head, sums)
    }

    fn has_remarks(&self) -> bool {
        self.head.last().is_some_and(String::is_empty) && !self.right.contains(&(N - 1))
    }

    fn all(&self) -> impl Iterator<Item = &[String; N]> {
        [&self.head].into_iter().chain(&self.rows).chain(&self.sums)
    }

    /// Returns the widths of all columns if names need not be narrower than `least`. Heads of amounts need not be wider than these.
    fn fitting(&self, columns: usize, least: usize) -> Option<[usize; N]> {
        let widest = |at: usize, rows: usize| self.all().skip(rows).map(|row| paint::width(&row[at])).max().unwrap_or(0);
        let mut widths: [usize; N] = std::array::from_fn(|at| widest(at, 0));
        let least: [usize; N] = std::array::from_fn(|at| if self.right.contains(&at) { widest(at, 1).max(LEAST) } else { least });
        // A last column that is empty ends a line before its gap.
        let after = if widths.last() == Some(&0) { 2 * GAP } else { GAP };
        while widths.iter().map(|width| width + GAP).sum::<usize>() > columns + after {
            let (width, _) = widths.iter_mut().zip(least).filter(|(width, least)| **width > *least).max_by_key(|(width, _)| **width)?;
            *width -= 1;
        }
        Some(widths)
    }

    /// Returns each row with its remark beside it where there is room, else below.
    fn laid_out(self, widths: &[usize; N], columns: usize, remarks: &[String], head: Style, sums: Style) -> String {
        let taken = widths[..N - 1].iter().map(|width| width + GAP).sum::<usize>();
        let (rows, right) = (self.rows.len(), self.right);
        let broken = |row: [String; N]| {
            let mut at = 0;
            row.map(|cell| {
                at += 1;
                if right.contains(&(at - 1)) { paint::middle(&cell, widths[at - 1]) } else { paint::broken(&cell, widths[at - 1]) }
            })
        };
        let all = [self.head].into_iter().chain(self.rows).chain(self.sums).map(broken).collect::<Vec<_>>();
        let heights = all.iter().map(|row| row.iter().map(|cell| cell.lines().count().max(1)).max().unwrap_or(1)).collect::<Vec<_>>();
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).add_rows(all);
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            column.set_cell_alignment(if right.contains(&at) { CellAlignment::Right } else { CellAlignment::Left });
        }
        let mut lines = table.lines();
        let mut text = String::new();
        for (at, height) in heights.into_iter().enumerate() {
            let remark = at.checked_sub(1).and_then(|at| remarks.get(at)).map_or("", String::as_str);
            let beside = taken + paint::width(remark) <= columns;
            for (nth, line) in lines.by_ref().take(height).enumerate() {
                let line = line.trim_end();
                text += &match at {
                    0 => head(line),
                    at if at <= rows => line.to_owned(),
                    _ => sums(line),
                };
                if nth == 0 && beside && !remark.is_empty() {
                    text += &format!("{}{remark}", " ".repeat(taken - paint::width(line)));
                }
                text.push('\n');
            }
            if !beside {
                text += &below(remark, columns);
            }
        }
        text
    }

    /// Returns each row as a line of its name, and below it a line of each other cell.
    fn one_by_one(&self, columns: usize, remarks: &[String], head: Style, sums: Style) -> String {
        let title = |name: &str, style: Style| style(&paint::broken(name, columns)) + "\n";
        let mut text = title(&self.head[0], head);
        for (at, row) in self.rows.iter().chain(&self.sums).enumerate() {
            text += &title(&row[0], if at < self.rows.len() { str::to_owned } else { sums });
            for (name, cell) in self.head.iter().zip(row).skip(1).filter(|(_, cell)| !cell.is_empty()) {
                let said = if name.is_empty() { cell.clone() } else { format!("{name}: {cell}") };
                text += &below(&said, columns);
            }
            text += &remarks.get(at).map(|remark| below(remark, columns)).unwrap_or_default();
        }
        text
    }

    /// Returns it as Markdown. Its cells are as `cell` makes them.
    // The library's own preset pads every cell to the widest, and does not say which columns stand to the right.
    pub fn markdown(&self) -> String {
        let line = |row: &[String; N]| format!("| {} |\n", row.join(" | "));
        let marks = (0..N).map(|at| if self.right.contains(&at) { "--:|" } else { "---|" }).collect::<String>();
        let rows = self.rows.iter().chain(&self.sums).map(line).collect::<String>();
        format!("{}|{marks}\n{rows}", line(&self.head))
    }
}

/// A remark on lines of its own, below what it is about.
fn below(text: &str, columns: usize) -> String {
    if text.is_empty() { String::new() } else { format!("    {}\n", paint::wrap(text, columns, 6)) }
}

/// Text that cannot end a cell of Markdown or begin markup of its own.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn columns_are_as_wide_as_a_terminal_shows_them() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = vec![row(["日本", "$1.00", ""]), row([&"long".repeat(40), "$1,000.00", &paint::bad("off")])];
        let table = Table { head: row(["name", "a month", ""]), rows, sums: vec![row(["all", "$1,001.00", ""])], right: &[1] };
        let text = anstream::adapter::strip_str(&table.text(200, paint::calm, paint::strong)).to_string();
        let (long, gap) = ("long".repeat(40), |columns: usize| " ".repeat(columns));
        let want = [
            format!("name{}    a month", gap(156)),
            format!("日本{}      $1.00", gap(156)),
            format!("{long}  $1,000.00  off"),
            format!("all{}  $1,001.00", gap(157)),
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), want);
    }

    #[test]
    fn nothing_is_wider_than_the_terminal_and_no_amount_is_broken() {
        let shown = |columns: usize, name: &str, amount: &str, remark: &str| {
            let row = |cells: [&str; 4]| cells.map(str::to_owned);
            let (rows, sums) = (vec![row([name, amount, amount, remark]), row(["b", "$1", "$2", ""])], vec![row(["all", "$3", "$4", ""])]);
            let table = Table { head: row(["name", "one", "other", ""]), rows, sums, right: &[1, 2] };
            let text = anstream::adapter::strip_str(&table.text(columns, paint::calm, paint::strong)).to_string();
            assert!(text.lines().all(|line| paint::width(line) <= columns), "{columns}: {text}");
            text
        };
        let (name, remark) = ("service.public-api.load-balancer", "2 → 3 unpriced lines, at most +$13.98");
        expect![[r#"
            name                               one  other
            service.public-api.load-balancer  $1 k   $1 k  2 → 3 unpriced lines, at most
                                                             +$13.98
            b                                   $1     $2
            all                                 $3     $4
        "#]]
        .assert_eq(&shown(80, name, "$1 k", remark));
        expect![[r#"
            name                       one  other
            service.public-api.load-  $1 k   $1 k
              balancer
                2 → 3 unpriced lines, at most
                  +$13.98
            b                           $1     $2
            all                         $3     $4
        "#]]
        .assert_eq(&shown(40, name, "$1 k", remark));
        expect![[r#"
            name
            service.public-api.load-
              balancer
                one: 123,456.00 JPY
                other: 123,456.00 JPY
                2 → 3 unpriced lines,
                  at most +$13.98
            b
                one: $1
                other: $2
            all
                one: $3
                other: $4
        "#]]
        .assert_eq(&shown(30, name, "123,456.00 JPY", remark));
        let heads = ["resource", "a-stack-of-a-long-name/production", "a-stack-of-a-long-name/staging"].map(str::to_owned);
        let rows = vec![["database.main".to_owned(), "$14.38".to_owned(), "$1.00".to_owned()]];
        let text = Table { head: heads, rows, sums: Vec::new(), right: &[1, 2] }.text(48, str::to_owned, str::to_owned);
        expect![[r#"
            resource       a-stack-…duction  a-stack…staging
            database.main            $14.38            $1.00
        "#]]
        .assert_eq(&text);
        for columns in 28..120 {
            let text = shown(columns, &"日本-long.".repeat(12), "$1,234.00 + ?", &paint::bad(remark));
            assert!(text.matches("$1,234.00 + ?").count() == 2, "{text}");
        }
    }
}
