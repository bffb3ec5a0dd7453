//! Costs as one page that stands alone: bars by service and by module, and every line below them. It loads nothing and runs nothing.

mod bars;
mod section;
mod sides;
mod together;

pub use sides::compare_html;

use super::View;
use crate::core::bill::Cost;

const STYLE: &str = include_str!("style.css");

/// Returns a page with a section for each cost.
pub fn html(costs: &[(&Cost, &View)]) -> String {
    let title = costs.iter().map(|(_, view)| view.title.as_str()).collect::<Vec<_>>().join(", ");
    page(&title, &costs.iter().map(|(cost, view)| section::section(cost, view)).collect::<String>())
}

fn page(title: &str, sections: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}: cost a month</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{sections}</main>\n</body>\n</html>\n"
    )
}

fn header(title: &str, below: &[&str]) -> String {
    let below = below.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>");
    format!("<header><h1>{}</h1><p>{below}</p></header>\n", escape(title))
}

/// Some amounts with their labels, of which the first stands out.
fn figures(all: &[(String, &str)]) -> String {
    let one = |(amount, label): &(String, &str)| format!("<div><b>{}</b><span>{}</span></div>", escape(amount), escape(label));
    format!("<div class=\"figures\">{}</div>\n", all.iter().map(one).collect::<String>())
}

fn note(text: &str) -> String {
    format!("<p class=\"note\">{}</p>\n", escape(text))
}

/// Text as HTML shows it, in an element or in a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    escaped
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
        };
        let page = html(&[(&cost, &View { title: evil.into(), ..View::default() })]);
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
    }
}
