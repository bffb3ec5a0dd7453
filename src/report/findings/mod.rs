//! The findings of a check in the forms that other programs read: SARIF, JUnit, annotations.

mod github;
mod junit;
mod sarif;

pub use github::annotations;
pub use junit::junit;
pub use sarif::sarif;

use crate::core::code::Code;
use crate::core::diagnostic::Diagnostic;
use crate::core::source::{FILE, Lines, Source, Span};
use crate::core::visible::line;

/// All that was found in a file.
#[derive(Debug, Clone, Copy)]
pub struct Findings<'a> {
    /// The file, as it was named: also where it could not be read as one.
    pub file: &'a str,
    pub sources: &'a [Source],
    pub diagnostics: &'a [Diagnostic],
    /// The environments without an error, and their numbers of resources.
    pub good: &'a [(String, usize)],
    /// The registry of codes.
    pub codes: &'a [Code],
}

/// A place in the file, all from 1 and in characters; the end is the character behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl Findings<'_> {
    /// Answers where each finding stands. One that has no place in the file stands at its beginning.
    fn places(&self) -> Vec<Place> {
        let lines = Located::new(self);
        self.diagnostics.iter().map(|one| one.span.and_then(|span| lines.place(span)).unwrap_or(BEGINNING)).collect()
    }
}

/// The lines of the file, counted once.
struct Located<'a> {
    text: &'a str,
    lines: Lines,
}

const BEGINNING: Place = Place { line: 1, column: 1, end_line: 1, end_column: 1 };

impl<'a> Located<'a> {
    fn new(findings: &Findings<'a>) -> Self {
        let text = findings.sources.get(FILE).map_or("", |source| source.text.as_str());
        Located { text, lines: Lines::new(text) }
    }
    fn place(&self, span: Span) -> Option<Place> {
        if span.source != FILE {
            return None;
        }
        let (line, column) = self.lines.position(self.text, span.start);
        let (end_line, end_column) = self.lines.position(self.text, span.end.max(span.start));
        Some(Place { line, column, end_line, end_column })
    }
}

/// A finding in a line of text: the message, what stands beside the place, and the remedy.
fn told(one: &Diagnostic, sources: &[Source]) -> String {
    let mut text = line(&one.message).into_owned();
    if !one.label.is_empty() {
        text += &format!(": {}", line(&one.label));
    }
    // `--set` arguments have no lines.
    if let Some(source) = one.span.filter(|span| span.source != FILE).and_then(|span| sources.get(span.source)) {
        text += &format!(" ({})", line(&source.name));
    }
    if !one.envs.is_empty() {
        text += &format!(" (with --env {})", line(&one.envs.join(", ")));
    }
    if let Some(help) = &one.help {
        text += &format!(". {}", line(help));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::codes;
    use crate::core::source::Path;
    use crate::rules::RULES;
    use serde_json::{Value, json};

    // A text that tries to end whatever it is put into.
    const HOSTILE: &str = "a\n::error::x\r##[error]b]]>--></failure>\"'&<%0A,:[c](https://evil.example) {0}\u{1b}[31m\u{202e}\u{0}\u{ffff}";

    fn warning() -> Code {
        let warns = |code: &Code| code.level == crate::core::code::Level::Warning && !code.page.is_empty();
        RULES.iter().map(|rule| rule.code).find(warns).unwrap()
    }

    fn hostile() -> (Vec<Source>, Vec<Diagnostic>) {
        let sources = vec![Source::new(format!("dir, a:b/{HOSTILE}.toml"), "[a]\nb = 1\n"), Source::new("--set argument 1", "x=1")];
        let one = Diagnostic::new(&codes::WRONG_TYPE, Path::new(["a", HOSTILE]), HOSTILE).at(Span { source: 0, start: 8, end: 9 });
        let other = Diagnostic::new(&warning(), Path::default(), HOSTILE).help(HOSTILE);
        let set = Diagnostic::new(&codes::WRONG_TYPE, Path::default(), "set").at(Span { source: 1, start: 0, end: 1 });
        let also = Span { source: 0, start: 1, end: 2 };
        (sources, vec![one.label(HOSTILE).also(also, HOSTILE), other, set])
    }

    fn all() -> Vec<Code> {
        crate::modules::CATALOG.all_codes().collect()
    }

    fn with<T>(look: impl Fn(&Findings<'_>) -> T) -> T {
        let (sources, diagnostics) = hostile();
        let good = [("default".to_owned(), 3)];
        look(&Findings { file: &sources[0].name, sources: &sources, diagnostics: &diagnostics, good: &good, codes: &all() })
    }

    #[test]
    fn a_command_of_an_annotation_is_ours_alone() {
        let text = with(annotations);
        let lines = text.split(['\n', '\r']).filter(|line| !line.is_empty()).collect::<Vec<_>>();
        assert_eq!(lines.len(), 3, "{text}");
        for line in lines {
            let (head, message) = line[2..].split_once("::").unwrap();
            assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{line}");
            // A comma or a colon of a name would be the next property.
            let names = head.split_once(' ').unwrap().1.split(',').map(|pair| pair.split_once('=').unwrap().0).collect::<Vec<_>>();
            assert_eq!(names, ["file", "line", "endLine", "col", "endColumn", "title"], "{line}");
            assert!(!message.contains('\u{1b}') && !head.contains("%0A,"), "{line}");
        }
        assert!(text.contains("file=dir%2C a%3Ab/"), "{text}");
        assert!(text.contains("line=2,endLine=2,col=5,endColumn=6,title=TYPE001::"), "{text}");
        assert!(text.contains("%250A"), "a per cent sign of the file is none of ours: {text}");
    }

    #[test]
    fn nothing_of_a_file_ends_an_element() {
        let text = with(junit);
        let plain = |letter: char| matches!(letter, '\n' | '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(text.chars().all(plain), "XML 1.0 has no such letters: {text:?}");
        // The only markup is ours.
        let tags = text.split('<').skip(1).map(|rest| rest.split([' ', '>', '/']).next().unwrap()).collect::<Vec<_>>();
        let known = ["?xml", "testsuites", "testsuite", "testcase", "failure", "system-out", ""];
        assert!(tags.iter().all(|tag| known.contains(tag)), "{tags:?}");
        for tag in ["testsuites", "testsuite", "testcase", "failure", "system-out"] {
            let closed = text.matches(&format!("</{tag}>")).count();
            let empty = text.lines().filter(|line| line.trim().starts_with(&format!("<{tag} ")) && line.ends_with("/>")).count();
            assert_eq!(
                text.matches(&format!("<{tag} ")).count() + text.matches(&format!("<{tag}>")).count(),
                closed + empty,
                "{tag}: {text}"
            );
        }
        assert!(text.contains("<testsuites name=\"trueup validate\" tests=\"4\" failures=\"2\""), "{text}");
        assert!(text.contains("&amp;&lt;%0A") && text.contains("&quot;&apos;"), "{text}");
    }

    #[test]
    fn a_good_file_is_a_test_that_passes() {
        let good = [("production".to_owned(), 12)];
        let none = Findings { file: "stack.toml", sources: &[], diagnostics: &[], good: &good, codes: &[] };
        let text = junit(&none);
        assert!(
            text.contains("tests=\"1\" failures=\"0\"")
                && text.contains("name=\"production: 12 resources\" file=\"stack.toml\" time=\"0\"/>"),
            "{text}"
        );
        assert_eq!(annotations(&none), "");
        assert_eq!(sarif(&none)["runs"][0]["results"], json!([]));
    }

    /// The rules of the published schema for the parts that are written:
    /// <https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json>
    #[test]
    fn sarif_is_as_its_schema_says() {
        let log = with(sarif);
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let within = |value: &Value, known: &[&str]| {
            let strange = keys(value).into_iter().filter(|key| !known.contains(&key.as_str())).collect::<Vec<_>>();
            assert!(strange.is_empty(), "{strange:?}");
        };
        within(&log, &["$schema", "version", "runs"]);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        within(run, &["tool", "columnKind", "results"]);
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let driver = &run["tool"]["driver"];
        within(driver, &["name", "semanticVersion", "rules"]);
        let rules = driver["rules"].as_array().unwrap();
        for rule in rules {
            let known = ["id", "shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration", "properties"];
            within(rule, &known);
            assert!(rule["shortDescription"]["text"].is_string() && rule["help"]["text"].is_string(), "{rule}");
            assert!(rule.get("helpUri").is_none_or(|uri| uri.as_str().unwrap().starts_with("https://")), "{rule}");
            assert!(["error", "warning"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()), "{rule}");
        }
        let ids = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect::<std::collections::BTreeSet<_>>();
        assert_eq!((rules.len(), ids.len()), (2, 2), "each code once");
        assert!(rules.iter().any(|rule| rule["helpUri"] == warning().page), "{rules:?}");
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        for result in results {
            within(result, &["ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations", "partialFingerprints"]);
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            within(place, &["artifactLocation", "region"]);
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
            assert!(uri.bytes().all(legal), "{uri}");
            assert!(uri.starts_with("dir%2C%20a%3Ab/") && place["artifactLocation"]["uriBaseId"] == "%SRCROOT%", "{uri}");
            for bound in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(place["region"][bound].as_u64().unwrap() >= 1, "{place}");
            }
            let text = result["message"]["text"].as_str().unwrap();
            assert!(!text.is_empty() && !text.contains("](") && !text.contains('\n'), "a message may hold links: {text}");
            assert!(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().len() >= 16);
        }
        let region = &results[0]["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region, &json!({ "startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 6 }));
        assert_eq!(results[0]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 1);
        assert!(results[2]["message"]["text"].as_str().unwrap().contains("--set argument 1"));
        let prints = results.iter().map(|result| &result["partialFingerprints"]["primaryLocationLineHash"]).collect::<Vec<_>>();
        assert!(prints[0] != prints[1] && prints[0] != prints[2]);
    }

    #[test]
    fn a_fingerprint_stays_when_lines_move_and_two_alike_have_two() {
        let print = |start: usize| {
            let source = [Source::new("stack.toml", "\n\n\n\n")];
            let one = Diagnostic::new(&codes::WRONG_TYPE, Path::new(["a", "b"]), "wrong").at(Span { source: 0, start, end: start });
            let found = [one.clone(), one];
            let log = sarif(&Findings { file: "stack.toml", sources: &source, diagnostics: &found, good: &[], codes: &all() });
            [0, 1].map(|at| log["runs"][0]["results"][at]["partialFingerprints"]["primaryLocationLineHash"].clone())
        };
        let [first, second] = print(0);
        assert_eq!(print(3)[0], first);
        assert_ne!(first, second);
    }
}
