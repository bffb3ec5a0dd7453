//! The comment on a pull or merge request: a mark by which it is found again, and plans below each other.

use super::markdown::{code, fit};

/// A plan's Markdown by the name that people know it by; none where there was none to be had.
#[derive(Debug, Clone)]
pub struct Section {
    pub name: String,
    pub text: Option<String>,
}

/// Returns the mark of a comment, which its reader does not see.
pub fn mark(name: &str) -> String {
    format!("<!-- trueup {name} -->")
}

/// Returns the whole comment, of so many bytes at most. Each of several plans has its share of the room, and what a short one leaves.
pub fn body(name: &str, sections: &[Section], link: Option<&str>, most: usize) -> String {
    let head = format!("{}\n", mark(name));
    let foot = link.map(|link| format!("\n<sub>[The job that planned this]({link})</sub>\n")).unwrap_or_default();
    let texts = sections.iter().map(|section| match &section.text {
        Some(text) if !text.trim().is_empty() => text.trim().to_owned() + "\n",
        _ => format!("### {}\n\n**No plan was made.** The log of its job says why.\n", code(&section.name)),
    });
    let mut texts = texts.collect::<Vec<_>>();
    let mut room = most.saturating_sub(head.len() + foot.len() + 2 * texts.len());
    // The shortest first: what it leaves is there for the others.
    let mut order = (0..texts.len()).collect::<Vec<_>>();
    order.sort_by_key(|at| texts[*at].len());
    for (taken, at) in order.iter().enumerate() {
        texts[*at] = fit(&texts[*at], room / (order.len() - taken));
        room = room.saturating_sub(texts[*at].len());
    }
    head + &texts.join("\n") + &foot
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(name: &str, lines: usize) -> Section {
        let text = Some("a line of a plan\n".repeat(lines)).filter(|_| lines > 0);
        Section { name: name.into(), text }
    }

    #[test]
    fn plans_share_the_room_of_a_comment() {
        let whole = body("shop", &[section("staging", 3), section("production", 0)], Some("https://ci.example.com/1"), 65_536);
        assert!(whole.starts_with("<!-- trueup shop -->\na line"), "{whole}");
        assert!(
            whole.contains("### `production`\n\n**No plan was made.**") && whole.ends_with("(https://ci.example.com/1)</sub>\n"),
            "{whole}"
        );
        let sections = [section("staging", 10), section("production", 10_000), section("other", 10_000)];
        let cut = body("shop", &sections, None, 65_536);
        assert!(cut.len() <= 65_536 && cut.len() > 65_000, "{}", cut.len());
        assert_eq!(cut.matches("Cut here").count(), 2);
    }
}
