//! The price catalogue: one line a price, sorted by region and key, searched without being read as a whole.
//!
//! The form is written down in `prices/README.md`.

pub mod age;
pub mod refresh;
pub mod unit;

use crate::core::bill::Mark;
use crate::core::money::{Decimal, Money, number};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::LazyLock;

/// The file name of a refreshed catalogue in the user's cache directory.
pub const REFRESHED: &str = "prices.tsv";

/// The origin of the catalogue inside the binary.
pub const EMBEDDED: &str = "embedded";

/// The region of what has one price in all of AWS.
pub const GLOBAL: &str = "global";

/// Prices of one day.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The day it was put together: `2026-11-20`.
    pub generated: String,
    /// The name that reports give it: `embedded`, `refreshed`, or a file.
    pub origin: String,
    sources: Vec<String>,
    /// The lines, each with its line break.
    lines: Cow<'static, str>,
}

/// One price, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Price {
    /// AWS's own code: `AmazonRDS`.
    pub service: String,
    pub region: String,
    pub key: String,
    /// The unit that it is the price of: `hour`, `10k requests`.
    pub unit: String,
    /// The price from each amount on; the first from 0.
    pub tiers: Vec<Tier>,
    /// The date on which its newest source was published; not always a whole one.
    pub as_of: String,
    pub mark: Mark,
    pub source: String,
    /// Prices that other sources give.
    pub others: Vec<Other>,
    pub notes: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tier {
    pub from: Decimal,
    pub usd: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Other {
    pub usd: Money,
    pub as_of: String,
    pub source: String,
}

/// A file is not a catalogue that can be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    #[error("it is not a price catalogue: its first line is not `trueup-prices`")]
    Other,
    #[error("it is of format {0}, and this version reads format {FORMAT}; `trueup prices refresh` writes a new one")]
    Format(String),
    #[error("its prices are in {0}, not in USD; `trueup prices refresh` writes a new one")]
    Currency(String),
    #[error("line {line} is damaged: {what}; `trueup prices refresh` writes a new one")]
    Line { line: usize, what: String },
    #[error("it ends too early: a refresh was broken off; `trueup prices refresh` writes a new one")]
    Cut,
    #[error("it does not match its own checksum; `trueup prices refresh` writes a new one")]
    Checksum,
}

const FORMAT: &str = "1";

impl Catalog {
    /// The catalogue inside the binary.
    pub fn embedded() -> &'static Catalog {
        static INSIDE: LazyLock<Catalog> = LazyLock::new(|| {
            const TEXT: &str = include_str!("../../../prices/catalog.tsv");
            // A test reads it as a whole; here only its head is.
            let head = Head::read(TEXT).unwrap_or_default();
            let lines = ending(TEXT).and_then(|(body, _)| body.get(head.end..)).unwrap_or_default();
            Catalog { generated: head.generated, origin: EMBEDDED.into(), sources: head.sources, lines: Cow::Borrowed(lines) }
        });
        &INSIDE
    }

    /// A catalogue from a file. As files are cut off and edited, every line of it is checked, unless it is sealed.
    pub fn parse(text: &str, origin: impl Into<String>) -> Result<Catalog, Damaged> {
        let head = Head::read(text)?;
        let (all, seal) = ending(text).ok_or(Damaged::Cut)?;
        let body = all.get(head.end..).ok_or(Damaged::Cut)?;
        let catalog =
            Catalog { generated: head.generated, origin: origin.into(), sources: head.sources, lines: Cow::Owned(body.to_owned()) };
        if let Some(seal) = seal {
            return if seal == checksum(all) { Ok(catalog) } else { Err(Damaged::Checksum) };
        }
        let first = text[..head.end].matches('\n').count() + 1;
        let mut before = ("", "");
        let mut count = 0;
        for (at, line) in body.lines().enumerate() {
            let wrong = |what: &str| Damaged::Line { line: first + at, what: what.to_owned() };
            catalog.read(line).ok_or_else(|| wrong("it is not ten columns with a price"))?;
            let place = place(line);
            if place <= before {
                return Err(wrong("it is out of order"));
            }
            before = place;
            count += 1;
        }
        if count == head.prices { Ok(catalog) } else { Err(Damaged::Cut) }
    }

    /// Returns the price of a key in a region. A price of another region is never an answer.
    pub fn find(&self, region: &str, key: &str) -> Option<Price> {
        let (mut from, mut to) = (0, self.lines.len());
        while from < to {
            let (start, end) = self.line_around(from + (to - from) / 2);
            let line = &self.lines[start..end];
            match place(line).cmp(&(region, key)) {
                std::cmp::Ordering::Equal => return self.read(line),
                std::cmp::Ordering::Less => from = end + 1,
                std::cmp::Ordering::Greater => to = start,
            }
        }
        None
    }

    /// Every price, by region and key.
    pub fn prices(&self) -> impl Iterator<Item = Price> + '_ {
        self.lines.lines().filter_map(|line| self.read(line))
    }

    /// The regions that it has prices of.
    pub fn regions(&self) -> Vec<&str> {
        let mut regions = self.lines.lines().map(|line| place(line).0).filter(|region| *region != GLOBAL).collect::<Vec<_>>();
        regions.dedup();
        regions
    }

    /// Returns what is known of a family of keys where one is not: of all that begin with `stem` the nearest to `choice` first,
    /// three at most.
    pub fn near(&self, region: &str, stem: &str, choice: &str) -> Vec<&str> {
        let keys = self.lines.lines().map(place).filter(|(one, _)| *one == region);
        let mut known = keys.filter_map(|(_, key)| key.strip_prefix(stem)).collect::<Vec<_>>();
        known.sort_by_key(|other| strsim::damerau_levenshtein(other, choice));
        known.truncate(3);
        known
    }

    /// Returns the keys most like one that is not there, three at most.
    pub fn nearest(&self, key: &str) -> Vec<&str> {
        let keys = self.lines.lines().map(|line| place(line).1).collect::<BTreeSet<_>>();
        let mut keys = keys.into_iter().collect::<Vec<_>>();
        keys.sort_by_cached_key(|other| strsim::damerau_levenshtein(other, key));
        keys.truncate(3);
        keys
    }

    fn line_around(&self, at: usize) -> (usize, usize) {
        let bytes = self.lines.as_bytes();
        let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length);
        (start, end)
    }

    fn read(&self, line: &str) -> Option<Price> {
        let columns = line.split('\t').collect::<Vec<_>>();
        let [region, key, service, unit, price, as_of, mark, source, others, notes] = columns.as_slice() else { return None };
        let name = |index: &str| self.sources.get(index.parse::<usize>().ok()?).cloned();
        let other = |text: &str| {
            let mut parts = text.split('@');
            let usd = Money::new(number(parts.next()?)?);
            Some(Other { usd, as_of: parts.next()?.replace('_', " "), source: name(parts.next()?)? })
        };
        Some(Price {
            service: (*service).to_owned(),
            region: (*region).to_owned(),
            key: (*key).to_owned(),
            unit: (*unit).to_owned(),
            tiers: read_tiers(price)?,
            as_of: (*as_of).to_owned(),
            mark: read_mark(mark)?,
            source: name(source)?,
            others: others.split(' ').filter(|text| !text.is_empty()).map(other).collect::<Option<_>>()?,
            notes: (*notes).to_owned(),
        })
    }
}

/// Returns a catalogue's text, in its one canonical form.
pub fn write(generated: &str, prices: &[Price]) -> String {
    let mut sorted = prices.iter().collect::<Vec<_>>();
    sorted.sort_by_key(|price| (&price.region, &price.key));
    let sources = prices.iter().flat_map(|price| std::iter::once(&price.source).chain(price.others.iter().map(|other| &other.source)));
    let mut names = sources.collect::<Vec<_>>();
    names.sort();
    names.dedup();
    let index = |source: &String| names.binary_search(&source).unwrap_or_default();
    let mut text = format!("trueup-prices {FORMAT}\ncurrency USD\ngenerated {generated}\nsources {}\n", names.len());
    names.iter().for_each(|name| text += &format!("{name}\n"));
    text += &format!("prices {}\n", sorted.len());
    for price in sorted {
        let Price { service, region, key, unit, tiers, as_of, mark, source, others, notes } = price;
        let amounts = match tiers.as_slice() {
            [one] => one.usd.dollars().normalize().to_string(),
            many => many.iter().map(|tier| format!("{}:{}", tier.from, tier.usd.dollars().normalize())).collect::<Vec<_>>().join(" "),
        };
        let others = others.iter().map(|other| {
            let Other { usd, as_of, source } = other;
            format!("{}@{}@{}", usd.dollars().normalize(), as_of.replace(' ', "_"), index(source))
        });
        let others = others.collect::<Vec<_>>().join(" ");
        let mark = short(*mark);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{region}\t{key}\t{service}\t{unit}\t{amounts}\t{as_of}\t{mark}\t{}\t{others}\t{notes}", index(source));
    }
    text + "end\n"
}

/// Returns the text with a checksum in its last line, so that a reader need not check every other.
pub fn seal(text: &str) -> String {
    let body = ending(text).map_or(text, |(body, _)| body);
    format!("{body}end {}\n", checksum(body))
}

impl Price {
    /// Returns what one unit costs in the first tier.
    pub fn first(&self) -> Money {
        self.tiers.first().map(|tier| tier.usd).unwrap_or_default()
    }
    /// True when its newest source was more than a year old on a day (`2026-11-21`).
    pub fn is_old(&self, today: &str) -> bool {
        let Some((year, rest)) = today.split_once('-').and_then(|(year, rest)| Some((year.parse::<i32>().ok()?, rest))) else {
            return false;
        };
        // A date that is not whole counts as its first day.
        let whole = format!("{}{}", self.as_of, "-01-01".get(self.as_of.len().saturating_sub(4).min(6)..).unwrap_or_default());
        whole.as_str() < format!("{}-{rest}", year - 1).as_str()
    }
}

fn read_mark(text: &str) -> Option<Mark> {
    [Mark::PriceList, Mark::TwoSources, Mark::SingleSource, Mark::Conflict].into_iter().find(|mark| short(*mark) == text)
}

/// Returns the word that stands for a mark in the catalogue's seventh column.
fn short(mark: Mark) -> &'static str {
    match mark {
        Mark::PriceList => "aws",
        Mark::TwoSources => "two",
        Mark::SingleSource => "single",
        Mark::Conflict => "conflict",
    }
}

#[derive(Default)]
struct Head {
    generated: String,
    sources: Vec<String>,
    prices: usize,
    /// The prices begin at this byte.
    end: usize,
}

impl Head {
    fn read(text: &str) -> Result<Head, Damaged> {
        let mut at = 0;
        let mut number = 0;
        let mut next = || {
            let length = text[at..].find('\n').ok_or(Damaged::Cut)?;
            let line = &text[at..at + length];
            at += length + 1;
            number += 1;
            Ok((number, line))
        };
        let (_, first) = next().map_err(|_| Damaged::Other)?;
        match first.split_once(' ') {
            Some(("trueup-prices", FORMAT)) => {}
            Some(("trueup-prices", other)) => return Err(Damaged::Format(other.to_owned())),
            _ => return Err(Damaged::Other),
        }
        let mut field = |name: &str| {
            let (line, text) = next()?;
            let value = text.strip_prefix(name).and_then(|rest| rest.strip_prefix(' ')).map(str::to_owned);
            value.ok_or_else(|| Damaged::Line { line, what: format!("`{name}` belongs here") })
        };
        let currency = field("currency")?;
        if currency != "USD" {
            return Err(Damaged::Currency(currency));
        }
        let generated = field("generated")?;
        let count = field("sources")?.parse::<usize>().map_err(|_| Damaged::Cut)?;
        let sources = (0..count).map(|_| next().map(|(_, line)| line.to_owned())).collect::<Result<_, _>>()?;
        let (line, prices) = next()?;
        let prices = prices.strip_prefix("prices ").and_then(|count| count.parse().ok());
        let prices = prices.ok_or(Damaged::Line { line, what: "`prices` belongs here".into() })?;
        Ok(Head { generated, sources, prices, end: at })
    }
}

/// Splits a text at its last line: what stands before it, and the checksum in it if it is sealed.
fn ending(text: &str) -> Option<(&str, Option<&str>)> {
    let (body, last) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let seal = last.strip_prefix("end")?;
    let body = text.get(..body.len() + 1)?;
    if seal.is_empty() { Some((body, None)) } else { Some((body, Some(seal.strip_prefix(' ')?))) }
}

fn checksum(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn place(line: &str) -> (&str, &str) {
    let mut columns = line.split('\t');
    (columns.next().unwrap_or_default(), columns.next().unwrap_or_default())
}

fn read_tiers(text: &str) -> Option<Vec<Tier>> {
    let tier = |text: &str| match text.split_once(':') {
        Some((from, usd)) => Some(Tier { from: number(from)?, usd: Money::new(number(usd)?) }),
        None => Some(Tier { from: Decimal::ZERO, usd: Money::new(number(text)?) }),
    };
    let tiers = text.split(' ').map(tier).collect::<Option<Vec<_>>>()?;
    let rising = tiers.windows(2).all(|pair| pair[0].from < pair[1].from);
    (tiers.first()?.from.is_zero() && rising && tiers.iter().all(|tier| tier.usd >= Money::ZERO)).then_some(tiers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../../prices/catalog.tsv");

    #[test]
    fn the_embedded_catalogue_is_whole_and_in_its_canonical_form() {
        let catalog = Catalog::parse(TEXT, "test").unwrap();
        let prices = catalog.prices().collect::<Vec<_>>();
        assert!(prices.len() > 3348 && prices.len() < 5000, "{}", prices.len());
        assert_eq!(write(&catalog.generated, &prices), format!("{}end\n", ending(TEXT).unwrap().0));
        assert_eq!(catalog.regions().len(), 8);
        for price in &prices {
            assert_eq!(Catalog::embedded().find(&price.region, &price.key).as_ref(), Some(price));
        }
        assert_eq!(Catalog::embedded().prices().count(), prices.len());
        assert_eq!(Catalog::embedded().regions(), catalog.regions());
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let catalog = Catalog::embedded();
        for (region, key) in [
            ("eu-north-1", "elb.alb.hour"),
            ("us-west-2", "elb.alb.lcu_hour"),
            ("us-east-1", "elb.alb"),
            ("", ""),
            ("zz", "zz"),
            ("end", ""),
        ] {
            assert_eq!(catalog.find(region, key), None, "{region} {key}");
        }
        let postgres = "rds.instance.postgresql.single_az.";
        assert_eq!(catalog.near("us-east-1", postgres, "db.t4g.mikro").first(), Some(&"db.t4g.micro"));
        assert!(catalog.near("us-east-1", "opensearch.instance.", "t3.smal.search").contains(&"t3.small.search"));
        assert_eq!(catalog.near("eu-north-1", postgres, "db.t4g.micro"), Vec::<&str>::new());
    }

    #[test]
    fn damaged_files_say_what_is_wrong() {
        let cut = &TEXT[..TEXT.len() - 2000];
        let parse = |text: &str| Catalog::parse(text, "x").map(|_| ()).unwrap_err();
        assert_eq!(parse(""), Damaged::Other);
        assert_eq!(parse("{\"schema_version\": 1}\n"), Damaged::Other);
        assert_eq!(parse("trueup-prices 0\n"), Damaged::Format("0".into()));
        assert_eq!(parse(cut), Damaged::Cut);
        assert_eq!(parse(&TEXT.replacen("currency USD", "currency CNY", 1)), Damaged::Currency("CNY".into()));
        let missing = TEXT.replacen("us-east-1\telb.alb.hour\t", "us-east-1\telb.alb.hour ", 1);
        assert!(matches!(parse(&missing), Damaged::Line { .. }), "{missing:.0}");
        let first = TEXT.lines().find(|line| line.starts_with("ap-northeast-1\t")).unwrap();
        assert!(
            matches!(parse(&TEXT.replacen(first, &format!("{first}\n{first}"), 1)), Damaged::Line { what, .. } if what.contains("order"))
        );
        assert_eq!(parse(&TEXT.replacen(&format!("{first}\n"), "", 1)), Damaged::Cut);
    }

    #[test]
    fn a_sealed_catalogue_is_what_it_was() {
        let sealed = seal(TEXT);
        assert_eq!(seal(&sealed), sealed);
        let catalog = Catalog::parse(&sealed, "sealed").unwrap();
        assert!(catalog.prices().eq(Catalog::embedded().prices()));
        let parse = |text: &str| Catalog::parse(text, "x").map(|_| ()).unwrap_err();
        assert_eq!(parse(&sealed.replacen("\t0.0225\t", "\t0.0226\t", 1)), Damaged::Checksum);
        assert_eq!(parse(&sealed[..sealed.len() - 1]), Damaged::Cut);
        assert_eq!(parse(&sealed[..sealed.len() - 3]), Damaged::Cut);
        assert_eq!(parse(&format!("{}\n", &sealed[..sealed.len() - 3])), Damaged::Checksum);
    }

    #[test]
    fn unknown_keys_have_neighbours() {
        assert_eq!(Catalog::embedded().nearest("elb.alb.hours").first(), Some(&"elb.alb.hour"));
        assert_eq!(Catalog::embedded().nearest("").len(), 3);
    }

    #[test]
    fn prices_older_than_a_year_are_marked() {
        let price = Catalog::embedded().find("us-east-1", "elb.alb.hour").unwrap();
        for (as_of, old) in [
            ("2026-09-29", false),
            ("2025-11-21", false),
            ("2025-11-20", true),
            ("2025", true),
            ("2026", false),
            ("2018-2020 (undated)", true),
        ] {
            assert_eq!(Price { as_of: as_of.into(), ..price.clone() }.is_old("2026-11-21"), old, "{as_of}");
        }
    }
}
