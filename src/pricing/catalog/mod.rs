//! The price catalogue: one line a price, sorted by key and region, searched without being read as a whole.
//!
//! The form is written down in `prices/README.md`.

pub mod age;
mod form;
pub mod refresh;
pub mod unit;

pub use form::{seal, write};

use crate::core::bill::Mark;
use crate::core::money::{Decimal, Money};
use form::{Entry, FORMAT, Head, begin, checksum, ending, entries};
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
    /// The regions that it has prices of, separated by spaces, in their order.
    regions: Cow<'static, str>,
    /// A source a line, each begun by its id, in the order of these.
    sources: Cow<'static, str>,
    /// The entries of the keys, in the order of these: a key, and below it a price a line, by region.
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
            let (regions, sources) = (Cow::Borrowed(head.regions), Cow::Borrowed(head.sources));
            Catalog { generated: head.generated.to_owned(), origin: EMBEDDED.into(), regions, sources, lines: Cow::Borrowed(lines) }
        });
        &INSIDE
    }

    /// A catalogue from a file. As files are cut off and edited, every line of it is checked, unless it is sealed.
    pub fn parse(text: &str, origin: impl Into<String>) -> Result<Catalog, Damaged> {
        let head = Head::read(text)?;
        let (all, seal) = ending(text).ok_or(Damaged::Cut)?;
        let body = all.get(head.end..).ok_or(Damaged::Cut)?;
        let owned = |text: &str| Cow::Owned(text.to_owned());
        let catalog = Catalog {
            generated: head.generated.to_owned(),
            origin: origin.into(),
            regions: owned(head.regions),
            sources: owned(head.sources),
            lines: owned(body),
        };
        match seal {
            Some(seal) if seal == checksum(all) => Ok(catalog),
            Some(_) => Err(Damaged::Checksum),
            None => catalog.check(&head, text[..head.end].matches('\n').count() + 1).map(|()| catalog),
        }
    }

    /// Reads every line, of which the first has a number.
    fn check(&self, head: &Head<'_>, first: usize) -> Result<(), Damaged> {
        let mut line = first;
        let (mut places, mut regions) = (BTreeSet::new(), BTreeSet::new());
        let mut before = None;
        let mut rest = &*self.lines;
        while !rest.is_empty() {
            let wrong = |line: usize, what: &str| Damaged::Line { line, what: what.to_owned() };
            let (text, after) = rest.split_at(form::length(rest));
            let entry = Entry::read(text).ok_or_else(|| wrong(line, "a key with its service and unit belongs here"))?;
            let name = (entry.key, entry.service, entry.unit);
            if before.replace(name).is_some_and(|before| before >= name) || entry.rows.is_empty() {
                return Err(wrong(line, "it is out of order"));
            }
            let mut above = "";
            for (region, row) in entry.rows() {
                line += 1;
                entry.price(row, &self.sources).ok_or_else(|| wrong(line, "it is not a region and a price with its source"))?;
                if region <= above || !places.insert((entry.key, region)) {
                    return Err(wrong(line, "it is out of order"));
                }
                above = region;
                regions.insert(region);
            }
            line += 1;
            rest = after;
        }
        if !head.regions.split_ascii_whitespace().eq(regions.iter().copied()) {
            return Err(Damaged::Line { line: 4, what: "the regions of the prices belong here, in order".into() });
        }
        if places.len() == head.prices { Ok(()) } else { Err(Damaged::Cut) }
    }

    /// Returns the price that a key has in a region by itself. A price of another region is never an answer.
    pub fn find(&self, region: &str, key: &str) -> Option<Price> {
        self.entries(key).find_map(|entry| {
            let (_, row) = entry.rows().find(|(one, _)| *one == region)?;
            entry.price(row, &self.sources)
        })
    }

    /// Returns what a key costs in a region: the region's own price, or the one that AWS says once for all of them. China and
    /// the government's regions are sold apart, by lists of their own.
    pub fn price(&self, region: &str, key: &str) -> Option<Price> {
        let apart = ["cn-", "us-gov-", "us-iso"].iter().any(|one| region.starts_with(one));
        self.find(region, key).or_else(|| if apart { None } else { self.find(GLOBAL, key) })
    }

    /// Returns AWS's code of the service that a key belongs to, from any region that has a price of it.
    pub fn service(&self, key: &str) -> Option<&str> {
        self.entries(key).next().map(|entry| entry.service)
    }

    /// Every price, by key and region.
    pub fn prices(&self) -> impl Iterator<Item = Price> + '_ {
        entries(&self.lines, 0).flat_map(move |entry| entry.rows().filter_map(move |(_, row)| entry.price(row, &self.sources)))
    }

    /// The regions that it has prices of.
    pub fn regions(&self) -> Vec<&str> {
        self.regions.split_ascii_whitespace().filter(|region| *region != GLOBAL).collect()
    }

    /// True when it has any price of a region.
    pub fn has(&self, region: &str) -> bool {
        self.regions.split_ascii_whitespace().any(|one| one == region)
    }

    /// Returns what is known of a family of keys where one is not: of all that begin with `stem` the nearest to `choice` first,
    /// three at most.
    pub fn near(&self, region: &str, stem: &str, choice: &str) -> Vec<&str> {
        let family = entries(&self.lines, begin(&self.lines, stem)).map_while(|entry| Some((entry.key.strip_prefix(stem)?, entry)));
        let here = family.filter(|(_, entry)| entry.rows().any(|(one, _)| one == region));
        let mut known = here.map(|(rest, _)| rest).collect::<Vec<_>>();
        known.sort_by_key(|other| strsim::damerau_levenshtein(other, choice));
        known.truncate(3);
        known
    }

    /// Returns the keys most like one that is not there, three at most.
    pub fn nearest(&self, key: &str) -> Vec<&str> {
        let keys = entries(&self.lines, 0).map(|entry| entry.key).collect::<BTreeSet<_>>();
        let mut keys = keys.into_iter().collect::<Vec<_>>();
        keys.sort_by_cached_key(|other| strsim::damerau_levenshtein(other, key));
        keys.truncate(3);
        keys
    }

    /// The entries of one key: one, unless regions count it by different units.
    fn entries<'a, 'key>(&'a self, key: &'key str) -> impl Iterator<Item = Entry<'a>> + use<'a, 'key> {
        entries(&self.lines, begin(&self.lines, key)).take_while(move |entry| entry.key == key)
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
    use crate::core::money::number;

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
        let entry = "elb.alb.hour\tAWSELB\thour\n";
        let row = TEXT.split(entry).nth(1).unwrap().lines().next().unwrap();
        let at = TEXT[..TEXT.find(entry).unwrap()].lines().count() + 1;
        let beside = |text: &str, with: &str| parse(&TEXT.replacen(&format!("{entry}{text}"), &format!("{entry}{with}"), 1));
        for (text, with, line, said) in [
            (row, row.replacen('\t', "\t\t", 1), at + 1, "not a region and a price"),
            (row, format!("{row}\t\t"), at + 1, "not a region and a price"),
            (row, format!("{row}\n{row}"), at + 2, "order"),
            (row, row.replacen(row.split('\t').nth(2).unwrap(), "1e20", 1), at + 1, "not a region and a price"),
            ("", format!("{entry}{row}\n"), at, "order"),
            ("", "elb.alb.hour\tAWSELB\thour (of a balancer)\n".into(), at, "order"),
            (row, format!("{row}\nelb.alb.hour\tAWSELB"), at + 2, "service and unit"),
            (row, format!("{row}\nelb.alb.hour\tAWSELB\tsecond\n{row}"), at + 3, "order"),
        ] {
            let Damaged::Line { line: found, what } = beside(text, &with) else { panic!("{with}") };
            assert!(found == line && what.contains(said), "{with:?}: {found} and not {line}: {what}");
        }
        assert_eq!(beside(&format!("{row}\n"), ""), Damaged::Cut);
        for day in ["2099-99-99", "20261128", "soon"] {
            let wrong = parse(&TEXT.replacen(&format!("generated {}", Catalog::embedded().generated), &format!("generated {day}"), 1));
            assert_eq!(wrong, Damaged::Line { line: 3, what: format!("`{day}` is no day such as 2026-11-21") });
        }
        let regions = parse(&TEXT.replacen("regions ap-northeast-1 ", "regions ", 1));
        assert!(matches!(regions, Damaged::Line { line: 4, .. }), "{regions:?}");
    }

    #[test]
    fn whatever_regions_count_by_is_written_and_read_back() {
        let price = |region: &str, unit: &str, others: &[&str]| Price {
            region: region.into(),
            unit: unit.into(),
            others: others
                .iter()
                .map(|usd| Other { usd: Money::new(number(usd).unwrap()), as_of: "2018 (undated)".into(), source: "other".into() })
                .collect(),
            ..Catalog::embedded().find("us-east-1", "elb.alb.hour").unwrap()
        };
        let all = [price("b", "hour", &["0.0225", "7"]), price("a", "hour (of it)", &[]), price("c", "hour (of it)", &["0"])];
        let catalog = Catalog::parse(&write("2026-11-21", &all), "x").unwrap();
        assert_eq!(catalog.prices().collect::<Vec<_>>(), all);
        for price in &all {
            assert_eq!(catalog.find(&price.region, &price.key).as_ref(), Some(price));
        }
        assert_eq!(
            (catalog.regions(), catalog.service("elb.alb.hour"), catalog.near("c", "elb.", "alb")),
            (vec!["a", "b", "c"], Some("AWSELB"), vec!["alb.hour"])
        );
        let none = Catalog::parse(&write("2026-11-21", &[]), "x").unwrap();
        assert_eq!((none.prices().count(), none.regions(), none.has("a")), (0, vec![], false));
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
