//! A sealed plan: the text that is saved, printed and approved, the digest of its bytes, and the plan that it says.
//!
//! ```text
//! {"digest":"9f86d081…","version":2,"created":"2026-11-21T08:00:00Z", …}⏎
//!                      └ the digest is of every byte from here to the end of the file
//! ```
//!
//! It is one JSON object, so whoever reads plans needs to know nothing of this. Bytes are sealed, and not values: a plan
//! that somebody lays out anew, adds a key to, or changes by one letter is another plan. `tail -c +77 plan.json | sha256sum`
//! says the digest.

use super::address::is_name;
use super::bar::Bar;
use super::identity::Scope;
use super::plan::Plan;
use super::settings::{Settings, StorePlace};
use super::visible::escape_json;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Names a sealed plan: SHA-256 of its bytes, as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Digest(String);

impl Digest {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(bytes: &str) -> Self {
        Digest(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A plan that no longer changes. Copies share it.
#[derive(Debug, Clone)]
pub struct Sealed(Arc<Whole>);

#[derive(Debug)]
struct Whole {
    text: String,
    digest: Digest,
    plan: Plan,
}

impl Deref for Sealed {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        &self.0.plan
    }
}

/// Serialises into the same members as its text has, for JSON that holds a plan among other things.
impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            digest: &'a Digest,
            #[serde(flatten)]
            plan: &'a Plan,
        }
        Members { digest: &self.0.digest, plan: &self.0.plan }.serialize(serializer)
    }
}

/// The beginning of every sealed plan; the digest follows.
const HEAD: &str = "{\"digest\":\"";

/// Seals a plan, with its cost if it has one: nothing can be added afterwards.
pub fn seal(plan: Plan) -> Sealed {
    // Our own types have string keys and finite numbers, so they serialise; and a plan has members.
    let text = serde_json::to_string(&plan).unwrap_or_default();
    let body = format!("\",{}\n", escape_json(text.trim_start_matches('{')));
    let digest = Digest::of(&body[1..]);
    Sealed(Arc::new(Whole { text: format!("{HEAD}{digest}{body}"), digest, plan }))
}

impl Sealed {
    /// Reads what was saved. Text that differs in a single byte from what was sealed is refused, and so is what this version
    /// would pass over or read otherwise.
    pub fn read(text: String) -> Result<Self, Bar> {
        let mut value = serde_json::from_str::<Value>(&text).map_err(|error| Bar::CutOff(error.to_string()))?;
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(Plan::VERSION) => {}
            Some(found) => return Err(Bar::OtherVersion { found }),
            None => return Err(Bar::NoPlan(None)),
        }
        let digest = digest_of(&text).ok_or(Bar::Altered)?;
        if let Some(members) = value.as_object_mut() {
            members.remove("digest");
        }
        let plan = read(&value)?;
        let stored = plan.store.as_deref().is_none_or(|store| StorePlace::parse(store).is_some());
        if !stored || !is_sound(&plan.scope) {
            return Err(Bar::Altered);
        }
        Ok(Sealed(Arc::new(Whole { text, digest, plan })))
    }

    /// True for a whole plan of any version, as it was sealed.
    pub fn is_one(text: &str) -> bool {
        digest_of(text).is_some()
    }

    /// The very bytes that the digest is of, its own head included.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    pub fn digest(&self) -> &Digest {
        &self.0.digest
    }
}

/// Returns the digest of a sealed text, if it is the one that the text says.
fn digest_of(text: &str) -> Option<Digest> {
    let (said, body) = text.strip_prefix(HEAD)?.split_once('"')?;
    let digest = Digest::of(body);
    (digest.as_str() == said).then_some(digest)
}

/// Reads a plan, and refuses members that it would not write itself.
fn read(value: &Value) -> Result<Plan, Bar> {
    let no_plan = |error: serde_json::Error| Bar::NoPlan(Some(error.to_string()));
    let plan = Plan::deserialize(value).map_err(no_plan)?;
    let own = serde_json::to_value(&plan).map_err(no_plan)?;
    match unknown(value, &own) {
        Some(path) => Err(Bar::Unknown(path)),
        None => Ok(plan),
    }
}

/// The path of the first member of a value that another has not.
fn unknown(value: &Value, own: &Value) -> Option<String> {
    let below = |name: &str, value: &Value, own: Option<&Value>| match own {
        Some(own) => unknown(value, own).map(|path| format!("{name}.{path}")),
        None => Some(name.to_owned()),
    };
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| below(name, value, own.get(name))),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, value)| below(&at.to_string(), value, own.get(at))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// True when its names, which reach paths and hosts, are such as a stack file may hold.
fn is_sound(scope: &Scope) -> bool {
    let Scope { stack, env, account, region } = scope.clone();
    let settings = Settings { name: stack, region, account: Some(account), ..Settings::default() };
    is_name(&env) && settings.check().is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::graph::Graph;
    use super::super::planner::{Policy, plan};
    use super::super::snapshot::Snapshot;
    use super::*;

    fn draft() -> Plan {
        let scope = Scope { stack: "shop".into(), env: "prod".into(), account: "123456789012".into(), region: "us-east-1".into() };
        let policy = Policy { created: "2026-11-21T08:00:00Z".into(), ..Policy::default() };
        plan(&Graph::default(), &Snapshot::empty(scope), &policy, &|_| None)
    }

    fn read(text: impl Into<String>) -> Result<Sealed, Bar> {
        Sealed::read(text.into())
    }

    /// The same members, with the digest of what they are now.
    fn resealed(text: &str) -> String {
        let body = &text[HEAD.len() + 65..];
        format!("{HEAD}{}\"{body}", Digest::of(body))
    }

    #[test]
    fn what_was_sealed_is_read_as_it_was() {
        let sealed = seal(draft());
        let again = read(sealed.text()).unwrap();
        assert_eq!((&*again, again.digest(), again.text()), (&draft(), sealed.digest(), sealed.text()));
        assert_eq!(serde_json::to_value(&sealed).unwrap(), serde_json::from_str::<Value>(sealed.text()).unwrap());
        assert_eq!(resealed(sealed.text()), sealed.text());
        assert!(Sealed::is_one(sealed.text()) && !Sealed::is_one(&sealed.text()[..200]));
        assert!(!Sealed::is_one(&format!("{HEAD}sha256:{}\",\"size\":1}}", sealed.digest())));
        let later = seal(Plan { created: "2026-11-21T08:00:01Z".into(), ..draft() });
        assert_ne!(later.digest(), sealed.digest());
    }

    #[test]
    fn numbers_are_read_as_they_were_written() {
        // Without serde_json's `float_roundtrip` this one is read as its neighbour, and another threshold is applied than was
        // approved.
        let threshold = 423.209_170_872_713_23;
        let text = serde_json::to_string(&threshold).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap().as_f64(), Some(threshold), "{text}");
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let text = seal(draft()).text().to_owned();
        for at in 0..text.len() {
            for other in [b' ', b'0', b'a', b'"', b'}', b'\n'] {
                let mut bytes = text.clone().into_bytes();
                if std::mem::replace(&mut bytes[at], other) != other {
                    let altered = String::from_utf8(bytes).unwrap();
                    assert!(read(altered.as_str()).is_err(), "{altered}");
                }
            }
            assert!(read(&text[..at]).is_err(), "cut off at {at}");
            assert!(read(format!("{} {}", &text[..at], &text[at..])).is_err(), "a space at {at}");
        }
        for more in ["\n", " ", "\r\n"] {
            assert_eq!(read(text.clone() + more).unwrap_err(), Bar::Altered);
        }
    }

    #[test]
    fn who_can_make_a_digest_still_cannot_say_what_nobody_reads() {
        let text = seal(Plan { outputs: [("service.api".to_owned(), Default::default())].into(), ..draft() }).text().to_owned();
        assert!(read(resealed(&text)).is_ok());
        for (old, new, wanted) in [
            ("\"kept\":0", "\"kept\":0,\"quietly\":true", Bar::Unknown("quietly".into())),
            ("\"env\":\"prod\"", "\"env\":\"prod\",\"x\":null", Bar::Unknown("scope.x".into())),
            ("\"version\":3", "\"version\":4", Bar::OtherVersion { found: 4 }),
            ("\"env\":\"prod\"", "\"env\":\"../..\"", Bar::Altered),
        ] {
            let evil = resealed(&text.replacen(old, new, 1));
            assert_ne!(evil, text);
            assert_eq!(read(evil).unwrap_err(), wanted);
        }
        assert!(matches!(read(resealed(&text.replacen("\"kept\":0,", "", 1))), Err(Bar::NoPlan(Some(_)))));
        assert!(matches!(read("{}"), Err(Bar::NoPlan(None))));
        assert!(matches!(read("{\"version\":1,\"id\":\"0\"}"), Err(Bar::OtherVersion { found: 1 })));
        assert!(matches!(read(""), Err(Bar::CutOff(_))));
    }
}
