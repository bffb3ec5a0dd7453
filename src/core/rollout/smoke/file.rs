//! A file of smoke checks by itself: `[[smoke]]` tables, as a stack has them.

use super::Check;
use super::check::problems;
use crate::core::diagnostic::{self, Diagnostic, Rejected};
use crate::core::source::{Path, Source};
use crate::core::{codes, input, kind, schema};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    /// The smoke checks, in the order in which they are sent.
    smoke: Vec<Check>,
}

/// Reads it, or finds all that is wrong with it, each at its place.
pub fn read(source: Source) -> Result<Vec<Check>, Rejected> {
    let (mut input, mut found) = input::parse(&source, 0);
    let sources = vec![source];
    found.extend(schema::check(&schemars::schema_for!(File).to_value(), &mut input, &Path::default(), false, &sources));
    let mut checks = Vec::new();
    if found.is_empty() {
        match kind::from_value::<File>(&input.to_json()) {
            Ok(file) => checks = file.smoke,
            Err(problem) => found.push(Diagnostic::of(&codes::UNREADABLE, &Path::default(), problem)),
        }
    }
    let path = Path::new(["smoke"]);
    let coded = problems(&checks).into_iter().map(|problem| {
        let one = Diagnostic::coded(&path, problem);
        let span = input.locate(&one.path);
        one.at(span)
    });
    found.extend(coded);
    diagnostic::sort(&mut found);
    if found.is_empty() { Ok(checks) } else { Err(Rejected { sources, diagnostics: found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let lines = |start: usize| text[..start].lines().count() + usize::from(text[..start].ends_with('\n'));
        let Err(Rejected { diagnostics, .. }) = read(Source::new("smoke.toml", text)) else { return Vec::new() };
        let one = |one: Diagnostic| {
            format!("{} line {}: {} | {}", one.code, lines(one.span.unwrap().start), one.message, one.help.unwrap_or_default())
        };
        diagnostics.into_iter().map(one).collect()
    }

    #[test]
    fn all_that_is_wrong_is_found_at_its_place() {
        let text = r#"
[[smoke]]
path = "/health"
methud = "GET"
[[smoke]]
path = "/a"
method = "GTE"
status = "ok"
[[smoke]]
path = "/b"
token = { env = "A", secrets = "b" }
json = { "$.a" = 1.5 }
"#;
        let told = told(text);
        assert_eq!(told.len(), 3, "{told:#?}");
        assert!(told[0].starts_with("KEY001 line 4: ") && told[0].contains("did you mean `method`?"), "{told:#?}");
        assert!(told[1].starts_with("TYPE002 line 7: ") && told[1].contains("GET"), "{told:#?}");
        assert!(told[2].contains(" line 11: "), "{told:#?}");
    }

    #[test]
    fn problems_stand_at_their_lines_and_name_a_remedy() {
        let text = "[[smoke]]\npath = \"/a\"\nstatus = [200,\n  700]\n\n[[smoke]]\npath = \"orders/{{id}}\"\njson = { \"$.a[\" = 1 }\n";
        assert_eq!(
            told(text),
            [
                "SMOKE003 line 3: `200 or 700` is no status of an answer, and no range of them | write 200, \"200-299\" or [200, 404]; they go from 100 to 599",
                "SMOKE001 line 7: a path begins with `/` | write `/orders/{{id}}`",
                "SMOKE005 line 7: no check before this one saves `id` | an earlier check saves it by save = { id = \"$.id\" }",
                "SMOKE004 line 8: `$.a[` is no JSONPath: it cannot be read from letter 4 on | write it as RFC 9535 has it: `$.items[0].id`",
            ]
        );
        assert_eq!(told("smoke = []"), [""; 0]);
        assert_eq!(read(Source::new("smoke.toml", "[[smoke]]\npath = \"/\"\nstatus = [200, \"300-302\"]")).unwrap().len(), 1);
    }
}
