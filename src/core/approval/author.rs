//! The author of a plan: names that it says of whoever made it. A name is no proof, and so it only ever takes an approval away.

use serde::{Deserialize, Serialize};

/// Whoever made a plan, by their own account and by AWS's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// As they call themselves: `--author`, or the user of the machine.
    pub name: String,
    /// The ARN that AWS knew their credentials by; empty where AWS was not asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub arn: String,
}

impl Author {
    /// True when a principal is one of these names: the same, or the same before an `@`; of an ARN its last part, which for a role
    /// that somebody signed in to is their own name.
    pub fn is(&self, principal: &str) -> bool {
        let last = self.arn.rsplit(['/', ':']).next().unwrap_or_default();
        [self.name.as_str(), last].into_iter().filter(|name| !name.is_empty()).any(|name| is_same(name, principal))
    }
}

fn is_same(name: &str, principal: &str) -> bool {
    let local = |text: &str| text.split('@').next().unwrap_or_default().to_ascii_lowercase();
    match (name.contains('@'), principal.contains('@')) {
        (true, true) => name.eq_ignore_ascii_case(principal),
        _ => local(name) == local(principal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_is_known_by_any_of_their_names() {
        let arn = "arn:aws:sts::123456789012:assumed-role/Admin/bert@example.com";
        let author = Author { name: "anna".into(), arn: arn.into() };
        for (principal, is) in [
            ("anna", true),
            ("Anna@example.com", true),
            ("bert@example.com", true),
            ("bert", true),
            ("bert@elsewhere.org", false),
            ("annabel", false),
            ("carl@example.com", false),
        ] {
            assert_eq!(author.is(principal), is, "{principal}");
        }
        assert!(!Author::default().is("") && !Author::default().is("anna"));
    }
}
