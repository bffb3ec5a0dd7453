//! The values of queries: JSON with its members in order, and MISSING for what is not there.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use std::cmp::Ordering;
use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    Missing,
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Datum>),
    Record(Vec<(String, Datum)>),
}

impl Datum {
    pub fn from_f64(value: f64) -> Datum {
        let whole = value.fract() == 0.0 && value.abs() < 9.0e15;
        let number = if whole { format!("{value:.0}").parse().ok() } else { Number::from_f64(value) };
        number.map_or(Datum::Null, Datum::Number)
    }

    /// The number that this is, or that its text says: fields of CSV are texts.
    pub fn number(&self) -> Option<f64> {
        match self {
            Datum::Number(number) => number.as_f64(),
            Datum::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub fn is_absent(&self) -> bool {
        matches!(self, Datum::Missing | Datum::Null)
    }

    /// The member of a record. A name in quotes is taken as it is written, any other whatever its case.
    pub fn member(&self, name: &str, quoted: bool) -> Datum {
        let Datum::Record(members) = self else { return Datum::Missing };
        let exact = members.iter().find(|(own, _)| own == name);
        let found = exact.or_else(|| members.iter().find(|(own, _)| !quoted && own.eq_ignore_ascii_case(name)));
        found.map_or(Datum::Missing, |(_, value)| value.clone())
    }

    /// The order of two values; numbers by what they are, all else by what is written. `None` where they have none.
    pub fn compare(&self, other: &Datum) -> Option<Ordering> {
        match (self, other) {
            (Datum::Number(_), _) | (_, Datum::Number(_)) => self.number()?.partial_cmp(&other.number()?),
            (Datum::Text(a), Datum::Text(b)) => Some(a.cmp(b)),
            (Datum::Bool(a), Datum::Bool(b)) => Some(a.cmp(b)),
            (a, b) => (a == b).then_some(Ordering::Equal),
        }
    }

    /// As text where it is one, and as JSON otherwise.
    pub fn plain(&self) -> String {
        match self {
            Datum::Missing | Datum::Null => String::new(),
            Datum::Text(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Datum {
    /// Writes JSON without spaces; members that are missing are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Datum::Missing | Datum::Null => f.write_str("null"),
            Datum::Bool(value) => write!(f, "{value}"),
            Datum::Number(number) => write!(f, "{number}"),
            Datum::Text(text) => write!(f, "{}", serde_json::Value::String(text.clone())),
            Datum::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Datum::Record(members) => {
                f.write_str("{")?;
                for (at, (name, value)) in members.iter().filter(|(_, value)| *value != Datum::Missing).enumerate() {
                    write!(f, "{}{}:{value}", if at > 0 { "," } else { "" }, serde_json::Value::String(name.clone()))?;
                }
                f.write_str("}")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Datum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Datum;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Datum, E> {
        Ok(Datum::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Datum, E> {
        Ok(Datum::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Datum, E> {
        Ok(Datum::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Datum, E> {
        Ok(Datum::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Datum, E> {
        Ok(Number::from_f64(value).map_or(Datum::Null, Datum::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Datum, E> {
        Ok(Datum::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Datum, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Datum::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Datum, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Datum::Record(members))
    }
}
