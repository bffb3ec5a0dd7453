//! The statement of an approval: a text of ten lines whose bytes are signed. It is read as it is written, or not at all, so that no
//! two texts say the same.

use super::super::identity::Scope;
use jiff::Timestamp;
use std::fmt;

/// The namespace of signatures under statements: one that was made for anything else, such as a commit, is none here.
pub const NAMESPACE: &str = "trueup-plan@v1";

/// The words of one person about one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The digest of the plan's bytes.
    pub plan: String,
    pub scope: Scope,
    /// The person who approves, as the file of signers calls them.
    pub principal: String,
    pub made: Timestamp,
    pub expires: Timestamp,
    /// 32 hexadecimal digits that no other approval has: it is used once.
    pub id: String,
}

/// Writes its ten lines, each with its line break.
impl fmt::Display for Statement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Statement { plan, scope: Scope { stack, env, account, region }, principal, made, expires, id } = self;
        write!(out, "{HEAD}\nplan {plan}\nstack {stack}\nenvironment {env}\naccount {account}\nregion {region}\n")?;
        write!(out, "principal {principal}\nmade {made}\nexpires {expires}\nid {id}\n")
    }
}

/// The first line of every statement.
pub const HEAD: &str = "trueup approval 1";

impl Statement {
    /// Reads a statement; the error says what is not as it is written.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut lines = text.split('\n');
        match lines.next() {
            Some(HEAD) => {}
            Some(other) if other.starts_with("trueup approval ") => return Err("it is of another version of trueup".into()),
            _ => return Err(format!("its first line is not `{HEAD}`")),
        }
        let mut next = |name: &str| {
            let line = lines.next().unwrap_or_default();
            let value = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
            value.map(str::to_owned).ok_or_else(|| format!("it has no line `{name}` in its place"))
        };
        let time = |name: &str, text: String| text.parse::<Timestamp>().map_err(|_| format!("its `{name}` is no time in RFC 3339"));
        let plan = next("plan")?;
        let scope = Scope { stack: next("stack")?, env: next("environment")?, account: next("account")?, region: next("region")? };
        let principal = next("principal")?;
        let (made, expires) = (time("made", next("made")?)?, time("expires", next("expires")?)?);
        let id = next("id")?;
        let statement = Statement { plan, scope, principal, made, expires, id };
        if !is_hex(&statement.plan, 64) || !is_hex(&statement.id, 32) {
            return Err("its `plan` is no digest, or its `id` not 32 hexadecimal digits".into());
        }
        let Scope { stack, env, account, region } = &statement.scope;
        if ![&statement.principal, stack, env, account, region].into_iter().all(|word| is_principal(word)) {
            return Err("its `principal`, or the place that it is for, cannot be one".into());
        }
        // Whatever is added, or written in another way, was not meant by whoever made the form.
        if statement.to_string() == text { Ok(statement) } else { Err("it is not written as trueup writes it".into()) }
    }
}

/// True for what may be called a principal: one word without the letters that patterns and lists have a meaning for.
pub fn is_principal(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._@+-/:=".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(plain)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn statement() -> Statement {
        let scope = Scope { stack: "shop".into(), env: "prod".into(), account: "123456789012".into(), region: "us-east-1".into() };
        Statement {
            plan: "9f".repeat(32),
            scope,
            principal: "anna@example.com".into(),
            made: "2026-11-30T08:00:00Z".parse().unwrap(),
            expires: "2026-11-30T12:00:00Z".parse().unwrap(),
            id: "0123456789abcdef".repeat(2),
        }
    }

    #[test]
    fn a_statement_is_read_as_it_was_written_and_in_no_other_form() {
        let text = statement().to_string();
        assert_eq!(Statement::read(&text).unwrap(), statement());
        for (old, new) in [
            ("trueup approval 1", "trueup approval 2"),
            ("\n", "\r\n"),
            ("plan 9f", "plan 9F"),
            ("stack shop", "stack  shop"),
            ("08:00:00Z", "08:00:00.0Z"),
            ("08:00:00Z", "09:00:00+01:00"),
            ("anna@", "anna,bert@"),
            ("anna@", "*@"),
            ("id 0", "id ../"),
            ("account", "Account"),
            ("region us-east-1\n", ""),
        ] {
            assert!(Statement::read(&text.replacen(old, new, 1)).is_err(), "{old} {new}");
        }
        for more in ["\n", " ", "approved yes\n"] {
            assert!(Statement::read(&format!("{text}{more}")).is_err(), "{more}");
        }
        assert!(Statement::read(text.trim_end()).is_err() && Statement::read("").is_err());
    }
}
