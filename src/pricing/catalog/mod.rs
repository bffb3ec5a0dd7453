//! The price catalogue: one line a price, sorted by region and key, searched without being read as a whole.
//!
//! The form is written down in `prices/README.md`.

pub mod age;
mod form;
pub mod refresh;
pub mod unit;

pub use form::{seal, write};

use crate::core::bill::Mark;
use crate::core::money::{Decimal, Money};
use form::{FORMAT, Head, at_least, checksum, ending, place, read};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;
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
    /// A source a line, each begun by its id, in the order of these.
    sources: Cow<'static, str>,
    /// A price a line, by region and key.
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
    /// The amount of a month from which on nothing is known: some sources have the first tier alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_below: Option<Decimal>,
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

impl Catalog {
    /// The catalogue inside the binary.
    pub fn embedded() -> &'static Catalog {
        static INSIDE: LazyLock<Catalog> = LazyLock::new(|| {
            const TEXT: &str = include_str!("../../../prices/catalog.tsv");
            // A test reads it as a whole; here only its head is.
            let head = Head::read(TEXT).unwrap_or_default();
            let lines = ending(TEXT).and_then(|(body, _)| body.get(head.end..)).unwrap_or_default();
            let sources = Cow::Borrowed(head.sources);
            Catalog { generated: head.generated.to_owned(), origin: EMBEDDED.into(), sources, lines: Cow::Borrowed(lines) }
        });
        &INSIDE
    }

    /// A catalogue from a file. As files are cut off and edited, every line of it is checked, unless it is sealed.
    pub fn parse(text: &str, origin: impl Into<String>) -> Result<Catalog, Damaged> {
        let head = Head::read(text)?;
        let (all, seal) = ending(text).ok_or(Damaged::Cut)?;
        let body = all.get(head.end..).ok_or(Damaged::Cut)?;
        let (sources, lines) = (Cow::Owned(head.sources.to_owned()), Cow::Owned(body.to_owned()));
        let catalog = Catalog { generated: head.generated.to_owned(), origin: origin.into(), sources, lines };
        if let Some(seal) = seal {
            return if seal == checksum(all) { Ok(catalog) } else { Err(Damaged::Checksum) };
        }
        let first = text[..head.end].matches('\n').count() + 1;
        let mut before = ("", "");
        let mut count = 0;
        for (at, line) in body.lines().enumerate() {
            let wrong = |what: &str| Damaged::Line { line: first + at, what: what.to_owned() };
            read(line, &catalog.sources).ok_or_else(|| wrong("it is not ten columns with a price"))?;
            let place = place(line);
            if place <= before {
                return Err(wrong("it is out of order"));
            }
            before = place;
            count += 1;
        }
        if count == head.prices { Ok(catalog) } else { Err(Damaged::Cut) }
    }

    /// Returns the price that a key has in a region by itself. A price of another region is never an answer.
    pub fn find(&self, region: &str, key: &str) -> Option<Price> {
        let line = self.lines[self.begin(region, key)..].lines().next()?;
        if place(line) == (region, key) { read(line, &self.sources) } else { None }
    }

    /// Returns what a key costs in a region: the region's own price, or the one that AWS says once for all of them. China and
    /// the government's regions are sold apart, by lists of their own.
    pub fn price(&self, region: &str, key: &str) -> Option<Price> {
        let apart = ["cn-", "us-gov-", "us-iso"].iter().any(|one| region.starts_with(one));
        self.find(region, key).or_else(|| if apart { None } else { self.find(GLOBAL, key) })
    }

    /// Returns AWS's code of the service that a key belongs to, from any region that has a price of it.
    pub fn service(&self, key: &str) -> Option<&str> {
        let regions = self.regions().into_iter().chain([GLOBAL]);
        let mut lines = regions.filter_map(|region| self.lines[self.begin(region, key)..].lines().next());
        lines.find(|line| place(line).1 == key).and_then(|line| line.split('\t').nth(2))
    }

    /// Every price, by region and key.
    pub fn prices(&self) -> impl Iterator<Item = Price> + '_ {
        self.lines.lines().filter_map(|line| read(line, &self.sources))
    }

    /// The regions that it has prices of.
    pub fn regions(&self) -> Vec<&str> {
        let (mut regions, mut at) = (Vec::new(), 0);
        while let Some(line) = self.lines[at..].lines().next() {
            let (region, _) = place(line);
            regions.push(region);
            at = at_least(&self.lines, |line| place(line).0.cmp(region).then(std::cmp::Ordering::Less));
        }
        regions.retain(|region| *region != GLOBAL);
        regions
    }

    /// True when it has any price of a region.
    pub fn has(&self, region: &str) -> bool {
        self.lines[self.begin(region, "")..].lines().next().is_some_and(|line| place(line).0 == region)
    }

    /// Returns what is known of a family of keys where one is not: of all that begin with `stem` the nearest to `choice` first,
    /// three at most.
    pub fn near(&self, region: &str, stem: &str, choice: &str) -> Vec<&str> {
        let keys = self.lines[self.begin(region, stem)..].lines().map(place);
        let family = keys.map_while(|(one, key)| if one == region { key.strip_prefix(stem) } else { None });
        let mut known = family.collect::<Vec<_>>();
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

    /// Returns where the lines begin that are not before a place.
    fn begin(&self, region: &str, key: &str) -> usize {
        at_least(&self.lines, |line| place(line).cmp(&(region, key)))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../../prices/catalog.tsv");

    #[test]
    fn the_embedded_catalogue_is_whole_and_in_its_canonical_form() {
        let catalog = Catalog::parse(TEXT, "test").unwrap();
        let prices = catalog.prices().collect::<Vec<_>>();
        assert!(prices.len() > 15_000 && prices.len() < 20_000, "{}", prices.len());
        assert_eq!(write(&catalog.generated, &prices), format!("{}end\n", ending(TEXT).unwrap().0));
        assert_eq!(catalog.regions().len(), 13);
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
            ("us-west-2", "elb.gwlb.hour"),
            ("us-east-1", "secretsmanager.secret.month"),
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
        assert_eq!(catalog.near("eu-south-2", postgres, "db.t4g.micro"), Vec::<&str>::new());
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
