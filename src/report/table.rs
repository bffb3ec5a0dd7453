//! Tables: as wide as their widest cells, names to the left and amounts to the right, never broken.

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

impl<const N: usize> Table<N> {
    /// Returns it for a terminal, its head and its sums in their own styles.
    pub fn text(self, head: fn(&str) -> String, sums: fn(&str) -> String) -> String {
        let below = 1 + self.rows.len();
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(self.head).add_rows(self.rows).add_rows(self.sums);
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            column.set_cell_alignment(if self.right.contains(&at) { CellAlignment::Right } else { CellAlignment::Left });
        }
        let style = |(at, line): (usize, String)| match at {
            0 => head(line.trim_end()) + "\n",
            at if at < below => line.trim_end().to_owned() + "\n",
            _ => sums(line.trim_end()) + "\n",
        };
        table.lines().enumerate().map(style).collect()
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

/// Text that cannot end a cell of Markdown or begin markup of its own.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::paint;

    #[test]
    fn columns_are_as_wide_as_a_terminal_shows_them() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = vec![row(["日本", "$1.00", ""]), row([&"long".repeat(40), "$1,000.00", &paint::bad("off")])];
        let table = Table { head: row(["name", "a month", ""]), rows, sums: vec![row(["all", "$1,001.00", ""])], right: &[1] };
        let text = anstream::adapter::strip_str(&table.text(paint::calm, paint::strong)).to_string();
        let (long, gap) = ("long".repeat(40), |columns: usize| " ".repeat(columns));
        let want = [
            format!("name{}    a month", gap(156)),
            format!("日本{}      $1.00", gap(156)),
            format!("{long}  $1,000.00  off"),
            format!("all{}  $1,001.00", gap(157)),
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), want);
    }
}
