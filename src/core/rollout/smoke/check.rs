//! All that is wrong with smoke checks, found before anything is sent.

use super::template::{self, TOKEN};
use super::{Check, Method};
use crate::core::code::Code;
use crate::core::codes;
use crate::core::private::{is_private_header, secret_in_query};
use crate::core::problem::Problem;
use crate::core::reference::{self, is_symbolic};
use crate::core::suggest::nearest;
use crate::core::visible;
use serde_json::Value;
use serde_json_path::JsonPath;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// The most checks of a service.
const MOST_CHECKS: usize = 50;
/// The most headers, assertions or saved values of one check.
const MOST_PARTS: usize = 50;
const MOST_REPEATS: u32 = 20;
const MOST_TRIES: u32 = 60;
/// Milliseconds.
const TIMEOUTS: RangeInclusive<u64> = 100..=60_000;
/// The largest body of a request, in bytes.
const LARGEST_BODY: usize = 256 * 1024;
/// The longest request line and header that a load balancer takes, in bytes:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
const LONGEST_LINE: usize = 16 * 1024;
/// The longest JSONPath, and the most times that one may look through all that lies below: each costs as much again.
const LONGEST_JSONPATH: usize = 500;
const MOST_DESCENTS: usize = 2;
/// The most filters of a JSONPath: one within another takes twice as long to read.
const MOST_FILTERS: usize = 4;

/// Headers that are the connection's, or that say where a request goes: each could make two requests of one, or send it elsewhere.
/// <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>
const NOT_TO_SET: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "http2-settings",
    "proxy-connection",
    "proxy-authorization",
    "proxy-authenticate",
    "x-forwarded-host",
];

/// Finds all that is wrong with the checks of a service. Fields are named from the list on: `0.path`.
#[must_use]
pub fn problems(checks: &[Check]) -> Vec<Problem> {
    let mut found = Vec::new();
    if checks.len() > MOST_CHECKS {
        let problem = Problem::new("", format!("there are {} smoke checks, and {MOST_CHECKS} at most are run", checks.len()));
        found.push(problem.help("keep those that tell a broken release from a good one").of(codes::CHECK_TOO_LARGE.id));
    }
    let (mut saved, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for (at, check) in checks.iter().enumerate() {
        let mut one = Found { check, at, problems: &mut found };
        if !titles.insert(check.title()) {
            let field = if check.name.is_some() { "name" } else { "" };
            one.wrong(
                &codes::CHECK_TWICE,
                field,
                format!("two smoke checks are called `{}`", check.title()),
                "give each a `name` of its own",
            );
        }
        one.numbers();
        one.path();
        one.headers();
        one.status();
        one.body();
        one.answer();
        one.variables(&saved);
        saved.extend(check.save.keys().map(String::as_str));
    }
    found
}

struct Found<'a> {
    check: &'a Check,
    at: usize,
    problems: &'a mut Vec<Problem>,
}

impl Found<'_> {
    fn wrong(&mut self, code: &Code, field: &str, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::new(field, message).below(&self.at.to_string()).help(help).of(code.id));
    }

    fn numbers(&mut self) {
        let Check { latency_ms, timeout_ms, repeat, tries, .. } = *self.check;
        let code = &codes::OUT_OF_RANGE;
        if !TIMEOUTS.contains(&timeout_ms) {
            let help = format!("write {} to {}: ten seconds are 10000", TIMEOUTS.start(), TIMEOUTS.end());
            self.wrong(code, "timeout_ms", format!("`timeout_ms` is {timeout_ms}"), help);
        }
        if let Some(latency) = latency_ms.filter(|latency| *latency == 0 || *latency > timeout_ms) {
            let help = format!("write 1 to {timeout_ms}, which is `timeout_ms`: nobody waits for longer");
            self.wrong(code, "latency_ms", format!("`latency_ms` is {latency}"), help);
        }
        if !(1..=MOST_REPEATS).contains(&repeat) {
            self.wrong(code, "repeat", format!("`repeat` is {repeat}"), format!("write 1 to {MOST_REPEATS}"));
        }
        if let Some(tries) = tries.filter(|tries| *tries < repeat || *tries > MOST_TRIES) {
            let help = format!("write {repeat}, which is `repeat`, to {MOST_TRIES}");
            self.wrong(code, "tries", format!("`tries` is {tries}"), help);
        }
    }

    fn path(&mut self) {
        let path = self.check.path.as_str();
        if !path.starts_with('/') {
            let help = match path.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])) {
                Some(path) => format!("write the path alone: `{path}`; the host is the service's own"),
                None => format!("write `/{path}`"),
            };
            return self.wrong(&codes::CHECK_PATH, "path", "a path begins with `/`", help);
        }
        if path.len() > LONGEST_LINE {
            return self.too_large("path", "the path", LONGEST_LINE);
        }
        if let Some(name) = secret_in_query(path) {
            let message = format!("`{}` in the path looks like a secret, and stands in the file", visible::line(name));
            self.wrong(&codes::TOKEN_IN_FILE, "path", message, "send it in a header, as `{{token}}`: paths end up in logs");
        }
        let Ok(pieces) = template::pieces(path) else { return };
        let texts = pieces.into_iter().filter_map(|piece| match piece {
            template::Piece::Text(text) => Some(text),
            template::Piece::Variable(_) => None,
        });
        let strange = |letter: &char| !letter.is_ascii_graphic() || "\"<>\\^`{|}#".contains(*letter);
        if let Some(letter) = texts.flat_map(str::chars).find(strange) {
            let help = match letter {
                '#' => "leave out what begins with `#`: it is never sent".to_owned(),
                letter => format!("write it as `{}`", template::segment(&letter.to_string())),
            };
            self.wrong(&codes::CHECK_PATH, "path", format!("a path cannot hold `{}`", letter.escape_default()), help);
        }
    }

    fn headers(&mut self) {
        let Check { headers, token, revision_header, .. } = self.check;
        self.count("headers", headers.len());
        let code = &codes::CHECK_HEADER;
        let mut names = BTreeSet::new();
        for (name, value) in headers {
            let lower = name.to_ascii_lowercase();
            let field = place("headers", name);
            if !is_header(name) {
                self.wrong(code, &field, format!("`{name}` is no name of a header"), HEADER_NAMES);
            } else if NOT_TO_SET.contains(&lower.as_str()) || lower.starts_with("x-trueup-") {
                self.wrong(
                    code,
                    &field,
                    format!("the header `{name}` cannot be set"),
                    "leave it out: it is set for each request, or belongs to the connection",
                );
            } else if !names.insert(lower.clone()) {
                self.wrong(
                    code,
                    &field,
                    format!("the header `{name}` is there twice"),
                    "names of headers are the same in upper and lower case: keep one",
                );
            } else if lower == "authorization" && token.is_some() && !super::request::places_token(self.check) {
                self.wrong(code, &field, "both `token` and this header say who asks", "leave the header out, or write `{{token}}` in it");
            } else if is_private_header(name) && is_literal(value) {
                let help = match lower.as_str() {
                    "authorization" if value.get(..7).is_none_or(|scheme| scheme.eq_ignore_ascii_case("bearer ")) => {
                        "leave it out, and write token = { secret = \"NAME\" } or token = { env = \"SMOKE_TOKEN\" }".to_owned()
                    }
                    _ => "write `{{token}}` in its place, and token = { secret = \"NAME\" } or { env = \"SMOKE_TOKEN\" }".to_owned(),
                };
                self.wrong(&codes::TOKEN_IN_FILE, &field, format!("the header `{name}` says who asks, and stands in the file"), help);
            }
            if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                self.wrong(code, &field, "the value of a header holds letters of ASCII, and no line break", "write its value in one line");
            } else if value.len() > LONGEST_LINE {
                self.too_large(&field, "the header", LONGEST_LINE);
            }
        }
        if let Some(name) = revision_header.as_deref().filter(|name| !is_header(name)) {
            self.wrong(code, "revision_header", format!("`{name}` is no name of a header"), HEADER_NAMES);
        }
    }

    fn status(&mut self) {
        let ranges = self.check.status.ranges().unwrap_or_default();
        let good = ranges.iter().all(|range| *range.start() >= 100 && *range.end() <= 599 && range.start() <= range.end());
        if ranges.is_empty() || !good {
            let message = format!("`{}` is no status of an answer, and no range of them", self.check.status);
            self.wrong(&codes::CHECK_STATUS, "status", message, "write 200, \"200-299\" or [200, 404]; they go from 100 to 599");
        }
    }

    fn body(&mut self) {
        let Some(body) = &self.check.body else { return };
        if template::plain(body).len() > LARGEST_BODY {
            self.too_large("body", "the body", LARGEST_BODY);
        }
        if self.check.method == Method::Head {
            self.wrong(&codes::CHECK_HEAD, "body", "a HEAD request has no body", "leave `body` out, or take another method");
        }
    }

    fn answer(&mut self) {
        let Check { method, json, exists, absent, contains, not_contains, save, .. } = self.check;
        if *method == Method::Head && self.check.reads_body() {
            self.wrong(&codes::CHECK_HEAD, "method", "the answer to HEAD has no body to look at", "write method = \"GET\"");
        }
        for (field, count) in [
            ("json", json.len()),
            ("exists", exists.len()),
            ("absent", absent.len()),
            ("contains", contains.len()),
            ("not_contains", not_contains.len()),
            ("save", save.len()),
        ] {
            self.count(field, count);
        }
        json.keys().for_each(|path| self.jsonpath("json", path));
        exists.iter().enumerate().for_each(|(at, path)| self.jsonpath(&format!("exists.{at}"), path));
        absent.iter().enumerate().for_each(|(at, path)| self.jsonpath(&format!("absent.{at}"), path));
        for (name, path) in save {
            let field = place("save", name);
            self.jsonpath(&field, path);
            if !template::is_name(name) || name == TOKEN {
                let message = format!("`{name}` cannot be the name of a variable");
                self.wrong(&codes::CHECK_VARIABLE, &field, message, "a name has a-z, 0-9 and _, begins with a letter, and is not `token`");
            }
        }
        for (field, texts) in [("contains", contains), ("not_contains", not_contains)] {
            for at in (0..texts.len()).filter(|at| texts[*at].is_empty()) {
                self.wrong(
                    &codes::CHECK_EMPTY,
                    &format!("{field}.{at}"),
                    "every answer contains the empty text",
                    "write a text, or leave it out",
                );
            }
        }
    }

    fn jsonpath(&mut self, field: &str, path: &str) {
        let code = &codes::CHECK_JSONPATH;
        if path.len() > LONGEST_JSONPATH {
            return self.too_large(field, "the JSONPath", LONGEST_JSONPATH);
        }
        if path.matches('?').count() > MOST_FILTERS {
            let message = format!("`{path}` has more than {MOST_FILTERS} filters");
            return self.wrong(code, field, message, "make two JSONPaths of it");
        }
        if let Err(error) = JsonPath::parse(path) {
            let help = if path.starts_with('$') {
                "write it as RFC 9535 has it: `$.items[0].id`".into()
            } else {
                format!("it begins with `$`: `$.{path}`")
            };
            let message = format!("`{path}` is no JSONPath: it cannot be read from letter {} on", error.position() + 1);
            return self.wrong(code, field, message, help);
        }
        let descents = path.matches("..").count();
        if descents > MOST_DESCENTS {
            let message = format!("`{path}` looks through all that lies below {descents} times");
            self.wrong(code, field, message, format!("write `..` {MOST_DESCENTS} times at most: name the members on the way"));
        }
    }

    fn variables(&mut self, saved: &BTreeSet<&str>) {
        let Check { path, headers, body, token, json, contains, not_contains, .. } = self.check;
        if let Some(problem) = token.as_ref().and_then(|token| token.problem("token")) {
            self.problems.push(problem.below(&self.at.to_string()));
        }
        let text = |text: &String| Value::String(text.clone());
        let sent = headers.iter().map(|(name, value)| (place("headers", name), text(value)));
        let sent = sent.chain(body.iter().map(|body| ("body".into(), body.clone())));
        let looked = [("contains", contains), ("not_contains", not_contains)].into_iter();
        let looked = looked.flat_map(|(field, texts)| texts.iter().enumerate().map(move |(at, one)| (format!("{field}.{at}"), text(one))));
        let rest =
            std::iter::once(("path".into(), text(path))).chain(json.values().map(|value| ("json".into(), value.clone()))).chain(looked);
        let sent = sent.map(|(field, value)| (field, value, true));
        for (field, value, takes_token) in sent.chain(rest.map(|(field, value)| (field, value, false))).collect::<Vec<_>>() {
            let mut names = Vec::new();
            if let Err(error) = template::names(&value, &mut names) {
                self.wrong(&codes::CHECK_VARIABLE, &field, error, "write `{{id}}`; a name has a-z, 0-9 and _");
            }
            if refers(&value) {
                let help = "write the value itself, or save one of an earlier answer";
                self.wrong(&codes::CHECK_VARIABLE, &field, "a smoke check is sent as it stands: no reference is filled in", help);
            }
            for name in names {
                self.variable(&field, &name, takes_token, saved);
            }
        }
    }

    fn variable(&mut self, field: &str, name: &str, takes_token: bool, saved: &BTreeSet<&str>) {
        if name == TOKEN {
            if !takes_token {
                let help = "write it in a header or in the body";
                self.wrong(&codes::CHECK_TOKEN, field, "the token would be written where logs and reports show it", help);
            } else if self.check.token.is_none() {
                self.wrong(
                    &codes::CHECK_TOKEN,
                    field,
                    "the check has no `token`",
                    "write token = { secret = \"…\" } or token = { env = \"…\" }",
                );
            }
        } else if !saved.contains(name) {
            let help = match nearest(name, saved.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("an earlier check saves it by save = {{ {name} = \"$.{name}\" }}"),
            };
            self.wrong(&codes::CHECK_VARIABLE, field, format!("no check before this one saves `{name}`"), help);
        }
    }

    fn count(&mut self, field: &str, count: usize) {
        if count > MOST_PARTS {
            let message = format!("`{field}` has {count} entries, and {MOST_PARTS} at most are taken");
            self.wrong(&codes::CHECK_TOO_LARGE, field, message, "make two checks of it");
        }
    }

    fn too_large(&mut self, field: &str, name: &str, most: usize) {
        let size = if most < 1024 { format!("{most} letters") } else { format!("{} KiB", most / 1024) };
        self.wrong(&codes::CHECK_TOO_LARGE, field, format!("{name} has more than {size}"), "make it shorter");
    }
}

/// True for a text that stands there as it is sent.
fn is_literal(text: &str) -> bool {
    let mut names = Vec::new();
    !text.is_empty() && template::names(&Value::String(text.to_owned()), &mut names).is_ok() && names.is_empty() && !is_symbolic(text)
}

/// True when there is a reference to an output of the stack in it.
fn refers(value: &Value) -> bool {
    let mut found = false;
    reference::visit(value, &mut |_| found = true);
    found
}

/// Load balancers drop headers with other names.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-attributes>
const HEADER_NAMES: &str = "a name has a-z, A-Z, 0-9 and -; load balancers drop all others";

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The place of a key; the table's where a dot in it would be read as one more table.
fn place(table: &str, key: &str) -> String {
    if key.contains('.') { table.to_owned() } else { format!("{table}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, String)> {
        #[derive(serde::Deserialize)]
        struct File {
            smoke: Vec<Check>,
        }
        let file = toml::from_str::<File>(text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
        problems(&file.smoke).into_iter().map(|one| (one.code, one.field)).collect()
    }

    #[test]
    fn checks_of_all_sorts_are_right() {
        let text = r#"
            [[smoke]]
            path = "/health?deep=1&x=%20&token=none"
            status = "200-204"
            repeat = 3
            tries = 10
            revision_header = "x-revision"
            latency_ms = 500
            [[smoke]]
            name = "sign in"
            method = "POST"
            path = "/login"
            body = { user = "smoke", password = "{{token}}" }
            token = { secret = "smoke", key = "password" }
            json = { "$.user.name" = "smoke" }
            save = { id = "$.user.id", session = "$.session" }
            [[smoke]]
            path = "/users/{{id}}"
            headers = { Authorization = "Bearer {{session}}", Cookie = "session={{session}}", Accept = "application/json" }
            exists = ["$.roles[?@ == 'reader']"]
            absent = ["$..error"]
            contains = ["{{id}}"]
            not_contains = ["Traceback"]
            status = [200, "203-204"]
            [[smoke]]
            method = "DELETE"
            path = "/users/{{id}}"
            token = { env = "SMOKE_TOKEN" }
            body = '{"a": {"b": 1}}'
        "#;
        assert_eq!(found(text), []);
    }

    #[test]
    fn each_mistake_in_a_smoke_check_has_its_code_and_place() {
        for (code, field, text) in [
            ("SMOKE001", "0.path", "path = 'health'"),
            ("SMOKE001", "0.path", "path = 'https://evil.example/health'"),
            ("SMOKE001", "0.path", "path = ''"),
            ("SMOKE001", "0.path", "path = '/a b'"),
            ("SMOKE001", "0.path", "path = '/a#b'"),
            ("SMOKE001", "0.path", "path = \"/a\\r\\nHost: evil\""),
            ("SMOKE002", "0.headers.Host", "path = '/'\nheaders = { Host = 'evil.example' }"),
            ("SMOKE002", "0.headers.content-length", "path = '/'\nheaders = { content-length = '0' }"),
            ("SMOKE002", "0.headers.Transfer-Encoding", "path = '/'\nheaders = { Transfer-Encoding = 'chunked' }"),
            ("SMOKE002", "0.headers.x-trueup-test", "path = '/'\nheaders = { x-trueup-test = '0' }"),
            ("SMOKE002", "0.headers.x_y", "path = '/'\nheaders = { x_y = '0' }"),
            ("SMOKE002", "0.headers.x-a", "path = '/'\nheaders = { x-a = \"1\\r\\nHost: evil\" }"),
            ("SMOKE002", "0.headers.x-a", "path = '/'\nheaders = { X-A = '1', x-a = '2' }"),
            ("SMOKE002", "0.headers.Authorization", "path = '/'\nheaders = { Authorization = 'Basic x' }\ntoken = { env = 'T' }"),
            ("SMOKE002", "0.revision_header", "path = '/'\nrevision_header = 'x revision'"),
            ("SMOKE003", "0.status", "path = '/'\nstatus = 99"),
            ("SMOKE003", "0.status", "path = '/'\nstatus = '2xx'"),
            ("SMOKE003", "0.status", "path = '/'\nstatus = '299-200'"),
            ("SMOKE003", "0.status", "path = '/'\nstatus = [200, 600]"),
            ("SMOKE003", "0.status", "path = '/'\nstatus = []"),
            ("SMOKE004", "0.json", "path = '/'\njson = { 'status' = 1 }"),
            ("SMOKE004", "0.exists.1", "path = '/'\nexists = ['$', '$.a[']"),
            ("SMOKE004", "0.absent.0", "path = '/'\nabsent = ['$..a..b..c']"),
            ("SMOKE004", "0.absent.0", "path = '/'\nabsent = ['$[?@[?@[?@[?@[?@]]]]]']"),
            ("SMOKE004", "0.save.id", "path = '/'\nsave = { id = '$.' }"),
            ("SMOKE005", "0.path", "path = '/{{id}}'"),
            ("SMOKE005", "0.path", "path = '/{{id}}'\nsave = { id = '$.id' }"),
            ("SMOKE005", "0.path", "path = '/{{id'"),
            ("SMOKE005", "0.body", "path = '/'\nmethod = 'POST'\nbody = { a = ['{{id}}'] }"),
            ("SMOKE005", "0.contains.0", "path = '/'\ncontains = ['{{id}}']"),
            ("SMOKE005", "0.json", "path = '/'\njson = { '$.a' = '{{id}}' }"),
            ("SMOKE005", "0.headers.x-db", "path = '/'\nheaders = { x-db = '${database.main.host}' }"),
            ("SMOKE005", "0.body", "path = '/'\nmethod = 'PUT'\nbody = { db = ['${database.main.host}'] }"),
            ("SMOKE005", "0.save.token", "path = '/'\nsave = { token = '$.t' }"),
            ("SMOKE006", "0.path", "path = '/{{token}}'\ntoken = { env = 'T' }"),
            ("SMOKE006", "0.headers.x-key", "path = '/'\nheaders = { x-key = '{{token}}' }"),
            ("SMOKE007", "0.method", "path = '/'\nmethod = 'HEAD'\ncontains = ['x']"),
            ("SMOKE007", "0.body", "path = '/'\nmethod = 'HEAD'\nbody = 'x'"),
            ("SMOKE008", "1", "path = '/'\n[[smoke]]\npath = '/'"),
            ("SMOKE008", "1.name", "path = '/'\nname = 'a'\n[[smoke]]\nname = 'a'\npath = '/b'"),
            ("SMOKE010", "0.contains.0", "path = '/'\ncontains = ['']"),
            ("SMOKE011", "0.token.env", "path = '/'\ntoken = { env = 'NO-NAME' }"),
            ("SMOKE011", "0.token.secret", "path = '/'\ntoken = { secret = '' }"),
            ("SMOKE012", "0.headers.Authorization", "path = '/'\nheaders = { Authorization = 'Bearer s3cret' }"),
            ("SMOKE012", "0.headers.authorization", "path = '/'\nheaders = { authorization = 'Basic dTpw' }"),
            ("SMOKE012", "0.headers.Cookie", "path = '/'\nheaders = { Cookie = 'session=s3cret' }"),
            ("SMOKE012", "0.headers.X-Api-Key", "path = '/'\nheaders = { X-Api-Key = 's3cret' }"),
            ("SMOKE012", "0.headers.X-Shop-Token", "path = '/'\nheaders = { X-Shop-Token = 's3cret' }"),
            ("SMOKE012", "0.path", "path = '/?deep=1&api_key=s3cret'"),
            ("TYPE003", "0.timeout_ms", "path = '/'\ntimeout_ms = 10"),
            ("TYPE003", "0.latency_ms", "path = '/'\nlatency_ms = 20000"),
            ("TYPE003", "0.repeat", "path = '/'\nrepeat = 0\ntries = 1"),
            ("TYPE003", "0.tries", "path = '/'\nrepeat = 5\ntries = 4"),
        ] {
            assert_eq!(found(&format!("[[smoke]]\n{text}")), [(code, field.to_owned())], "{text}");
        }
        let long = |size: usize| "a".repeat(size);
        for (field, text) in [
            ("0.path", format!("path = '/{}'", long(LONGEST_LINE))),
            ("0.headers.x", format!("path = '/'\nheaders = {{ x = '{}' }}", long(LONGEST_LINE + 1))),
            ("0.body", format!("path = '/'\nbody = '{}'", long(LARGEST_BODY + 1))),
            ("0.exists.0", format!("path = '/'\nexists = ['$.{}']", long(LONGEST_JSONPATH))),
            ("0.contains", format!("path = '/'\ncontains = [{}]", "'a',".repeat(MOST_PARTS + 1))),
        ] {
            assert_eq!(found(&format!("[[smoke]]\n{text}")), [("SMOKE009", field.to_owned())], "{field}");
        }
        let many = (0..=MOST_CHECKS).map(|at| format!("[[smoke]]\npath = '/{at}'\n")).collect::<String>();
        assert_eq!(found(&many), [("SMOKE009", String::new())]);
    }

    #[test]
    fn what_no_check_has_is_no_check() {
        for text in [
            "path = '/'\nfollow = true",
            "path = '/'\nmethod = 'TRACE'",
            "path = '/'\nmethod = 'get'",
            "method = 'GET'",
            "path = '/'\ntoken = { env = 'A', secret = 'b' }",
        ] {
            assert!(toml::from_str::<Check>(text).is_err(), "{text}");
        }
    }
}
