//! Writing records, as JSON or CSV.

use super::datum::Datum;
use crate::services::members::text;
use crate::world::Fault;
use serde_json::Value;

pub enum Format {
    Json { end: String },
    Csv { between: String, end: String, quote: String, escape: String, always: bool },
}

impl Format {
    pub fn asked(asked: &Value) -> Result<Format, Fault> {
        let or = |value: &Value, member: &str, default: &str| match text(value, member) {
            "" => default.to_owned(),
            given => given.to_owned(),
        };
        match (asked.get("CSV"), asked.get("JSON")) {
            (None, Some(json)) => Ok(Format::Json { end: or(json, "RecordDelimiter", "\n") }),
            (Some(csv), None) => Ok(Format::Csv {
                between: or(csv, "FieldDelimiter", ","),
                end: or(csv, "RecordDelimiter", "\n"),
                quote: or(csv, "QuoteCharacter", "\""),
                escape: or(csv, "QuoteEscapeCharacter", "\""),
                always: text(csv, "QuoteFields") == "ALWAYS",
            }),
            _ => Err(Fault::new(
                "InvalidRequestParameter",
                "The value of a parameter in SelectRequest element is invalid. Check the service API documentation and try again.",
            )),
        }
    }

    pub fn write(&self, record: &[(String, Datum)]) -> String {
        match self {
            Format::Json { end } => format!("{}{end}", Datum::Record(record.to_vec())),
            Format::Csv { between, end, quote, escape, always } => {
                let field = |(_, value): &(String, Datum)| {
                    let plain = value.plain();
                    let needs = [between, end, quote].iter().any(|sign| plain.contains(sign.as_str())) || plain.contains(['\n', '\r']);
                    match *always || needs {
                        true => format!("{quote}{}{quote}", plain.replace(quote.as_str(), &format!("{escape}{quote}"))),
                        false => plain,
                    }
                };
                let fields: Vec<String> = record.iter().map(field).collect();
                format!("{}{end}", fields.join(between))
            }
        }
    }
}
