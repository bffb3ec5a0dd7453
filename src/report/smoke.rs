//! The smoke checks of a service: each with its result, its time and the reason why it did not pass.

use super::paint;
use crate::core::rollout::observation::Smoke;
use crate::core::rollout::smoke::{Answered, Outcome};
use crate::core::visible::line;

/// The columns of results and names; times come behind them.
const RESULT: usize = 10;
const NAME: usize = 38;

/// Shows one check: `passed      GET /health      12 ms`, and the reason below it.
pub fn outcome(one: &Outcome) -> String {
    let (word, time) = match one.result {
        Answered::Passed => (paint::good("passed"), true),
        Answered::Failed => (paint::bad("failed"), true),
        Answered::Unanswered => (paint::change("unanswered"), true),
        Answered::NotSent => (paint::calm("not sent"), false),
    };
    let name = paint::pad(&paint::middle(&line(&one.check), NAME), NAME);
    let times = if one.requests > 1 { format!(" in {} requests", one.requests) } else { String::new() };
    let time = if time { format!("{} ms{times}", one.milliseconds) } else { String::new() };
    let row = format!("  {}  {name}  {time}", paint::pad(&word, RESULT));
    let reason = one.reason.as_ref().map(|reason| {
        let indent = RESULT + 4;
        format!("\n{:indent$}{}", "", paint::fit(&line(reason), super::text_width(), indent))
    });
    format!("{}{}\n", row.trim_end(), reason.unwrap_or_default())
}

/// Says what came of all of them.
pub fn end(end: &Smoke) -> String {
    let text = match end {
        Smoke::Passed { checks } => format!("{} passed", paint::count(*checks, "check")),
        Smoke::Failed { check, reason } => format!("`{}` failed: {}", line(check), line(reason)),
        Smoke::Unanswered { check, reason } => format!("`{}` was not answered: {}", line(check), line(reason)),
    };
    format!("\n{}\n", paint::fit(&text, super::text_width(), 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn each_check_fits_eighty_columns() {
        let one = |check: &str, result, reason: Option<&str>, requests| Outcome {
            check: check.into(),
            result,
            reason: reason.map(str::to_owned),
            requests,
            milliseconds: 1234,
        };
        let long = "`$.items[?@.price > 3]` selected nothing, in an answer with the status 200 and a body of 12 kB; \u{1b}[2Jhttps://example.com/a/rather/long/path/that/has/no/end";
        let shown = [
            one("GET /health", Answered::Passed, None, 3),
            one(&format!("GET /{}", "a".repeat(90)), Answered::Failed, Some(long), 1),
            one("read it again", Answered::NotSent, None, 0),
        ]
        .map(|one| outcome(&one))
        .concat();
        let shown = anstream::adapter::strip_str(&shown).to_string();
        assert!(shown.lines().all(|line| paint::width(line) <= 80), "{shown}");
        expect![[r#"
            checks
              passed      GET /health                             1234 ms in 3 requests
              failed      GET /aaaaaaaaaaaaaa…aaaaaaaaaaaaaaaaaa  1234 ms
                          `$.items[?@.price > 3]` selected nothing, in an answer with the
                          status 200 and a body of 12 kB;
                          \u{1b}[2Jhttps://example.com/a/rather/long/path/that/has/no/end
              not sent    read it again
        "#]]
        .assert_eq(&format!("checks\n{shown}"));
    }
}
