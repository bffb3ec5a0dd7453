//! Pages that stand alone: they load nothing and run nothing, and are light or dark as their reader is.

pub(super) mod chart;

const STYLE: &str = include_str!("style.css");

/// Returns a page of some sections, with a style beside that of all pages.
pub(super) fn page(title: &str, style: &str, sections: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n<main>\n{sections}</main>\n</body>\n</html>\n"
    )
}

pub(super) fn header(title: &str, below: &[&str]) -> String {
    let below = below.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>");
    format!("<header><h1>{}</h1><p>{below}</p></header>\n", escape(title))
}

/// Some amounts with their labels, of which the first stands out.
pub(super) fn figures(all: &[(String, &str)]) -> String {
    let one = |(amount, label): &(String, &str)| format!("<div><b>{}</b><span>{}</span></div>", escape(amount), escape(label));
    format!("<div class=\"figures\">{}</div>\n", all.iter().map(one).collect::<String>())
}

pub(super) fn note(text: &str) -> String {
    format!("<p class=\"note\">{}</p>\n", escape(text))
}

/// Text as HTML shows it, in an element or in a quoted attribute.
pub(super) fn escape(text: &str) -> String {
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
