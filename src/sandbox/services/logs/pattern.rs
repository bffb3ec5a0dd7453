//! Filter patterns: words, phrases, `?` and `-`, and selectors over JSON messages.

use crate::services::members::matches;
use crate::world::Fault;
use serde_json::Value;

/// A filter pattern, parsed.
#[derive(Debug, PartialEq)]
pub enum Pattern {
    Terms {
        all: Vec<String>,
        any: Vec<String>,
        none: Vec<String>,
    },
    /// Any of these groups of comparisons, every one of a group.
    Json(Vec<Vec<Comparison>>),
}

#[derive(Debug, PartialEq)]
pub struct Comparison {
    path: Vec<String>,
    operator: String,
    operand: String,
}

const OPERATORS: [&str; 6] = ["!=", "<=", ">=", "=", "<", ">"];

impl Pattern {
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if let Some(selector) = text.strip_prefix('{') {
            let selector = selector.strip_suffix('}').ok_or_else(|| invalid(text))?;
            let groups =
                selector.split("||").map(|group| group.split("&&").map(|one| comparison(one).ok_or_else(|| invalid(text))).collect());
            return Ok(Pattern::Json(groups.collect::<Result<_, _>>()?));
        }
        let (mut all, mut any, mut none) = (Vec::new(), Vec::new(), Vec::new());
        for (sign, word) in words(text).ok_or_else(|| invalid(text))? {
            match sign {
                Some('?') => any.push(word),
                Some('-') => none.push(word),
                _ => all.push(word),
            }
        }
        Ok(Pattern::Terms { all, any, none })
    }

    pub fn matches(&self, message: &str) -> bool {
        match self {
            Pattern::Terms { all, any, none } => {
                all.iter().all(|word| message.contains(word.as_str()))
                    && (any.is_empty() || any.iter().any(|word| message.contains(word.as_str())))
                    && !none.iter().any(|word| message.contains(word.as_str()))
            }
            Pattern::Json(groups) => {
                let Ok(message) = serde_json::from_str::<Value>(message) else { return false };
                groups.iter().any(|group| group.iter().all(|comparison| comparison.holds(&message)))
            }
        }
    }
}

fn invalid(text: &str) -> Fault {
    Fault::new("InvalidParameterException", format!("Invalid filter pattern: {text}"))
}

/// The words of a pattern with the sign before each; a phrase in quotes is one word.
fn words(text: &str) -> Option<Vec<(Option<char>, String)>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let sign = rest.chars().next().filter(|first| ['?', '-'].contains(first));
        rest = if sign.is_some() { &rest[1..] } else { rest };
        let word = match rest.strip_prefix('"') {
            Some(phrase) => {
                let (word, after) = phrase.split_once('"')?;
                rest = after;
                word
            }
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                rest = after;
                word
            }
        };
        found.push((sign, word.to_owned()));
        rest = rest.trim_start();
    }
    Some(found)
}

fn comparison(text: &str) -> Option<Comparison> {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')').strip_prefix("$.")?;
    let (at, operator) = OPERATORS
        .iter()
        .filter_map(|operator| text.find(operator).map(|at| (at, *operator)))
        .min_by_key(|(at, operator)| (*at, std::cmp::Reverse(operator.len())))?;
    let path = text[..at].trim().split('.').map(String::from).collect();
    let operand = text[at + operator.len()..].trim().trim_matches('"').to_owned();
    Some(Comparison { path, operator: operator.to_owned(), operand })
}

impl Comparison {
    fn holds(&self, message: &Value) -> bool {
        let Some(value) = self.path.iter().try_fold(message, |value, name| value.get(name)) else { return false };
        let shown = value.as_str().map_or_else(|| value.to_string(), String::from);
        let numbers = value.as_f64().zip(self.operand.parse::<f64>().ok());
        match (self.operator.as_str(), numbers) {
            ("=", Some((have, want))) => have == want,
            ("!=", Some((have, want))) => have != want,
            ("<", Some((have, want))) => have < want,
            (">", Some((have, want))) => have > want,
            ("<=", Some((have, want))) => have <= want,
            (">=", Some((have, want))) => have >= want,
            ("=", None) => matches(&self.operand, &shown),
            ("!=", None) => !matches(&self.operand, &shown),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(pattern: &str, message: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(message)
    }

    #[test]
    fn patterns_match_as_the_console_does() {
        assert!(hit("", "anything"));
        assert!(hit("ERROR \"not found\"", "ERROR: page not found") && !hit("ERROR missing", "ERROR: page not found"));
        assert!(hit("?WARN ?ERROR", "an ERROR") && !hit("?WARN ?ERROR", "fine"));
        assert!(!hit("ERROR -expected", "expected ERROR"));
        assert!(hit("{ $.level = \"err*\" && $.status >= 500 }", r#"{"level":"error","status":503}"#));
        assert!(!hit("{ $.status >= 500 }", "status 503"));
        assert!(Pattern::parse("{ $.level").is_err());
    }
}
