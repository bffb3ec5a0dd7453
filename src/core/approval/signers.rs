//! The file of those who may sign: `allowed_signers`, by the rules of ssh-keygen. Nothing in it is passed over: a line with an
//! option that is not known here makes the whole file one that cannot be used.
//! <https://man.openbsd.org/ssh-keygen#ALLOWED_SIGNERS>

use super::armor::{encoded, is_known};
use super::statement::NAMESPACE;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, fmt};
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

/// Keys, and who signs with them.
#[derive(Debug, Clone, Default)]
pub struct Signers(Vec<Signer>);

/// One line of the file.
#[derive(Debug, Clone)]
struct Signer {
    principals: String,
    /// True for the key of an authority, which signs certificates and no plans.
    is_authority: bool,
    namespaces: Option<String>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    /// None for a key of a sort that nothing is verified by.
    key: Option<KeyData>,
}

/// A line that cannot be used, by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub line: usize,
    pub why: String,
}

/// The standing of a key with a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It signs for that principal.
    Good,
    /// It stands nowhere in the file.
    Unknown,
    /// It stands there for others, as these patterns.
    Others(String),
    /// It stands there for that principal, and not for this: why.
    Restricted(String),
}

impl Signers {
    /// Reads the file; times without a `Z` are those of a time zone, as ssh-keygen has it.
    pub fn read(text: &str, zone: &TimeZone) -> Result<Self, Vec<Wrong>> {
        let (mut signers, mut wrong) = (Vec::new(), Vec::new());
        for (at, line) in text.split('\n').enumerate() {
            let line = line.trim_start_matches([' ', '\t']).trim_end_matches(['\r', ' ', '\t']);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match signer(line, zone) {
                Ok(signer) => signers.push(signer),
                Err(why) => wrong.push(Wrong { line: at + 1, why }),
            }
        }
        if wrong.is_empty() { Ok(Signers(signers)) } else { Err(wrong) }
    }

    /// Says how a key stands with a principal at a time, for plans.
    pub fn standing(&self, principal: &str, key: &KeyData, now: Timestamp) -> Standing {
        let lines = || self.0.iter().filter(|line| !line.is_authority && line.key.as_ref().is_some_and(|own| is_same(own, key)));
        let mut restricted = None;
        for line in lines().filter(|line| is_in_list(principal, &line.principals)) {
            match line.restricts(now) {
                None => return Standing::Good,
                Some(why) => restricted = Some(why),
            }
        }
        if let Some(why) = restricted {
            return Standing::Restricted(why);
        }
        let others = lines().map(|line| line.principals.as_str()).collect::<Vec<_>>();
        if others.is_empty() { Standing::Unknown } else { Standing::Others(others.join(",")) }
    }

    /// The principals that a key is listed for by name.
    pub fn principals(&self, key: &KeyData) -> Vec<&str> {
        let lines = self.0.iter().filter(|line| !line.is_authority && line.key.as_ref().is_some_and(|own| is_same(own, key)));
        let names = lines.flat_map(|line| line.principals.split(','));
        let mut names = names.filter(|name| super::statement::is_principal(name)).collect::<Vec<_>>();
        names.sort_unstable();
        names.dedup();
        names
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Signer {
    /// Why it does not sign plans now, if it does not. Both ends of its time belong to it, as with ssh-keygen.
    fn restricts(&self, now: Timestamp) -> Option<String> {
        if let Some(list) = self.namespaces.as_ref().filter(|list| !is_in_list(NAMESPACE, list)) {
            return Some(format!("it may sign for the namespaces `{list}` alone, and not for `{NAMESPACE}`"));
        }
        if let Some(after) = self.after.filter(|after| now < *after) {
            return Some(format!("it is good from {after} on"));
        }
        self.before.filter(|before| now > *before).map(|before| format!("it was good until {before}"))
    }
}

fn is_same(one: &KeyData, other: &KeyData) -> bool {
    let bytes = encoded(one);
    bytes.is_some() && bytes == encoded(other)
}

fn signer(line: &str, zone: &TimeZone) -> Result<Signer, String> {
    let (principals, rest) = word(line)?;
    if principals.is_empty() {
        return Err("it names no principal".into());
    }
    let rest = rest.trim_start_matches([' ', '\t']);
    let mut found = Signer { principals, is_authority: false, namespaces: None, after: None, before: None, key: None };
    let mut key = rest;
    if !is_kind(rest.split([' ', '\t']).next().unwrap_or_default()) {
        let end = end_of_options(rest)?;
        options(&rest[..end], zone, &mut found)?;
        key = rest[end..].trim_start_matches([' ', '\t']);
    }
    let kind = key.split([' ', '\t']).next().unwrap_or_default();
    if !is_kind(kind) {
        return Err("it has no public key, such as `ssh-ed25519 AAAA…`".into());
    }
    let parsed = PublicKey::from_openssh(key);
    found.key = match parsed {
        Ok(parsed) if parsed.algorithm().as_str() != kind => return Err("its key is of another kind than it says".into()),
        Ok(parsed) if is_known(kind) => Some(parsed.key_data().clone()),
        Err(_) if is_known(kind) => return Err("its public key cannot be read".into()),
        // Nothing that it signs is taken, so nothing has to be known of it.
        _ => None,
    };
    Ok(found)
}

/// True for the name of a kind of key. Options have none of these beginnings.
fn is_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"].iter().any(|start| word.starts_with(start))
}

/// The first word, which may stand in quotes, and what follows it.
fn word(line: &str) -> Result<(String, &str), String> {
    match line.strip_prefix('"') {
        Some(quoted) => {
            let (word, rest) = quoted.split_once('"').ok_or("its quotes do not end")?;
            Ok((word.to_owned(), rest))
        }
        None => {
            let end = line.find([' ', '\t']).ok_or("it has no public key")?;
            Ok((line[..end].to_owned(), &line[end..]))
        }
    }
}

fn end_of_options(text: &str) -> Result<usize, String> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '\\' if quoted && !escaped => {
                escaped = true;
                continue;
            }
            '"' if !escaped => quoted = !quoted,
            ' ' | '\t' if !quoted => return Ok(at),
            _ => {}
        }
        escaped = false;
    }
    Err(if quoted { "its quotes do not end".into() } else { "it has no public key".into() })
}

fn options(mut text: &str, zone: &TimeZone, found: &mut Signer) -> Result<(), String> {
    while !text.is_empty() {
        let end = text.find(['=', ',']).unwrap_or(text.len());
        let name = text[..end].to_ascii_lowercase();
        let mut rest = &text[end..];
        let mut value = None;
        if let Some(after) = rest.strip_prefix('=') {
            let (unquoted, after) = unquoted(after).ok_or_else(|| format!("the value of its option `{name}` does not stand in quotes"))?;
            (value, rest) = (Some(unquoted), after);
        }
        let twice = || Err(format!("its option `{name}` stands there twice"));
        match (name.as_str(), value) {
            ("cert-authority", None) => found.is_authority = true,
            ("namespaces", Some(list)) if found.namespaces.is_none() => found.namespaces = Some(list),
            ("valid-after", Some(text)) if found.after.is_none() => found.after = Some(time(&text, zone)?),
            ("valid-before", Some(text)) if found.before.is_none() => found.before = Some(time(&text, zone)?),
            ("namespaces" | "valid-after" | "valid-before", Some(_)) => return twice(),
            _ => return Err(format!("its option `{name}` is not known")),
        }
        text = match rest.strip_prefix(',') {
            Some("") => return Err("its options end with a comma".into()),
            Some(more) => more,
            None if rest.is_empty() => "",
            None => return Err(format!("something stands behind its option `{name}`")),
        };
    }
    match (found.after, found.before) {
        (Some(after), Some(before)) if after >= before => Err("its key is good at no time".into()),
        _ => Ok(()),
    }
}

/// Takes what stands in quotes, in which `\"` is a quote.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let text = text.strip_prefix('"')?;
    let (mut value, mut escaped) = (String::new(), false);
    for (at, letter) in text.char_indices() {
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return Some((value, &text[at + 1..])),
            _ => {
                // A stroke before any other letter is itself.
                if escaped && letter != '"' {
                    value.push('\\');
                }
                value.push(letter);
                escaped = false;
            }
        }
    }
    None
}

/// Reads `YYYYMMDD`, with `HHMM` or `HHMMSS`, in a time zone, or in UTC with a `Z` behind it.
fn time(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is no time as YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with a Z for UTC");
    let utc = text.strip_suffix(['Z', 'z']).or_else(|| text.strip_suffix("UTC"));
    let digits = utc.unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let form = match digits.len() {
        8 => "%Y%m%d",
        12 => "%Y%m%d%H%M",
        14 => "%Y%m%d%H%M%S",
        _ => return Err(wrong()),
    };
    let parsed = fmt::strtime::parse(form, digits).map_err(|_| wrong())?;
    let date = parsed.to_date().map_err(|_| wrong())?;
    let local = if digits.len() == 8 { date.at(0, 0, 0, 0) } else { DateTime::from_parts(date, parsed.to_time().map_err(|_| wrong())?) };
    let zone = if utc.is_some() { TimeZone::UTC } else { zone.clone() };
    zone.to_timestamp(local).map_err(|_| wrong())
}

/// True when a text is in a list of patterns, of which one with `!` puts it out again.
pub fn is_in_list(text: &str, list: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(not) if fits(text.as_bytes(), not.as_bytes()) => return false,
            Some(_) => {}
            None => found |= fits(text.as_bytes(), pattern.as_bytes()),
        }
    }
    found
}

/// True when a text fits a pattern, in which `*` is any letters and `?` any one.
fn fits(text: &[u8], pattern: &[u8]) -> bool {
    // The last star, and where it was tried; without going back further, it takes no longer than both lengths together allow.
    let (mut at, mut in_pattern, mut star) = (0, 0, None);
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some(b'*') => {
                star = Some((in_pattern, at));
                in_pattern += 1;
            }
            Some(letter) if *letter == b'?' || *letter == text[at] => {
                at += 1;
                in_pattern += 1;
            }
            _ => {
                let Some((before, tried)) = star else { return false };
                star = Some((before, tried + 1));
                (in_pattern, at) = (before + 1, tried + 1);
            }
        }
    }
    pattern[in_pattern.min(pattern.len())..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
pub mod tests {
    use super::super::armor::tests::key;
    use super::*;

    pub fn public(seed: u8) -> String {
        key(seed).public_key().to_openssh().unwrap()
    }

    pub fn read(text: &str) -> Result<Signers, Vec<Wrong>> {
        Signers::read(text, &TimeZone::UTC)
    }

    fn standing(line: &str, principal: &str, at: &str) -> Standing {
        let text = format!("# ours\n\n  {line} {} anna's laptop\r\n", public(1));
        read(&text).unwrap().standing(principal, key(1).public_key().key_data(), at.parse().unwrap())
    }

    #[test]
    fn lines_say_who_signs_with_which_key_for_what_and_when() {
        let now = "2026-11-30T08:00:00Z";
        let good = |line: &str, principal: &str| standing(line, principal, now) == Standing::Good;
        assert!(good("anna@example.com", "anna@example.com"));
        assert!(good("bert@example.com,anna@example.com", "anna@example.com"));
        assert!(good("\"*@example.com\"", "anna@example.com"));
        assert!(good("a??a@*", "anna@example.com"));
        assert!(good("anna namespaces=\"git,trueup-plan@*\"", "anna"));
        assert!(good("anna NAMESPACES=\"trueup-plan@v1\"", "anna"));
        assert!(good("anna valid-after=\"20261130Z\",valid-before=\"202611300800Z\"", "anna"), "both ends belong to it");
        let others = |text: &str| Standing::Others(text.to_owned());
        assert_eq!(standing("anna@example.com", "bert@example.com", now), others("anna@example.com"));
        assert_eq!(standing("Anna", "anna", now), others("Anna"));
        assert_eq!(standing("*,!anna", "anna", now), others("*,!anna"));
        for restricted in
            ["namespaces=\"git\"", "namespaces=\"*,!trueup-plan@v1\"", "valid-after=\"20261201\"", "valid-before=\"20261129235959\""]
        {
            assert!(matches!(standing(&format!("anna {restricted}"), "anna", now), Standing::Restricted(_)), "{restricted}");
        }
        // An authority signs certificates, and no plans.
        assert_eq!(standing("anna cert-authority", "anna", now), Standing::Unknown);
        assert_eq!(
            read(&format!("anna {}", public(2))).unwrap().standing("anna", key(1).public_key().key_data(), now.parse().unwrap()),
            Standing::Unknown
        );
    }

    #[test]
    fn a_time_without_a_z_is_one_of_the_time_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let text = format!("anna valid-after=\"202611300900\" {}", public(1));
        let signers = Signers::read(&text, &zone).unwrap();
        let good = |at: &str| signers.standing("anna", key(1).public_key().key_data(), at.parse().unwrap()) == Standing::Good;
        assert!(good("2026-11-30T07:00:00Z") && !good("2026-11-30T06:59:59Z"));
    }

    #[test]
    fn a_line_that_is_not_understood_is_refused_and_never_passed_over() {
        for (line, why) in [
            ("anna", "no public key"),
            ("anna verify-required KEY", "`verify-required` is not known"),
            ("anna namespaces=git KEY", "does not stand in quotes"),
            ("anna namespaces=\"git KEY", "quotes do not end"),
            ("anna namespaces=\"a\",namespaces=\"b\" KEY", "twice"),
            ("anna cert-authority=\"yes\" KEY", "`cert-authority` is not known"),
            ("anna valid-after=\"2026-11-30\" KEY", "is no time"),
            ("anna valid-after=\"20261301\" KEY", "is no time"),
            ("anna valid-after=\"20261130\",valid-before=\"20261130\" KEY", "good at no time"),
            ("anna cert-authority, KEY", "end with a comma"),
            ("anna namespaces=\"a\"x KEY", "something stands behind"),
            ("anna ssh-ed25519 AAAA", "cannot be read"),
            ("\"anna KEY", "quotes do not end"),
        ] {
            let wrong = read(&format!("{}\n{}", public(2).replace("ssh-", "bert ssh-"), line.replace("KEY", &public(1)))).unwrap_err();
            assert!(wrong.len() == 1 && wrong[0].line == 2 && wrong[0].why.contains(why), "{line}: {wrong:?}");
        }
        // Nothing has to be known of a key that nothing is verified by.
        read("anna ssh-rsa AAAAB3NzaC1yc2E=").unwrap();
    }

    #[test]
    fn the_principals_of_a_key_are_those_that_are_names() {
        let text = format!("bert,*@x {0}\nanna {0}\nbert {0}\ncarl {1}", public(1), public(2));
        assert_eq!(read(&text).unwrap().principals(key(1).public_key().key_data()), ["anna", "bert"]);
    }
}
