//! SARIF 2.1.0, as views of code scanning take it.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>,
//! <https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support>

use super::{Findings, Located, Place, told};
use crate::core::code::Code;
use crate::core::diagnostic::Diagnostic;
use crate::core::visible::line;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Returns a log of one run, with the codes that were found.
pub fn sarif(findings: &Findings<'_>) -> Value {
    let mut ids = findings.diagnostics.iter().map(|one| one.code).collect::<Vec<_>>();
    ids.sort_unstable();
    ids.dedup();
    let index = |id: &str| ids.iter().position(|known| *known == id).unwrap_or_default();
    let lines = Located::new(findings);
    let uri = artifact(findings.file);
    let location = |place: Place| {
        let Place { line, column, end_line, end_column } = place;
        let region = json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column });
        json!({ "physicalLocation": { "artifactLocation": uri, "region": region } })
    };
    let mut alike = HashMap::new();
    let result = |(one, place): (&Diagnostic, Place)| {
        let also = one.also.iter().enumerate().filter_map(|(at, (span, label))| {
            let mut related = location(lines.place(*span)?);
            related["id"] = at.into();
            related["message"] = message(&line(label));
            Some(related)
        });
        json!({
            "ruleId": one.code,
            "ruleIndex": index(one.code),
            "level": one.level.name(),
            "message": message(&told(one, findings.sources)),
            "locations": [location(place)],
            "relatedLocations": also.collect::<Value>(),
            "partialFingerprints": { "primaryLocationLineHash": fingerprint(one, &mut alike) },
        })
    };
    let results = findings.diagnostics.iter().zip(findings.places()).map(result).collect::<Value>();
    let driver = json!({
        "name": "trueup",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": ids.iter().filter_map(|id| findings.codes.iter().find(|code| code.id == *id)).map(rule).collect::<Value>(),
    });
    let run = json!({ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results });
    json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] })
}

fn rule(code: &Code) -> Value {
    let Code { id, level, category, about, why, page, example: _ } = code;
    let mut rule = json!({
        "id": id,
        "shortDescription": { "text": about },
        "fullDescription": { "text": format!("{about} {why}") },
        "help": { "text": format!("{why} `trueup explain {id}` shows examples. {page}").trim_end() },
        "defaultConfiguration": { "level": level.name() },
        "properties": { "tags": [category.name()] },
    });
    if !page.is_empty() {
        rule["helpUri"] = (*page).into();
    }
    rule
}

/// A message may hold links, `[text](target)`; none of ours does, and none of a file shall (3.11.6).
fn message(text: &str) -> Value {
    json!({ "text": text.replace("](", "] (") })
}

/// Where the file is, from the directory that the command ran in; a file elsewhere by its whole path.
fn artifact(file: &str) -> Value {
    let path = std::path::Path::new(file);
    let own = path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect::<std::path::PathBuf>();
    let up = own.components().any(|part| matches!(part, std::path::Component::ParentDir));
    if own.is_relative() && !up {
        return json!({ "uri": encoded(&own.to_string_lossy()), "uriBaseId": "%SRCROOT%" });
    }
    let slash = if own.is_absolute() && file.starts_with('/') { "file://" } else { "" };
    json!({ "uri": format!("{slash}{}", encoded(&own.to_string_lossy())) })
}

/// A path as part of a URI (RFC 3986): everything but letters, digits, `-._~` and slashes is encoded.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}

/// A name that stays while lines move: the code, the keys that lead to the value, and how many were alike before.
fn fingerprint(one: &Diagnostic, alike: &mut HashMap<[u8; 32], usize>) -> String {
    let mut hash = Sha256::new();
    for part in std::iter::once(one.code).chain(one.path.parts().iter().map(String::as_str)) {
        hash.update(u64::try_from(part.len()).unwrap_or_default().to_be_bytes());
        hash.update(part);
    }
    if one.path.is_empty() {
        hash.update(&one.message);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let seen = alike.entry(digest).or_default();
    *seen += 1;
    let hex = digest[..12].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{hex}:{seen}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_from_where_the_command_ran() {
        assert_eq!(artifact("./stacks/a b.toml"), json!({ "uri": "stacks/a%20b.toml", "uriBaseId": "%SRCROOT%" }));
        assert_eq!(artifact("/tmp/ü.toml"), json!({ "uri": "file:///tmp/%C3%BC.toml" }));
        assert_eq!(artifact("../x.toml"), json!({ "uri": "../x.toml" }));
    }
}
