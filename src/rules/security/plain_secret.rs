//! SEC203: a secret stands in plain text in the environment of a container.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::task_definition::TaskDefinition;
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC203",
        level: Level::Warning,
        category: Category::Security,
        about: "An environment variable holds what looks like a secret, in plain text.",
        why: "Whoever may read the stack file, the plan or the task definition can read it, and it cannot be rotated.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [service.api]
        image = "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
        port = 80
        [service.api.environment]
        DATABASE_PASSWORD = "hunter2"
    "#,
                r#"
        [network]
        [service.api]
        image = "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
        port = 80
        [service.api.environment]
        DATABASE_URL = "postgresql://app:hunter2@db.example.com/app"
    "#,
            ],
            right: &[r#"
        [network]
        [service.api]
        image = "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
        port = 80
        [service.api.environment]
        DATABASE_PASSWORD = { secret = "database" }
        RESET_PASSWORD = "enabled"
        [secrets.database]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let tasks = view.all::<TaskDefinition>().flat_map(|(seen, spec)| {
        let variables = spec.containers.iter().flat_map(|container| &container.environment);
        let plain = variables.filter(|(name, value)| is_secret(name, value));
        plain.map(|(name, _)| {
            // Several containers stand in another order than in the file.
            let field = if spec.containers.len() == 1 { format!("containers.0.environment.{name}") } else { "containers".into() };
            let finding = seen.finding(field, format!("`{name}` looks like a secret and stands in plain text"));
            finding.help(format!("write `{name} = {{ secret = \"NAME\" }}` and keep the value in `[secrets.NAME]`"))
        })
    });
    tasks.collect()
}

/// The words that name a secret, as parts of a name.
const WORDS: [&[&str]; 15] = [
    &["PASSWORD"],
    &["PASSWD"],
    &["PASSPHRASE"],
    &["PWD"],
    &["SECRET"],
    &["TOKEN"],
    &["CREDENTIAL"],
    &["CREDENTIALS"],
    &["API", "KEY"],
    &["APIKEY"],
    &["PRIVATE", "KEY"],
    &["ACCESS", "KEY"],
    &["SIGNING", "KEY"],
    &["ENCRYPTION", "KEY"],
    &["MASTER", "KEY"],
];

/// The values that turn something on or off, or say how it is done. None of them is a secret.
#[rustfmt::skip]
const SWITCHES: [&str; 24] = [
    "true", "false", "yes", "no", "on", "off", "enable", "enabled", "disable", "disabled", "required", "optional", "none", "null", "auto",
    "default", "always", "never", "strict", "lax", "basic", "bearer", "plain", "env",
];

/// The beginnings of tokens and keys that their makers give them so that they are found.
#[rustfmt::skip]
const PREFIXES: [&str; 24] = [
    "sk_live_", "sk_test_", "rk_live_", "whsec_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xoxb-", "xoxp-",
    "xoxa-", "xapp-", "AIza", "SG.", "npm_", "pypi-", "shpat_", "dop_v1_", "sk-ant-", "sk-proj-", "hvs.",
];

fn is_secret(name: &str, value: &str) -> bool {
    if has_password(value) {
        return true;
    }
    if is_symbolic(value) {
        return false;
    }
    let known = PREFIXES.iter().any(|prefix| value.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 12));
    if known || (value.contains("-----BEGIN ") && value.contains("PRIVATE KEY-----")) {
        return true;
    }
    let name = name.to_ascii_uppercase();
    let parts = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect::<Vec<_>>();
    // A name ends in the word for its value: DB_PASSWORD. Inside, the word says what the value is about: TOKEN_ISSUER, SECRET_KEY_BASE.
    if WORDS.iter().any(|word| parts.ends_with(word)) {
        return !is_harmless(value);
    }
    let about = WORDS.iter().any(|word| parts.windows(word.len()).any(|parts| parts == *word)) || parts.last() == Some(&"KEY");
    about && is_random(value)
}

/// True for a switch, a number or duration, a path, an address of the web or of AWS.
fn is_harmless(value: &str) -> bool {
    let word = value.to_ascii_lowercase();
    let amount = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
    value.is_empty()
        || SWITCHES.contains(&word.as_str())
        // A password of digits alone is longer than a switch, a count or seconds.
        || (amount.len() < word.len() && word.len() <= 5 && ["", "s", "m", "h", "d", "ms"].contains(&amount))
        || value.starts_with(['/', '.'])
        || value.starts_with("arn:")
        || value.contains("://")
}

/// True for a URL with a password in it that stands there as it is.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let password = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
    password.is_some_and(|password| !password.is_empty() && !is_symbolic(password) && !password.contains([' ', '{', '<']))
}

/// True for text that nobody would remember: long, of letters and digits, and hardly any of them more often than others.
fn is_random(value: &str) -> bool {
    let plain = value.chars().all(|letter| letter.is_ascii_alphanumeric() || "+/=_-.".contains(letter));
    let mixed = value.contains(|letter: char| letter.is_ascii_digit()) && value.contains(|letter: char| letter.is_ascii_alphabetic());
    value.len() >= 16 && plain && mixed && !is_harmless(value) && entropy(value) >= 3.0
}

/// Shannon's entropy, in bits a letter.
fn entropy(text: &str) -> f64 {
    let mut counts = BTreeMap::<char, f64>::new();
    text.chars().for_each(|letter| *counts.entry(letter).or_default() += 1.0);
    let all = counts.values().sum::<f64>();
    counts.values().map(|count| -(count / all) * (count / all).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn values_tell_secrets_from_switches() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("DATABASE_URL", "postgresql://app:hunter2@db.example.com/app"),
            ("DATABASE_URL", "postgresql://app:hunter2@${database.main.host}/app"),
            ("REDIS", "rediss://:p4ss@cache.example.com:6379"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("SECRET_KEY_BASE", "0123456789abcdef0123456789abcdef"),
            ("JWT_SECRET_KEY", "0123456789abcdef0123456789abcdef"),
            ("STRIPE_KEY", "sk_live_0123456789abcdef"),
            ("HOOK", "whsec_0123456789abcdef"),
            ("db-password", "correct horse battery staple"),
            ("TLS", "-----BEGIN RSA PRIVATE KEY-----\nabc"),
            ("API_KEY", "123456789"),
        ] {
            assert!(is_secret(name, value), "{name} = {value}");
        }
        for (name, value) in [
            ("RESET_PASSWORD", "enabled"),
            ("REQUIRE_TOKEN", "true"),
            ("CSRF_TOKEN", "strict"),
            ("USE_API_KEY", "1"),
            ("ACCESS_TOKEN", "3600s"),
            ("TOKEN_ISSUER", "https://auth.example.com"),
            ("TOKEN_TTL", "86400"),
            ("SECRET_NAME", "shop-production-jwt"),
            ("PASSWORD", "/run/secrets/password"),
            ("DB_PASSWORD", ""),
            ("DB_PASSWORD", "${database.main.secret}"),
            ("DATABASE_URL", "postgresql://app@db.example.com/app"),
            ("DATABASE_URL", "postgresql://app:${resource.x.value}@db.example.com/app"),
            ("HOME_PAGE", "https://example.com:8080/@team"),
            ("GIT_SHA", "0123456789abcdef0123456789abcdef01234567"),
            ("MONKEY", "0123456789abcdef0123456789abcdef"),
            ("KEYBOARD", "us"),
        ] {
            assert!(!is_secret(name, value), "{name} = {value}");
        }
    }
}
