//! Running a query: the records of an object, those that are meant, and what is asked of them.

use super::datum::Datum;
use super::expression::{Expression, Step};
use super::query::Query;
use crate::services::members::matches;
use crate::world::Fault;
use std::cmp::Ordering;

/// A record as it goes out.
type Record = Vec<(String, Datum)>;

pub fn run(query: &Query, documents: Vec<Datum>) -> Result<Vec<Record>, Fault> {
    // The object is the collection of its documents, so a star right behind it changes nothing.
    let steps = query.from.strip_prefix(&[Step::Each]).unwrap_or(&query.from);
    let mut meant = Vec::new();
    for record in documents.into_iter().flat_map(|document| walk(document, steps)) {
        let scope = Scope { alias: &query.alias, record: &record };
        let fits = match &query.condition {
            Some(condition) => scope.value(condition)? == Datum::Bool(true),
            None => true,
        };
        if fits {
            meant.push(record);
        }
    }
    let most = query.limit.unwrap_or(usize::MAX);
    let Some(columns) = &query.columns else { return Ok(meant.into_iter().take(most).map(whole).collect()) };
    let aggregates = columns.iter().filter(|(column, _)| matches!(column, Expression::Aggregate(..))).count();
    if aggregates == columns.len() {
        let row = columns.iter().enumerate().map(|(at, (column, alias))| {
            let value = aggregate(column, &query.alias, &meant)?;
            Ok((alias.clone().unwrap_or_else(|| format!("_{}", at + 1)), value))
        });
        return row.collect::<Result<Record, Fault>>().map(|row| vec![row]);
    }
    if aggregates > 0 {
        return Err(Fault::new("UnsupportedSqlStructure", "Encountered an unsupported SQL structure. Check the SQL Reference."));
    }
    let rows = meant.iter().take(most).map(|record| {
        let scope = Scope { alias: &query.alias, record };
        let cells = columns.iter().enumerate().map(|(at, (column, alias))| {
            let name = alias.clone().or_else(|| named(column)).unwrap_or_else(|| format!("_{}", at + 1));
            Ok((name, scope.value(column)?))
        });
        cells.collect::<Result<Record, Fault>>()
    });
    rows.collect()
}

/// The answer of `SELECT *` for a record: itself, or what is no record as the first of one.
fn whole(record: Datum) -> Record {
    match record {
        Datum::Record(members) => members,
        Datum::Missing => Vec::new(),
        other => vec![("_1".into(), other)],
    }
}

/// The name of a column that is a path, or a path made into another type: its last member.
fn named(column: &Expression) -> Option<String> {
    match column {
        Expression::Path(steps) => steps.iter().rev().find_map(|step| match step {
            Step::Member { name, .. } => Some(name.clone()),
            Step::Index(_) | Step::Each => None,
        }),
        Expression::Cast(inner, _) => named(inner),
        _ => None,
    }
}

/// Where the steps lead: to one value, or to as many as a list has where a star stands. What is not there is one that is missing.
fn walk(from: Datum, steps: &[Step]) -> Vec<Datum> {
    let Some((first, rest)) = steps.split_first() else { return vec![from] };
    let next = match (first, from) {
        (Step::Member { name, quoted }, from) => vec![from.member(name, *quoted)],
        (Step::Index(at), Datum::List(items)) => vec![items.get(*at).cloned().unwrap_or(Datum::Missing)],
        (Step::Index(_), _) => vec![Datum::Missing],
        (Step::Each, Datum::List(items)) if items.is_empty() => vec![Datum::Missing],
        (Step::Each, Datum::List(items)) => items,
        (Step::Each, other) => vec![other],
    };
    next.into_iter().flat_map(|value| walk(value, rest)).collect()
}

fn aggregate(column: &Expression, alias: &str, records: &[Datum]) -> Result<Datum, Fault> {
    let Expression::Aggregate(function, argument) = column else { return Ok(Datum::Missing) };
    let Some(argument) = argument else { return Ok(count(records.len())) };
    let values: Result<Vec<Datum>, Fault> = records.iter().map(|record| Scope { alias, record }.value(argument)).collect();
    let values: Vec<Datum> = values?.into_iter().filter(|value| !value.is_absent()).collect();
    let numbers =
        || values.iter().map(|value| value.number().ok_or_else(|| cast_failed(value, "a number"))).collect::<Result<Vec<f64>, Fault>>();
    let extreme = |wanted: Ordering| {
        let better = |best: Datum, value: &Datum| if value.compare(&best) == Some(wanted) { value.clone() } else { best };
        values.first().map_or(Datum::Null, |first| values.iter().fold(first.clone(), better))
    };
    Ok(match *function {
        "COUNT" => count(values.len()),
        "MIN" => extreme(Ordering::Less),
        "MAX" => extreme(Ordering::Greater),
        _ if values.is_empty() => Datum::Null,
        "SUM" => Datum::from_f64(numbers()?.iter().sum()),
        _ => {
            let numbers = numbers()?;
            Datum::from_f64(numbers.iter().sum::<f64>() / numbers.len() as f64)
        }
    })
}

fn count(number: usize) -> Datum {
    Datum::Number(number.into())
}

fn cast_failed(value: &Datum, kind: &str) -> Fault {
    Fault::new(
        "CastFailed",
        format!("Attempt to convert from one data type to another using CAST failed in the SQL expression: {value} to {kind}."),
    )
}

struct Scope<'a> {
    alias: &'a str,
    record: &'a Datum,
}

impl Scope<'_> {
    fn value(&self, expression: &Expression) -> Result<Datum, Fault> {
        Ok(match expression {
            Expression::Literal(value) => value.clone(),
            Expression::Path(steps) => self.path(steps),
            Expression::Not(inner) => match self.value(inner)? {
                Datum::Bool(value) => Datum::Bool(!value),
                _ => Datum::Null,
            },
            Expression::Negative(inner) => self.value(inner)?.number().map_or(Datum::Null, |number| Datum::from_f64(-number)),
            Expression::Binary(sign, left, right) => binary(sign, &self.value(left)?, || self.value(right))?,
            Expression::In(value, list) => {
                let value = self.value(value)?;
                let items: Result<Vec<Datum>, Fault> = list.iter().map(|item| self.value(item)).collect();
                Datum::Bool(items?.iter().any(|item| value.compare(item) == Some(Ordering::Equal)))
            }
            Expression::Between(value, least, most) => {
                let (value, least, most) = (self.value(value)?, self.value(least)?, self.value(most)?);
                match (value.compare(&least), value.compare(&most)) {
                    (Some(low), Some(high)) => Datum::Bool(low.is_ge() && high.is_le()),
                    _ => Datum::Null,
                }
            }
            Expression::Is(inner, missing) => {
                let value = self.value(inner)?;
                Datum::Bool(if *missing { value == Datum::Missing } else { value.is_absent() })
            }
            Expression::Cast(inner, kind) => cast(self.value(inner)?, kind)?,
            Expression::Call(name, arguments) => {
                let values: Result<Vec<Datum>, Fault> = arguments.iter().map(|argument| self.value(argument)).collect();
                function(name, &values?)?
            }
            Expression::Aggregate(..) => {
                return Err(Fault::new("UnsupportedSqlStructure", "Encountered an unsupported SQL structure. Check the SQL Reference."));
            }
        })
    }

    /// A path begins with the alias, with the object's own name, or with a member of the record. `_2` is the second column.
    fn path(&self, steps: &[Step]) -> Datum {
        let Some((Step::Member { name, quoted }, rest)) = steps.split_first() else { return Datum::Missing };
        let own = name.eq_ignore_ascii_case(self.alias) || (!quoted && name.eq_ignore_ascii_case("S3Object"));
        let steps = if own { rest } else { steps };
        if let (Some(Step::Member { name, quoted: false }), Datum::Record(members)) = (steps.first(), self.record) {
            let place = name.strip_prefix('_').and_then(|place| place.parse::<usize>().ok()).and_then(|place| place.checked_sub(1));
            let known = self.record.member(name, false) != Datum::Missing;
            if let Some((_, value)) = place.filter(|_| !known).and_then(|place| members.get(place)) {
                return walk(value.clone(), &steps[1..]).into_iter().next().unwrap_or(Datum::Missing);
            }
        }
        walk(self.record.clone(), steps).into_iter().next().unwrap_or(Datum::Missing)
    }
}

fn binary(sign: &str, left: &Datum, right: impl FnOnce() -> Result<Datum, Fault>) -> Result<Datum, Fault> {
    match (sign, left) {
        ("AND", Datum::Bool(false)) => return Ok(Datum::Bool(false)),
        ("OR", Datum::Bool(true)) => return Ok(Datum::Bool(true)),
        _ => {}
    }
    let right = right()?;
    Ok(match sign {
        "AND" | "OR" => match (sign, left, &right) {
            ("AND", Datum::Bool(true), value) | ("OR", Datum::Bool(false), value) => value.clone(),
            ("AND", _, Datum::Bool(false)) => Datum::Bool(false),
            ("OR", _, Datum::Bool(true)) => Datum::Bool(true),
            _ => Datum::Null,
        },
        _ if left.is_absent() || right.is_absent() => Datum::Null,
        "LIKE" => Datum::Bool(like(&right.plain(), &left.plain())),
        "||" => Datum::Text(left.plain() + &right.plain()),
        "+" | "-" | "*" | "/" | "%" => {
            let number = |value: &Datum| value.number().ok_or_else(|| cast_failed(value, "a number"));
            let (a, b) = (number(left)?, number(&right)?);
            Datum::from_f64(match sign {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "/" => a / b,
                _ => a % b,
            })
        }
        _ => match left.compare(&right) {
            None => Datum::Bool(sign == "<>"),
            Some(order) => Datum::Bool(match sign {
                "=" => order.is_eq(),
                "<>" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            }),
        },
    })
}

/// `%` and `_` stand for what `*` and `?` do elsewhere; those two stand for themselves here.
fn like(pattern: &str, text: &str) -> bool {
    let apart = |text: &str| text.replace('*', "\u{1}").replace('?', "\u{2}");
    matches(&apart(pattern).replace('%', "*").replace('_', "?"), &apart(text))
}

fn cast(value: Datum, kind: &str) -> Result<Datum, Fault> {
    if value.is_absent() {
        return Ok(value);
    }
    let failed = || cast_failed(&value, kind);
    match kind {
        "INT" | "INTEGER" => value.number().map(|number| Datum::from_f64(number.trunc())).ok_or_else(failed),
        "FLOAT" | "DECIMAL" | "NUMERIC" => value.number().map(Datum::from_f64).ok_or_else(failed),
        "STRING" => Ok(Datum::Text(value.plain())),
        "BOOL" => match value.plain().to_lowercase().as_str() {
            "true" => Ok(Datum::Bool(true)),
            "false" => Ok(Datum::Bool(false)),
            _ => Err(failed()),
        },
        other => Err(super::absent(&format!("a CAST to {other}"))),
    }
}

fn function(name: &str, arguments: &[Datum]) -> Result<Datum, Fault> {
    let wrong = || Fault::new("IncorrectSqlFunctionArgumentType", "Incorrect type of arguments in function call in the SQL expression.");
    let first = arguments.first().unwrap_or(&Datum::Missing);
    match (name, arguments) {
        ("COALESCE", _) => return Ok(arguments.iter().find(|value| !value.is_absent()).cloned().unwrap_or(Datum::Null)),
        ("NULLIF", [a, b]) => return Ok(if a.compare(b) == Some(Ordering::Equal) { Datum::Null } else { a.clone() }),
        _ if first.is_absent() => return Ok(Datum::Null),
        _ => {}
    }
    let Datum::Text(text) = first else { return Err(wrong()) };
    match (name, &arguments[1..]) {
        ("UPPER", []) => Ok(Datum::Text(text.to_uppercase())),
        ("LOWER", []) => Ok(Datum::Text(text.to_lowercase())),
        ("TRIM", []) => Ok(Datum::Text(text.trim_matches(' ').to_owned())),
        ("CHAR_LENGTH" | "CHARACTER_LENGTH", []) => Ok(count(text.chars().count())),
        ("SUBSTRING", [from, rest @ ..]) => {
            // The first sign is number one; what lies before it is counted and holds nothing.
            let from = from.number().ok_or_else(wrong)? as i64;
            let to = match rest {
                [] => i64::MAX,
                [length] => from.saturating_add(length.number().ok_or_else(wrong)? as i64),
                _ => return Err(wrong()),
            };
            Ok(Datum::Text((1_i64..).zip(text.chars()).filter(|(at, _)| *at >= from && *at < to).map(|(_, sign)| sign).collect()))
        }
        _ => Err(wrong()),
    }
}
