//! Worked cases beside what they come to.

use super::{VERSION, catalogue, named, paint, table};
use crate::pricing::cases::Checked;
use crate::pricing::catalog::{Catalog, EMBEDDED};
use serde_json::{Value, json};

pub fn verified(cases: &[Checked], catalog: &Catalog, columns: usize) -> String {
    let rows = cases.iter().map(|checked| {
        let Checked { case, region, expected, got, difference, unpriced, missing, ok, reason } = checked;
        let lines = missing.iter().map(|line| format!("{} ({})", line.expected, line.name)).collect::<Vec<_>>();
        let verdict = match (reason, ok, unpriced) {
            (Some(reason), ..) => paint::bad(reason),
            (None, true, _) => paint::good("ok"),
            (None, false, 0) if lines.is_empty() => paint::bad("off"),
            (None, false, 0) => paint::bad(&format!("off: no line comes to {}", lines.join(", "))),
            (None, false, lines) => paint::bad(&format!("{} unpriced", paint::count(*lines, "line"))),
        };
        let shown = |amount: Option<String>| amount.unwrap_or_else(|| "?".into());
        let more = if *unpriced > 0 { " + ?" } else { "" };
        let (got, difference) = (shown(got.map(|got| format!("{got}{more}"))), shown(difference.map(|difference| difference.signed())));
        [case.clone(), region.clone(), expected.to_string(), got, difference, verdict]
    });
    let text = table(["case", "region", "expected", "got", "diff", ""], rows.collect(), &[2, 3, 4], columns);
    let within = cases.iter().filter(|checked| checked.ok).count();
    let end = format!("{within} of {} as expected, by the {}", paint::count(cases.len(), "case"), named(catalog));
    let why = if within < cases.len() && catalog.origin != EMBEDDED {
        "a case may be off because AWS has changed a price since the cases were written; --embedded prices them as of then"
    } else {
        ""
    };
    let why = if why.is_empty() { String::new() } else { paint::calm(&paint::wrap(why, columns, 0)) + "\n" };
    format!("{text}\n{}\n{why}", paint::wrap(&end, columns, 0))
}

pub fn verified_json(cases: &[Checked], catalog: &Catalog) -> Value {
    let ok = cases.iter().all(|checked| checked.ok);
    json!({ "version": VERSION, "catalogue": catalogue(catalog), "ok": ok, "cases": cases })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::Money;
    use crate::pricing::cases::Missing;
    use expect_test::expect;

    #[test]
    fn what_is_off_stands_out() {
        let money = |text: &str| Money::new(crate::core::money::number(text).unwrap());
        let checked = |case: &str, got: &str, unpriced: usize, ok: bool| Checked {
            case: case.into(),
            region: "us-east-1".into(),
            expected: money("1080.36"),
            got: Some(money(got)),
            difference: (unpriced == 0).then(|| money(got) - money("1080.36")),
            unpriced,
            missing: Vec::new(),
            ok,
            reason: None,
        };
        let none = Checked { got: None, difference: None, reason: Some("no tariff for `aws_iot`".into()), ..checked("y", "0", 0, false) };
        let line = |name: &str, usd: &str| Missing { name: name.into(), expected: money(usd) };
        let moved = Checked { missing: vec![line("hours", "30"), line("data", "7.35")], ..checked("nat", "1080.36", 0, false) };
        let cases =
            [checked("db", "1080.36", 0, true), checked("cache, two nodes", "90", 0, false), checked("x", "12", 1, false), none, moved];
        let text = verified(&cases, Catalog::embedded(), 80);
        let (text, _) = text.split_once(", by the").unwrap();
        expect![[r#"
            case              region      expected         got      diff
            db                us-east-1  $1,080.36   $1,080.36    ±$0.00  ok
            cache, two nodes  us-east-1  $1,080.36      $90.00  -$990.36  off
            x                 us-east-1  $1,080.36  $12.00 + ?         ?  1 line unpriced
            y                 us-east-1  $1,080.36           ?         ?
                no tariff for `aws_iot`
            nat               us-east-1  $1,080.36   $1,080.36    ±$0.00
                off: no line comes to $30.00 (hours), $7.35 (data)

            1 of 5 cases as expected"#]]
        .assert_eq(&anstream::adapter::strip_str(text).to_string());
        let json = verified_json(&cases, Catalog::embedded());
        assert_eq!((&json["ok"], &json["cases"][1]["difference"]), (&json!(false), &json!("-990.36")));
    }
}
