//! Queries in SQL over metrics: `SELECT SUM(m) FROM "ns" WHERE a = 'x' GROUP BY b ORDER BY SUM() DESC LIMIT 3`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html>

use std::collections::BTreeMap;

/// A query, read.
#[derive(Debug, PartialEq)]
pub struct Query {
    /// The statistic as CloudWatch names it elsewhere, such as `Sum`.
    pub statistic: &'static str,
    pub metric: String,
    pub namespace: String,
    /// The dimensions that a metric has to have, and no others, where the query gives a schema.
    pub schema: Option<Vec<String>>,
    conditions: Vec<Condition>,
    pub group_by: Vec<String>,
    /// True for the greatest first.
    pub descending: Option<bool>,
    pub limit: usize,
}

#[derive(Debug, PartialEq)]
struct Condition {
    dimension: String,
    /// `None` where it is only asked that the dimension be there.
    value: Option<String>,
    equal: bool,
}

/// A query answers this many series at most.
const MOST: usize = 500;

const STATISTICS: [(&str, &str); 5] =
    [("AVG", "Average"), ("COUNT", "SampleCount"), ("MAX", "Maximum"), ("MIN", "Minimum"), ("SUM", "Sum")];

impl Query {
    /// Reads a query; `None` where it is none.
    pub fn parse(text: &str) -> Option<Query> {
        Reader { words: words(text)?, at: 0 }.query()
    }

    /// True when the query means a metric with these dimensions.
    pub fn means(&self, dimensions: &BTreeMap<&str, &str>) -> bool {
        let schema = self.schema.as_ref();
        schema.is_none_or(|schema| schema.len() == dimensions.len() && schema.iter().all(|name| dimensions.contains_key(name.as_str())))
            && self.group_by.iter().all(|name| dimensions.contains_key(name.as_str()))
            && self.conditions.iter().all(|condition| match (dimensions.get(condition.dimension.as_str()), &condition.value) {
                (Some(own), Some(value)) => (own == value) == condition.equal,
                (Some(_), None) => true,
                (None, _) => false,
            })
    }
}

/// A word, a name in double quotes, a text in single ones, or a sign.
#[derive(Debug, Clone, PartialEq)]
enum Word {
    Bare(String),
    Name(String),
    Text(String),
    Sign(String),
}

fn words(text: &str) -> Option<Vec<Word>> {
    let signs: Vec<char> = text.chars().collect();
    let (mut words, mut at) = (Vec::new(), 0);
    while let Some(sign) = signs.get(at) {
        let from = at;
        at += 1;
        let until = |at: usize, quote: char| signs[at..].iter().position(|sign| *sign == quote).map(|length| at + length);
        words.push(match sign {
            sign if sign.is_whitespace() => continue,
            quote @ ('"' | '\'') => {
                let end = until(at, *quote)?;
                let inner = signs[at..end].iter().collect();
                at = end + 1;
                if *quote == '"' { Word::Name(inner) } else { Word::Text(inner) }
            }
            '!' if signs.get(at) == Some(&'=') => {
                at += 1;
                Word::Sign("!=".into())
            }
            '(' | ')' | ',' | '=' => Word::Sign(sign.to_string()),
            _ => {
                while signs.get(at).is_some_and(|sign| !sign.is_whitespace() && !"(),=!'\"".contains(*sign)) {
                    at += 1;
                }
                Word::Bare(signs[from..at].iter().collect())
            }
        });
    }
    Some(words)
}

struct Reader {
    words: Vec<Word>,
    at: usize,
}

impl Reader {
    fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.words.get(self.at), Some(Word::Bare(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.words.get(self.at), Some(Word::Sign(own)) if own == sign);
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> Option<String> {
        let (Some(Word::Bare(name)) | Some(Word::Name(name))) = self.words.get(self.at) else { return None };
        self.at += 1;
        Some(name.clone())
    }

    fn names(&mut self) -> Option<Vec<String>> {
        let mut names = vec![self.name()?];
        while self.sign(",") {
            names.push(self.name()?);
        }
        Some(names)
    }

    fn query(mut self) -> Option<Query> {
        let statistic = self.keyword("SELECT").then(|| self.statistic())??;
        let metric = self.sign("(").then(|| self.name())??;
        let (namespace, schema) = (self.sign(")") && self.keyword("FROM")).then(|| self.source())??;
        let conditions = if self.keyword("WHERE") { self.conditions()? } else { Vec::new() };
        let group_by = if self.keyword("GROUP") { self.keyword("BY").then(|| self.names())?? } else { Vec::new() };
        let descending = if self.keyword("ORDER") { Some(self.order()?) } else { None };
        let limit = if self.keyword("LIMIT") { self.name()?.parse().ok()? } else { MOST };
        let whole = self.at == self.words.len() && (1..=MOST).contains(&limit);
        whole.then_some(Query { statistic, metric, namespace, schema, conditions, group_by, descending, limit })
    }

    fn statistic(&mut self) -> Option<&'static str> {
        let name = self.name()?;
        STATISTICS.iter().find(|(own, _)| own.eq_ignore_ascii_case(&name)).map(|(_, statistic)| *statistic)
    }

    /// `"ns"`, or `SCHEMA("ns", a, b)`.
    fn source(&mut self) -> Option<(String, Option<Vec<String>>)> {
        if !self.keyword("SCHEMA") {
            return Some((self.name()?, None));
        }
        let mut names = self.sign("(").then(|| self.names())??;
        let namespace = names.remove(0);
        self.sign(")").then_some((namespace, Some(names)))
    }

    fn conditions(&mut self) -> Option<Vec<Condition>> {
        let mut conditions = vec![self.condition()?];
        while self.keyword("AND") {
            conditions.push(self.condition()?);
        }
        Some(conditions)
    }

    fn condition(&mut self) -> Option<Condition> {
        let dimension = self.name()?;
        let equal = match (self.sign("="), self.sign("!=")) {
            (true, false) => true,
            (false, true) => false,
            _ => return Some(Condition { dimension, value: None, equal: true }),
        };
        let Some(Word::Text(value)) = self.words.get(self.at).cloned() else { return None };
        self.at += 1;
        Some(Condition { dimension, value: Some(value), equal })
    }

    /// `BY SUM() DESC`: the statistic orders the series, ascending unless said otherwise.
    fn order(&mut self) -> Option<bool> {
        let statistic = self.keyword("BY").then(|| self.statistic())?;
        (statistic.is_some() && self.sign("(") && self.sign(")")).then_some(())?;
        Some(!self.keyword("ASC") && self.keyword("DESC"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_with_all_of_its_parts() {
        let text = r#"SELECT AVG("CPU Used") FROM SCHEMA("AWS/X", Id, 'a') "#;
        assert_eq!(Query::parse(text), None);
        let text = r#"select max(m) from SCHEMA("AWS/X", Id, zone) where zone != 'a' and Id group by Id order by max() desc limit 2"#;
        let query = Query::parse(text).unwrap();
        assert_eq!((query.statistic, query.metric.as_str(), query.namespace.as_str()), ("Maximum", "m", "AWS/X"));
        assert_eq!((&query.group_by[..], query.descending, query.limit), (&["Id".to_owned()][..], Some(true), 2));
        assert!(query.means(&BTreeMap::from([("Id", "i"), ("zone", "b")])));
        for other in [vec![("Id", "i"), ("zone", "a")], vec![("Id", "i")], vec![("Id", "i"), ("zone", "b"), ("more", "c")]] {
            assert!(!query.means(&other.into_iter().collect()));
        }
        for wrong in [
            "SELECT",
            "SELECT MED(m) FROM n",
            "SELECT SUM(m) FROM n WHERE",
            "SELECT SUM(m) FROM n LIMIT 0",
            "SUM(m)",
            "SELECT SUM(m) FROM 'n",
        ] {
            assert_eq!(Query::parse(wrong), None, "{wrong}");
        }
    }
}
