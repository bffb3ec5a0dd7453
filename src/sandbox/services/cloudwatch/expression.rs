//! Metric math: arithmetic over the series of other queries.

use std::collections::{BTreeMap, BTreeSet};

type Series = BTreeMap<i64, f64>;

/// A value on the way: a number that holds at every time, or a series.
enum Term {
    Number(f64),
    Series(Series),
}

/// The value of an expression such as `100 * errors / requests`; `None` if it names a query that is not known yet,
/// or uses a function that the sandbox does not have.
pub fn evaluate(text: &str, known: &BTreeMap<String, Series>) -> Option<Series> {
    let mut reader = Reader { signs: text.chars().filter(|sign| !sign.is_whitespace()).collect(), at: 0, known };
    let term = reader.sum()?;
    if reader.at != reader.signs.len() {
        return None;
    }
    match term {
        Term::Series(series) => Some(series),
        Term::Number(number) => Some(known.values().flat_map(BTreeMap::keys).map(|at| (*at, number)).collect()),
    }
}

struct Reader<'k> {
    signs: Vec<char>,
    at: usize,
    known: &'k BTreeMap<String, Series>,
}

impl Reader<'_> {
    fn take(&mut self, sign: char) -> bool {
        let found = self.signs.get(self.at) == Some(&sign);
        self.at += usize::from(found);
        found
    }

    fn sum(&mut self) -> Option<Term> {
        let mut left = self.product()?;
        loop {
            left = if self.take('+') {
                combine(left, self.product()?, |a, b| a + b)
            } else if self.take('-') {
                combine(left, self.product()?, |a, b| a - b)
            } else {
                return Some(left);
            };
        }
    }

    fn product(&mut self) -> Option<Term> {
        let mut left = self.unit()?;
        loop {
            left = if self.take('*') {
                combine(left, self.unit()?, |a, b| a * b)
            } else if self.take('/') {
                combine(left, self.unit()?, |a, b| a / b)
            } else {
                return Some(left);
            };
        }
    }

    fn unit(&mut self) -> Option<Term> {
        if self.take('-') {
            return Some(combine(Term::Number(0.0), self.unit()?, |a, b| a - b));
        }
        if self.take('(') {
            let inner = self.sum()?;
            return self.take(')').then_some(inner);
        }
        let word: String = self.signs[self.at..].iter().take_while(|sign| sign.is_ascii_alphanumeric() || "._".contains(**sign)).collect();
        self.at += word.len();
        if let Ok(number) = word.parse() {
            return Some(Term::Number(number));
        }
        if self.take('(') {
            let mut arguments = vec![self.sum()?];
            while self.take(',') {
                arguments.push(self.sum()?);
            }
            return if self.take(')') { call(&word, arguments) } else { None };
        }
        self.known.get(&word).cloned().map(Term::Series)
    }
}

/// Combines two terms at the times where both have a value; a division by nothing has none.
fn combine(left: Term, right: Term, with: fn(f64, f64) -> f64) -> Term {
    match (left, right) {
        (Term::Number(a), Term::Number(b)) => Term::Number(with(a, b)),
        (Term::Series(a), Term::Number(b)) => {
            Term::Series(a.into_iter().map(|(at, value)| (at, with(value, b))).filter(|(_, value)| value.is_finite()).collect())
        }
        (Term::Number(a), Term::Series(b)) => {
            Term::Series(b.into_iter().map(|(at, value)| (at, with(a, value))).filter(|(_, value)| value.is_finite()).collect())
        }
        (Term::Series(a), Term::Series(b)) => Term::Series(
            a.into_iter().filter_map(|(at, value)| Some((at, with(value, *b.get(&at)?)))).filter(|(_, value)| value.is_finite()).collect(),
        ),
    }
}

fn call(name: &str, arguments: Vec<Term>) -> Option<Term> {
    let all: Vec<Series> =
        arguments.iter().filter_map(|term| if let Term::Series(series) = term { Some(series.clone()) } else { None }).collect();
    let times: BTreeSet<i64> = all.iter().flat_map(BTreeMap::keys).copied().collect();
    let fold = |with: fn(f64, f64) -> f64| -> Series {
        times.iter().filter_map(|at| Some((*at, all.iter().filter_map(|series| series.get(at)).copied().reduce(with)?))).collect()
    };
    match (name.to_uppercase().as_str(), arguments.first(), arguments.get(1)) {
        ("SUM", ..) => Some(Term::Series(fold(|a, b| a + b))),
        ("MAX", ..) => Some(Term::Series(fold(f64::max))),
        ("MIN", ..) => Some(Term::Series(fold(f64::min))),
        ("FILL", Some(Term::Series(series)), Some(Term::Number(_) | Term::Series(_))) => Some(Term::Series(series.clone())),
        ("ABS", Some(Term::Series(series)), _) => Some(Term::Series(series.iter().map(|(at, value)| (*at, value.abs())).collect())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_follows_its_rules() {
        let known =
            BTreeMap::from([("a".to_owned(), Series::from([(0, 2.0), (60, 4.0)])), ("b".to_owned(), Series::from([(0, 8.0), (60, 0.0)]))]);
        assert_eq!(evaluate("100 * a / b", &known), Some(Series::from([(0, 25.0)])));
        assert_eq!(evaluate("SUM(a, b) - (1 + 1)", &known), Some(Series::from([(0, 8.0), (60, 2.0)])));
        assert_eq!(evaluate("a + c", &known), None);
        assert_eq!(evaluate("a +", &known), None);
    }
}
