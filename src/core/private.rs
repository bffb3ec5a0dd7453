//! Values that nobody is shown: those that look like secrets, and those of keys that hold them.

use super::reference::is_symbolic;
use super::suggest::nearest;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// Keys whose values are secrets where they stand in a file, headers of requests among them.
#[rustfmt::skip]
const KEYS: [&str; 12] = [
    "webhook", "webhooks", "slack", "token", "authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "apikey",
    "x-auth-token", "x-amz-security-token",
];

/// Keys below those that name the place of a secret, and keys whose value is the name of one.
const NAMES: [&str; 5] = ["secret", "env", "key", "password", "sns"];

/// The key of a table of variables.
const VARIABLES: &str = "environment";

/// True for a header that says who asks.
#[must_use]
pub fn is_private_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    KEYS[4..].contains(&name.as_str()) || has_word(&name)
}

/// True for a key of a file whose value is a secret, also where it was meant to be one.
#[must_use]
pub fn is_private_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    KEYS.contains(&name.as_str()) || name != "stack" && nearest(&name, KEYS[..4].iter().copied()).is_some()
}

/// Returns an address with its host alone where it says more: `https://example.com/****`.
#[must_use]
pub fn host_alone(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "****".into() };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if rest.trim_end_matches('/') == host { url.to_owned() } else { format!("{scheme}://{host}/****") }
}

/// Returns the name of a parameter of a path whose value looks like a secret.
#[must_use]
pub fn secret_in_query(path: &str) -> Option<&str> {
    let (_, query) = path.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(_, value)| !value.contains("{{")).find(|(name, value)| is_secret(name, value)).map(|(name, _)| name)
}

/// Stands in the place of a secret in whatever is kept or shown.
pub const MASK: &str = "****";

/// Returns a text of a file in which each secret is masked, of an address all but its host. Unlike what is [`veiled`] it does not tell how
/// long they are.
#[must_use]
pub fn masked(text: &str) -> String {
    let (mut masked, mut at) = (String::new(), 0);
    for range in hidden(text) {
        masked += &text[at..range.start];
        masked += &stand_in(&text[range.clone()]);
        at = range.end;
    }
    masked + &text[at..]
}

/// Returns a spec in which each member is masked that looks like a secret, or has the name of one.
#[must_use]
pub fn masked_spec(spec: &Value) -> Value {
    match spec {
        Value::Object(members) => {
            let name = members.get("name").and_then(Value::as_str).unwrap_or_default();
            let member = |(key, value): (&String, &Value)| {
                let named = if key == "value" { name } else { key };
                let is_private = |text: &&str| is_secret(named, text) || is_secret(key, text) || is_webhook(members, key, text);
                let secret = value.as_str().filter(is_private);
                (key.clone(), secret.map_or_else(|| masked_spec(value), |text| stand_in(text).into()))
            };
            members.iter().map(member).collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(masked_spec).collect(),
        Value::String(text) if is_secret("", text) => stand_in(text).into(),
        Value::String(text) if text.starts_with(['{', '[']) => {
            // A document that is kept as its text.
            let inner = serde_json::from_str::<Value>(text).ok().map(|inner| (masked_spec(&inner), inner));
            inner.filter(|(masked, inner)| masked != inner).map_or_else(|| spec.clone(), |(masked, _)| masked.to_string().into())
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => spec.clone(),
    }
}

/// True for a member of a subscription that is a webhook's address: whoever knows what follows its host may send there.
#[must_use]
pub fn is_webhook(members: &serde_json::Map<String, Value>, name: &str, text: &str) -> bool {
    name == "endpoint" && members.contains_key("protocol") && text.contains("://") && host_alone(text) != text
}

/// True where something of a value is masked.
#[must_use]
pub fn is_masked(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(MASK),
        Value::Array(items) => items.iter().any(is_masked),
        Value::Object(members) => members.values().any(is_masked),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn stand_in(secret: &str) -> String {
    let host = host_alone(secret);
    if host == secret { MASK.to_owned() } else { host }
}

/// Returns the places of the secrets in a text of a file, in their order. The text may be broken.
#[must_use]
pub fn hidden(text: &str) -> Vec<Range<usize>> {
    let mut veil = Veil { text, at: 0, line: 0, address: None, variables: false, depth: 0, inline: None, hidden: Vec::new() };
    veil.read();
    veil.hidden
}

/// Returns a text of a file in which secrets are blanked, byte for byte, so that every place in it stays. The text may be broken.
#[must_use]
pub fn veiled(text: &str) -> Cow<'_, str> {
    let hidden = hidden(text);
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in hidden {
        bytes[range].iter_mut().filter(|byte| **byte != b'\n' && **byte != b'\r').for_each(|byte| *byte = b'*');
    }
    // Whole texts and words became ASCII.
    Cow::Owned(String::from_utf8(bytes).unwrap_or_default())
}

/// One way through a text, which needs no whole TOML: a line that is broken is where most is shown.
struct Veil<'a> {
    text: &'a str,
    at: usize,
    /// The end of the line that words were read of last, and the place of the last address in it.
    line: usize,
    address: Option<usize>,
    /// True in a table of variables, where no key names the place of a secret.
    variables: bool,
    /// The depth of braces and brackets, and that of a table of variables among them.
    depth: usize,
    inline: Option<usize>,
    hidden: Vec<Range<usize>>,
}

impl Veil<'_> {
    fn read(&mut self) {
        // The last name that was read, the key of the value that follows, and the depth of brackets of private ones.
        let (mut name, mut key): (Range<usize>, Option<Range<usize>>) = (0..0, None);
        let mut private_table = false;
        let mut within: Option<(bool, usize)> = None;
        // True until a line has more than what a table's head begins with.
        let mut begins = true;
        while let Some(letter) = self.text[self.at..].chars().next() {
            let start = self.at;
            let first = begins;
            begins = letter == '\n' || first && matches!(letter, ' ' | '\t' | '[');
            match letter {
                '"' | '\'' => {
                    let inner = self.string(letter);
                    match key.take() {
                        Some(key) => {
                            let private = private_table || within.is_some();
                            self.value(key, inner, private);
                        }
                        // An item of a private list.
                        None if matches!(within, Some((false, _))) => self.hidden.push(inner),
                        None => {
                            self.password(&inner);
                            name = inner;
                        }
                    }
                }
                '=' => {
                    self.at += 1;
                    key = Some(name.clone());
                }
                '[' | '{' => {
                    let heads = letter == '[' && key.is_none() && first;
                    self.at += 1;
                    if heads {
                        let end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
                        let title = self.text[start..end].split(']').next().unwrap_or_default();
                        let last = title.rsplit('.').next().unwrap_or_default().trim_matches(['[', ' ', '"', '\'']);
                        private_table = KEYS.contains(&last.to_ascii_lowercase().as_str());
                        (self.variables, self.depth, self.inline) = (last == VARIABLES, 0, None);
                        within = None;
                        self.at = end;
                        continue;
                    }
                    self.depth += 1;
                    if key.as_ref().is_some_and(|key| &self.text[key.clone()] == VARIABLES) {
                        self.inline = Some(self.depth);
                    }
                    let opens = key.take().is_some_and(|key| self.is_private(&key));
                    within = match within {
                        Some((table, depth)) => Some((table, depth + 1)),
                        None => opens.then_some((letter == '{', 1)),
                    };
                }
                ']' | '}' => {
                    self.at += 1;
                    self.inline = self.inline.filter(|inline| *inline != self.depth);
                    self.depth = self.depth.saturating_sub(1);
                    key = None;
                    within = within.and_then(|(table, depth)| (depth > 1).then(|| (table, depth - 1)));
                }
                ',' | '\n' => {
                    self.at += 1;
                    key = None;
                }
                letter if letter.is_whitespace() || letter == '.' || letter == '#' => self.at += letter.len_utf8(),
                _ => {
                    let word = self.word(key.is_some());
                    match key.take() {
                        Some(key) => {
                            let private = private_table || within.is_some();
                            self.value(key, word, private);
                        }
                        None if matches!(within, Some((false, _))) => self.hidden.push(word),
                        None => name = word,
                    }
                }
            }
        }
    }

    /// Reads a string, and returns what stands between its quotes; one that does not end goes to the end of its line.
    fn string(&mut self, quote: char) -> Range<usize> {
        let rest = &self.text[self.at..];
        let triple = quote.to_string().repeat(3);
        let begin = if rest.starts_with(&triple) { self.at + 3 } else { self.at + 1 };
        let body = &self.text[begin..];
        let mut escaped = false;
        let many = begin == self.at + 3;
        let end = body.char_indices().find(|(at, letter)| {
            let ends = if many { body[*at..].starts_with(&triple) } else { *letter == quote || *letter == '\n' };
            let found = ends && !(escaped && *letter != '\n');
            escaped = quote == '"' && *letter == '\\' && !escaped;
            found
        });
        let end = end.map_or(self.text.len(), |(at, _)| begin + at);
        let closes = self.text[end..].starts_with(if many { triple.as_str() } else { &triple[..1] });
        self.at = end
            + if !closes {
                0
            } else if many {
                3
            } else {
                1
            };
        begin..end
    }

    /// Reads a bare word. As a value, one that holds an address goes to the end of its line.
    fn word(&mut self, value: bool) -> Range<usize> {
        let (start, rest) = (self.at, &self.text[self.at..]);
        if self.line <= start {
            self.line = start + rest.find('\n').unwrap_or(rest.len());
            self.address = self.text[start..self.line].rfind("://").map(|at| start + at);
        }
        let line = self.line - start;
        let ends = |letter: char| if value { ",]}".contains(letter) } else { letter.is_whitespace() || ".=,[]{}\"'#".contains(letter) };
        let end = if value && self.address.is_some_and(|at| at >= start) { line } else { rest[..line].find(ends).unwrap_or(line) };
        let end = start + end.max(rest.chars().next().map_or(1, char::len_utf8));
        self.at = end;
        start..start + self.text[start..end].trim_end().len()
    }

    fn value(&mut self, key: Range<usize>, value: Range<usize>, private: bool) {
        let name = &self.text[key.clone()];
        let is_variable = self.variables && self.depth == 0 || self.inline == Some(self.depth);
        let names_a_place = NAMES.contains(&name) && !is_variable;
        if private && !names_a_place || self.is_private(&key) || !names_a_place && is_secret(name, &self.text[value.clone()]) {
            self.hidden.push(value);
        } else {
            self.password(&value);
        }
    }

    fn is_private(&self, key: &Range<usize>) -> bool {
        is_private_key(&self.text[key.clone()])
    }

    /// Hides an address that holds a password, or a path that holds a key.
    fn password(&mut self, value: &Range<usize>) {
        let text = &self.text[value.clone()];
        if has_password(text) || secret_in_query(text).is_some() {
            self.hidden.push(value.clone());
        }
    }
}

/// True for a name that ends in the word for a secret.
fn has_word(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let parts = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect::<Vec<_>>();
    WORDS.iter().any(|word| parts.ends_with(word))
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

/// True for a value that is a secret by its looks, or by the name of a variable that holds it.
#[must_use]
pub fn is_secret(name: &str, value: &str) -> bool {
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
    // A key that its maker calls publishable goes into every page: <https://docs.stripe.com/keys>
    let publishable = ["pk_live_", "pk_test_"].iter().any(|start| value.starts_with(start)) || parts.contains(&"PUBLISHABLE");
    if publishable || parts.contains(&"PUBLIC") && parts.last() == Some(&"KEY") {
        return false;
    }
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
    use super::*;
    use serde_json::json;

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

    #[test]
    fn what_a_file_holds_of_secrets_is_blanked_and_every_place_stays() {
        for (text, shown) in [
            ("webhook = \"https://h/x\"\nport = 80", "webhook = \"***********\"\nport = 80"),
            ("notify.slack = 'https://h/x' # why", "notify.slack = '***********' # why"),
            ("notify = { webhook = \"s3cret\", on = [\"gate\"] }", "notify = { webhook = \"******\", on = [\"gate\"] }"),
            ("slack = https://h/T, x", "slack = **************"),
            ("slack = [\"s3cret\", 'b']\na = 'b'", "slack = [\"******\", '*']\na = 'b'"),
            ("token = { secret = \"smoke\", key = 'k' }", "token = { secret = \"smoke\", key = 'k' }"),
            ("token = { value = \"s3cret\" }, a = 'b'", "token = { value = \"******\" }, a = 'b'"),
            ("webhok = 's3cret'", "webhok = '******'"),
            ("token = \"s3cret", "token = \"******"),
            (
                "[a.notify.webhook]\nurl = 's3cret'\nenv = 'HOOK'\n[b]\nurl = 'x'",
                "[a.notify.webhook]\nurl = '******'\nenv = 'HOOK'\n[b]\nurl = 'x'",
            ),
            (
                "headers = { Authorization = 'Bearer x', Accept = 'text/html' }",
                "headers = { Authorization = '********', Accept = 'text/html' }",
            ),
            ("\"X-Api-Key\" = 'ü'", "\"X-Api-Key\" = '**'"),
            ("DB_PASSWORD = \"hunter2\"", "DB_PASSWORD = \"*******\""),
            (
                "KEY_PEM = \"\"\"\n-----BEGIN PRIVATE KEY-----\nab\"\"\"\nx = 1",
                "KEY_PEM = \"\"\"\n***************************\n**\"\"\"\nx = 1",
            ),
            ("cache.main.password = \"cache-token\"", "cache.main.password = \"cache-token\""),
            ("endpoint = 'https://a:b@h/x'", "endpoint = '***************'"),
            ("service.web.rollout.notify.webhook=https://h/x", "service.web.rollout.notify.webhook=***********"),
            ("# webhook = 'https://h/x'", "# webhook = '***********'"),
            ("image = 'nginx:1.29' # it's\nport = 80", "image = 'nginx:1.29' # it's\nport = 80"),
        ] {
            assert_eq!(veiled(text), shown, "{text}");
            assert_eq!(veiled(text).len(), text.len());
        }
        assert_eq!(host_alone("https://a:b@hooks.example.com:8443/x?y"), "https://hooks.example.com:8443/****");
        assert_eq!(host_alone("https://hooks.example.com"), "https://hooks.example.com");
        assert_eq!(host_alone("hooks.example.com/x"), "****");
    }

    #[test]
    fn whatever_is_broken_can_be_blanked() {
        let parts = ["webhook", "=", "\"", "'", "\"\"\"", "[", "{", "}", "]", "\n", "\\", "ü", "#", ",", "https://x", " "];
        let mut state = 1_usize;
        for _ in 0..2000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text += parts[(state >> 33) % parts.len()];
            }
            assert_eq!(veiled(&text).len(), text.len(), "{text}");
        }
    }

    #[test]
    fn what_is_kept_of_a_file_tells_neither_a_secret_nor_its_length() {
        let text = "[service.web.environment]\nDB_PASSWORD = \"hunter2\" # not this\nURL = \"postgres://app:hunter2@db.example.com/app\"\nPORT = \"80\"\n";
        let kept = masked(text);
        assert_eq!(
            kept,
            "[service.web.environment]\nDB_PASSWORD = \"****\" # not this\nURL = \"postgres://db.example.com/****\"\nPORT = \"80\"\n"
        );
        assert_eq!(masked(&kept), kept);
        assert_eq!(masked("service.web.environment.DB_PASSWORD=hunter2"), "service.web.environment.DB_PASSWORD=****");
        assert_eq!(masked("service.web.image=web:1"), "service.web.image=web:1");
        let named = "[service.web.environment]\npassword = \"hunter2\"\nDB = { secret = \"main\", key = \"password\" }\n[cache.main]\npassword = \"token\"\n";
        assert_eq!(masked(named), named.replace("hunter2", "****"), "a variable is a value, and elsewhere it is the name of one");
        let inline = "[service.web]\nenvironment = { password = \"hunter2\", DB = { secret = \"main\", key = \"password\" } }\nsmoke = { password = \"name\" }\n";
        assert_eq!(masked(inline), inline.replace("hunter2", "****"));
    }

    #[test]
    fn what_is_kept_of_a_spec_holds_no_secret() {
        let spec = json!({
            "containers": [{ "environment": { "DB_PASSWORD": "hunter2", "PORT": "80" } }],
            "list": [{ "name": "API_TOKEN", "value": "hunter2" }, { "name": "PORT", "value": "80" }],
            "document": "{\"password\":\"hunter2\",\"a\":1}", "policy": "{\"a\": 1}", "url": "https://a:hunter2@example.com/x",
        });
        let kept = masked_spec(&spec);
        assert!(!kept.to_string().contains("hunter2"), "{kept}");
        assert_eq!(
            (&kept["list"][1], &kept["policy"], &kept["url"]),
            (&spec["list"][1], &spec["policy"], &"https://example.com/****".into())
        );
        assert!(is_masked(&kept["containers"]) && is_masked(&kept["document"]) && !is_masked(&kept["policy"]));
    }
}
