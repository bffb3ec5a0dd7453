//! Metric math: arithmetic, comparisons and functions over the series of other queries.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>

use std::collections::{BTreeMap, BTreeSet};

pub type Series = BTreeMap<i64, f64>;

/// A value on the way: a number that holds at every time, a series, or several.
#[derive(Debug, Clone)]
enum Term {
    Number(f64),
    Series(Series),
    List(Vec<Series>),
}

/// The value of an expression such as `100 * errors / requests`, over the times of a period from one to before another; `None` if it names a
/// query that is not known yet, or uses a function that the sandbox does not have.
/// `quotas` has those that the metrics of queries count against, by the query.
pub fn evaluate(
    text: &str,
    known: &BTreeMap<String, Series>,
    quotas: &BTreeMap<String, f64>,
    period: i64,
    from: i64,
    to: i64,
) -> Option<Series> {
    let signs = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    let mut reader = Reader { signs, at: 0, depth: 0, known, quotas, grid: Grid { period, from, to } };
    let term = reader.either()?;
    if reader.at != reader.signs.len() {
        return None;
    }
    match term {
        Term::Series(series) => Some(series),
        Term::Number(number) => Some(reader.grid.times(known).into_iter().map(|at| (at, number)).collect()),
        Term::List(_) => None,
    }
}

/// The times that there are to fill.
#[derive(Debug, Clone, Copy)]
struct Grid {
    period: i64,
    from: i64,
    to: i64,
}

/// The most times of a grid; beyond, only those that have values count.
const MOST: i64 = 100_000;

impl Grid {
    fn times(self, known: &BTreeMap<String, Series>) -> BTreeSet<i64> {
        let own = known.values().flat_map(BTreeMap::keys).copied();
        let period = self.period.max(1);
        let first = self.from.div_euclid(period) * period;
        if (self.to - first) / period > MOST {
            return own.collect();
        }
        let step = usize::try_from(period).unwrap_or(1);
        (first..self.to).step_by(step).chain(own).collect()
    }
}

struct Reader<'k> {
    signs: Vec<char>,
    at: usize,
    depth: usize,
    known: &'k BTreeMap<String, Series>,
    quotas: &'k BTreeMap<String, f64>,
    grid: Grid,
}

/// The most levels of brackets.
const DEEPEST: usize = 100;

impl Reader<'_> {
    fn take(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(at, sign)| self.signs.get(self.at + at) == Some(&sign));
        self.at += if found { text.chars().count() } else { 0 };
        found
    }

    fn either(&mut self) -> Option<Term> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut left = self.both()?;
        while self.take("||") {
            left = combine(left, self.both()?, |a, b| f64::from(a != 0.0 || b != 0.0))?;
        }
        self.depth -= 1;
        Some(left)
    }

    fn both(&mut self) -> Option<Term> {
        let mut left = self.comparison()?;
        while self.take("&&") {
            left = combine(left, self.comparison()?, |a, b| f64::from(a != 0.0 && b != 0.0))?;
        }
        Some(left)
    }

    fn comparison(&mut self) -> Option<Term> {
        let left = self.sum()?;
        type Holds = fn(f64, f64) -> bool;
        let signs: [(&str, Holds); 6] = [
            ("==", |a, b| a == b),
            ("!=", |a, b| a != b),
            ("<=", |a, b| a <= b),
            (">=", |a, b| a >= b),
            ("<", |a, b| a < b),
            (">", |a, b| a > b),
        ];
        for (sign, holds) in signs {
            if self.take(sign) {
                return combine(left, self.sum()?, move |a, b| f64::from(holds(a, b)));
            }
        }
        Some(left)
    }

    fn sum(&mut self) -> Option<Term> {
        let mut left = self.product()?;
        loop {
            left = if self.take("+") {
                combine(left, self.product()?, |a, b| a + b)?
            } else if self.take("-") {
                combine(left, self.product()?, |a, b| a - b)?
            } else {
                return Some(left);
            };
        }
    }

    fn product(&mut self) -> Option<Term> {
        let mut left = self.power()?;
        loop {
            left = if self.take("*") {
                combine(left, self.power()?, |a, b| a * b)?
            } else if self.take("/") {
                combine(left, self.power()?, |a, b| a / b)?
            } else {
                return Some(left);
            };
        }
    }

    fn power(&mut self) -> Option<Term> {
        let base = self.unit()?;
        if self.take("^") { combine(base, self.unit()?, f64::powf) } else { Some(base) }
    }

    fn unit(&mut self) -> Option<Term> {
        if self.take("-") {
            return combine(Term::Number(0.0), self.power()?, |a, b| a - b);
        }
        if self.take("(") {
            let inner = self.either()?;
            return self.take(")").then_some(inner);
        }
        if self.take("[") {
            let items = self.arguments("]")?;
            return items
                .into_iter()
                .map(|term| if let Term::Series(series) = term { Some(series) } else { None })
                .collect::<Option<_>>()
                .map(Term::List);
        }
        let word = self.word();
        if let Ok(number) = word.parse() {
            return Some(Term::Number(number));
        }
        if self.take("(") {
            return self.call(&word.to_uppercase());
        }
        self.known.get(&word).cloned().map(Term::Series)
    }

    fn word(&mut self) -> String {
        let word: String = self.signs[self.at..].iter().take_while(|sign| sign.is_ascii_alphanumeric() || "._".contains(**sign)).collect();
        self.at += word.len();
        word
    }

    /// `SERVICE_QUOTA(m)`, of a metric of `AWS/Usage`.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Quotas-Visualize-Alarms.html>
    fn quota(&mut self) -> Option<Term> {
        let metric = self.word();
        let (series, quota) = (self.known.get(&metric)?, *self.quotas.get(&metric)?);
        self.take(")").then(|| Term::Series(series.keys().map(|at| (*at, quota)).collect()))
    }

    fn arguments(&mut self, end: &str) -> Option<Vec<Term>> {
        let mut arguments = vec![self.either()?];
        while self.take(",") {
            arguments.push(self.either()?);
        }
        self.take(end).then_some(arguments)
    }

    fn call(&mut self, name: &str) -> Option<Term> {
        if name == "METRICS" {
            let part = self.quoted().unwrap_or_default();
            let named = self.known.iter().filter(|(id, _)| id.contains(&part)).map(|(_, series)| series.clone());
            let named = named.collect();
            return self.take(")").then_some(Term::List(named));
        }
        if name == "FILL" {
            return self.fill();
        }
        if name == "SERVICE_QUOTA" {
            return self.quota();
        }
        let arguments = self.arguments(")")?;
        function(name, arguments, self.grid)
    }

    /// A text in quotes.
    fn quoted(&mut self) -> Option<String> {
        let quote = *self.signs.get(self.at).filter(|sign| ['"', '\''].contains(sign))?;
        let length = self.signs[self.at + 1..].iter().position(|sign| *sign == quote)?;
        let text = self.signs[self.at + 1..self.at + 1 + length].iter().collect();
        self.at += length + 2;
        Some(text)
    }

    /// `FILL(m, 0)`, `FILL(m, other)`, `FILL(m, REPEAT)`.
    fn fill(&mut self) -> Option<Term> {
        let Term::Series(series) = self.either()? else { return None };
        if !self.take(",") {
            return None;
        }
        let times = self.grid.times(self.known);
        let filled: Series = if self.take("REPEAT") {
            let before = |at: i64| series.range(..=at).next_back().map(|(_, value)| *value);
            times.into_iter().filter_map(|at| Some((at, before(at)?))).collect()
        } else {
            let other = match self.either()? {
                Term::Number(number) => times.into_iter().map(|at| (at, number)).collect(),
                Term::Series(other) => other,
                Term::List(_) => return None,
            };
            other.into_iter().chain(series).collect()
        };
        self.take(")").then_some(Term::Series(filled))
    }
}

/// Combines two terms at the times where both have a value; a division by nothing has none.
fn combine(left: Term, right: Term, with: impl Fn(f64, f64) -> f64) -> Option<Term> {
    let whole = |series: Vec<(i64, f64)>| Term::Series(series.into_iter().filter(|(_, value)| value.is_finite()).collect());
    Some(match (left, right) {
        (Term::Number(a), Term::Number(b)) => Term::Number(with(a, b)),
        (Term::Series(a), Term::Number(b)) => whole(a.into_iter().map(|(at, value)| (at, with(value, b))).collect()),
        (Term::Number(a), Term::Series(b)) => whole(b.into_iter().map(|(at, value)| (at, with(a, value))).collect()),
        (Term::Series(a), Term::Series(b)) => {
            whole(a.into_iter().filter_map(|(at, value)| Some((at, with(value, *b.get(&at)?)))).collect())
        }
        (Term::List(_), _) | (_, Term::List(_)) => return None,
    })
}

fn function(name: &str, arguments: Vec<Term>, grid: Grid) -> Option<Term> {
    match (name, arguments.as_slice()) {
        ("SUM" | "AVG" | "MIN" | "MAX" | "METRIC_COUNT" | "STDDEV", [Term::List(list)]) => Some(Term::Series(across(name, list))),
        ("METRIC_COUNT", _) => None,
        // Several series side by side are a list without its brackets.
        ("SUM" | "AVG" | "MIN" | "MAX" | "STDDEV", [Term::Series(_), Term::Series(_), ..]) => {
            let list: Vec<Series> =
                arguments.into_iter().map(|term| if let Term::Series(series) = term { series } else { Series::new() }).collect();
            Some(Term::Series(across(name, &list)))
        }
        ("SUM" | "AVG" | "MIN" | "MAX" | "STDDEV", [Term::Series(series)]) => {
            summary(name, &series.values().copied().collect::<Vec<f64>>()).map(Term::Number)
        }
        ("ABS", [term]) => each(term, f64::abs),
        ("CEIL", [term]) => each(term, f64::ceil),
        ("FLOOR", [term]) => each(term, f64::floor),
        ("LOG", [term]) => each(term, f64::ln),
        ("LOG10", [term]) => each(term, f64::log10),
        ("PERIOD", [Term::Series(_)]) => Some(Term::Number(grid.period as f64)),
        ("DIFF" | "RATE", [Term::Series(series)]) => {
            let pairs = series.iter().zip(series.iter().skip(1));
            let by = |seconds: i64| if name == "RATE" { seconds as f64 } else { 1.0 };
            Some(Term::Series(pairs.map(|((before, a), (at, b))| (*at, (b - a) / by(at - before))).collect()))
        }
        ("IF", [condition, yes, no]) => choose(condition, yes, Some(no)),
        ("IF", [condition, yes]) => choose(condition, yes, None),
        _ => None,
    }
}

fn each(term: &Term, with: fn(f64) -> f64) -> Option<Term> {
    combine(Term::Number(0.0), term.clone(), move |_, value| with(value))
}

/// One value for each time that any of the series has.
fn across(name: &str, list: &[Series]) -> Series {
    let times: BTreeSet<i64> = list.iter().flat_map(BTreeMap::keys).copied().collect();
    let at = |at: i64| list.iter().filter_map(|series| series.get(&at)).copied().collect::<Vec<f64>>();
    times.into_iter().filter_map(|time| Some((time, summary(name, &at(time))?))).collect()
}

fn summary(name: &str, values: &[f64]) -> Option<f64> {
    let (sum, count) = (values.iter().sum::<f64>(), values.len() as f64);
    match name {
        _ if values.is_empty() => None,
        "SUM" => Some(sum),
        "AVG" => Some(sum / count),
        "MIN" => values.iter().copied().reduce(f64::min),
        "MAX" => values.iter().copied().reduce(f64::max),
        "METRIC_COUNT" => Some(count),
        _ => Some((values.iter().map(|value| (value - sum / count).powi(2)).sum::<f64>() / count).sqrt()),
    }
}

/// The one or the other value, by what the condition is at a time; without another value there is none.
fn choose(condition: &Term, yes: &Term, no: Option<&Term>) -> Option<Term> {
    let value = |term: &Term, at: i64| match term {
        Term::Number(number) => Some(*number),
        Term::Series(series) => series.get(&at).copied(),
        Term::List(_) => None,
    };
    match condition {
        Term::Number(number) => Some(if *number != 0.0 { yes.clone() } else { no?.clone() }),
        Term::Series(series) => {
            let chosen = series.iter().filter_map(|(at, holds)| {
                let term = if *holds != 0.0 { Some(yes) } else { no };
                Some((*at, value(term?, *at)?))
            });
            Some(Term::Series(chosen.collect()))
        }
        Term::List(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_follows_its_rules() {
        let known = BTreeMap::from([
            ("a".to_owned(), Series::from([(0, 2.0), (60, 4.0)])),
            ("b".to_owned(), Series::from([(0, 8.0), (60, 0.0)])),
            ("gap".to_owned(), Series::from([(60, 5.0)])),
        ]);
        let quotas = BTreeMap::from([("a".to_owned(), 8.0)]);
        let value = |text: &str| evaluate(text, &known, &quotas, 60, 0, 120);
        let series = |zero: f64, sixty: f64| Some(Series::from([(0, zero), (60, sixty)]));
        assert_eq!(value("100 * a / b"), Some(Series::from([(0, 25.0)])));
        assert_eq!(value("SUM(a, b) - (1 + 1)"), series(8.0, 2.0));
        assert_eq!(value("SUM([a, b])"), series(10.0, 4.0));
        assert_eq!(value("a / SUM(a) * 3"), series(1.0, 2.0));
        assert_eq!(value("AVG(METRICS(\"gap\")) + 1"), Some(Series::from([(60, 6.0)])));
        assert_eq!(value("FILL(gap, 0)"), series(0.0, 5.0));
        assert_eq!(value("FILL(gap, a)"), series(2.0, 5.0));
        assert_eq!(value("IF(a > 3 || b == 8, a ^ 2, 0)"), series(4.0, 16.0));
        assert_eq!(value("IF(a >= 4, 1)"), Some(Series::from([(60, 1.0)])));
        assert_eq!(value("DIFF(a) + PERIOD(a)"), Some(Series::from([(60, 62.0)])));
        assert_eq!(value("RATE(b)"), Some(Series::from([(60, -8.0 / 60.0)])));
        assert_eq!(value("CEIL(a / 3)"), series(1.0, 2.0));
        assert_eq!(value("100 * a / SERVICE_QUOTA(a)"), series(25.0, 50.0));
        assert_eq!(value("7"), series(7.0, 7.0));
        for text in ["a + c", "a +", "SUM(METRICS()) +", "[a]", "ANOMALY_DETECTION_BAND(a)", "FILL(gap)", "SERVICE_QUOTA(b)"] {
            assert_eq!(value(text), None, "{text}");
        }
        assert_eq!(value(&"(".repeat(100_000)), None);
    }
}
