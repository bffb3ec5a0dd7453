//! Costs as one page that stands alone: bars by service and by module, and every line below them. It loads nothing and runs nothing.

mod bars;
mod section;
mod sides;
mod together;

pub use sides::compare_html;

use super::View;
use crate::core::bill::Cost;
use crate::report::page::{escape, figures, header, note};

const STYLE: &str = include_str!("style.css");

/// Returns a page with a section for each cost.
pub fn html(costs: &[(&Cost, &View)]) -> String {
    let title = costs.iter().map(|(_, view)| view.title.as_str()).collect::<Vec<_>>().join(", ");
    page(&title, &costs.iter().map(|(cost, view)| section::section(cost, view)).collect::<String>())
}

fn page(title: &str, sections: &str) -> String {
    crate::report::page::page(&format!("{title}: cost a month"), STYLE, sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_file_becomes_markup() {
        let evil = "<script>\"'&";
        assert_eq!(escape(evil), "&lt;script&gt;&quot;&#39;&amp;");
        let cost = Cost {
            version: 1,
            region: evil.into(),
            today: "2026-11-21".into(),
            catalogue: evil.into(),
            generated: evil.into(),
            items: Vec::new(),
            commitments: Vec::new(),
        };
        let page = html(&[(&cost, &View { title: evil.into(), ..View::default() })]);
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
    }
}
