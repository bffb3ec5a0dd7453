//! The text of a catalogue: its head, its lines, its end. `prices/README.md` writes the form down.

use super::{Damaged, Other, Price, Tier};
use crate::core::bill::Mark;
use crate::core::money::{Decimal, Money, number};
use crate::pricing::list::DEAREST;
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const FORMAT: &str = "3";

/// The end of a price that is not known beyond an amount: `0:0.09 10240:?`.
const UNKNOWN: &str = "?";

/// The least that an id of a source is long.
const SHORTEST: usize = 4;

/// Returns a catalogue's text, in its one canonical form.
pub fn write(generated: &str, prices: &[Price]) -> String {
    let mut sorted = prices.iter().collect::<Vec<_>>();
    sorted.sort_by_key(|price| (&price.key, &price.service, &price.unit, &price.region));
    let sources = prices.iter().flat_map(|price| std::iter::once(&price.source).chain(price.others.iter().map(|other| &other.source)));
    let ids = ids(sources.map(String::as_str).collect());
    let mut names = ids.iter().map(|(source, id)| (id, source)).collect::<Vec<_>>();
    names.sort();
    let regions = prices.iter().map(|price| price.region.as_str()).collect::<BTreeSet<_>>();
    let regions = regions.into_iter().map(|region| format!(" {region}")).collect::<String>();
    let mut text = format!("trueup-prices {FORMAT}\ncurrency USD\ngenerated {generated}\nregions{regions}\nsources {}\n", names.len());
    names.iter().for_each(|(id, source)| text += &format!("{id} {source}\n"));
    text += &format!("prices {}\n", sorted.len());
    let id = |source: &String| ids.get(source.as_str()).map_or("", String::as_str);
    let mut before = None;
    for price in sorted {
        let Price { service, region, key, unit, tiers, known_below, as_of, mark, source, others, notes } = price;
        if before.replace((key, service, unit)) != Some((key, service, unit)) {
            text += &format!("{key}\t{service}\t{unit}\n");
        }
        let others = others.iter().map(|other| {
            let Other { usd, as_of, source } = other;
            let usd = if *usd == price.first() { String::new() } else { usd.dollars().normalize().to_string() };
            format!("{usd}@{}@{}", as_of.replace(' ', "_"), id(source))
        });
        let others = others.collect::<Vec<_>>().join(" ");
        let columns = [region, &amounts(tiers, *known_below), as_of, short(*mark), id(source), &others, notes];
        columns.iter().for_each(|column| text += &format!("\t{column}"));
        text.truncate(text.trim_end_matches('\t').len());
        text.push('\n');
    }
    text + "end\n"
}

/// Returns the text with a checksum in its last line, so that a reader need not check every other.
pub fn seal(text: &str) -> String {
    let body = ending(text).map_or(text, |(body, _)| body);
    format!("{body}end {}\n", checksum(body))
}

/// The parts of a text that stand before the prices.
#[derive(Debug, Default)]
pub(super) struct Head<'a> {
    pub generated: &'a str,
    /// The regions that there are prices of, separated by spaces, in their order.
    pub regions: &'a str,
    /// A source a line, each begun by its id, in the order of these.
    pub sources: &'a str,
    pub prices: usize,
    /// The prices begin at this byte.
    pub end: usize,
}

impl<'a> Head<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Damaged> {
        let mut at = 0;
        let mut number = 0;
        let mut next = || {
            let length = text[at..].find('\n').ok_or(Damaged::Cut)?;
            let line = &text[at..at + length];
            at += length + 1;
            number += 1;
            Ok((number, line, at))
        };
        let (_, first, _) = next().map_err(|_| Damaged::Other)?;
        match first.split_once(' ') {
            Some(("trueup-prices", FORMAT)) => {}
            Some(("trueup-prices", other)) => return Err(Damaged::Format(other.to_owned())),
            _ => return Err(Damaged::Other),
        }
        let mut field = |name: &str| {
            let (line, text, end) = next()?;
            let value = text.strip_prefix(name).and_then(|rest| if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ') });
            value.map(|value| (value, end)).ok_or_else(|| Damaged::Line { line, what: format!("`{name}` belongs here") })
        };
        let (currency, _) = field("currency")?;
        if currency != "USD" {
            return Err(Damaged::Currency(currency.to_owned()));
        }
        let (generated, _) = field("generated")?;
        if generated.len() != 10 || generated.parse::<jiff::civil::Date>().is_err() {
            return Err(Damaged::Line { line: 3, what: format!("`{generated}` is no day such as 2026-11-21") });
        }
        let (regions, _) = field("regions")?;
        let (count, begin) = field("sources")?;
        let (mut end, mut before) = (begin, "");
        for _ in 0..count.parse::<usize>().map_err(|_| Damaged::Cut)? {
            let (line, source, after) = next()?;
            let id = source.split_once(' ').map(|(id, _)| id).filter(|id| *id > before);
            before = id.ok_or_else(|| Damaged::Line { line, what: "a source with its id belongs here, in order".into() })?;
            end = after;
        }
        let (line, prices, after) = next()?;
        let prices = prices.strip_prefix("prices ").and_then(|count| count.parse().ok());
        let prices = prices.ok_or(Damaged::Line { line, what: "`prices` belongs here".into() })?;
        Ok(Head { generated, regions, sources: &text[begin..end], prices, end: after })
    }
}

/// A key's lines: the key with its service and unit, and below it a price a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry<'a> {
    pub key: &'a str,
    pub service: &'a str,
    pub unit: &'a str,
    /// Lines that each begin with a tab and a region.
    pub rows: &'a str,
}

impl<'a> Entry<'a> {
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (head, rows) = text.split_once('\n')?;
        let mut columns = head.split('\t');
        let (key, service, unit) = (columns.next()?, columns.next()?, columns.next()?);
        columns.next().is_none().then_some(Entry { key, service, unit, rows })
    }
    /// The lines of its prices, by region.
    pub(super) fn rows(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.rows.lines().map(|row| (region(row), row))
    }
    /// Reads one of its lines; `sources` are those of the head.
    pub(super) fn price(&self, row: &str, sources: &str) -> Option<Price> {
        let mut columns = row.strip_prefix('\t')?.split('\t');
        let mut next = || columns.next();
        let (region, amounts, as_of, mark, source) = (next()?, next()?, next()?, next()?, next()?);
        let (others, notes) = (next().unwrap_or_default(), next().unwrap_or_default());
        if next().is_some() || row.ends_with('\t') {
            return None;
        }
        let name = |id: &str| {
            let at = at_least(sources, |line| line.split(' ').next().unwrap_or_default().cmp(id));
            let (found, name) = sources[at..].lines().next()?.split_once(' ')?;
            (found == id).then(|| name.to_owned())
        };
        let (tiers, known_below) = read_tiers(amounts)?;
        let same = tiers.first()?.usd;
        let other = |text: &str| {
            let mut parts = text.split('@');
            let usd = parts.next().and_then(|usd| if usd.is_empty() { Some(same) } else { number(usd).map(Money::new) })?;
            let (as_of, source) = (parts.next()?.replace('_', " "), name(parts.next()?)?);
            parts.next().is_none().then_some(Other { usd, as_of, source })
        };
        let others = others.split(' ').filter(|text| !text.is_empty()).map(other).collect::<Option<_>>()?;
        Some(Price {
            service: self.service.to_owned(),
            region: region.to_owned(),
            key: self.key.to_owned(),
            unit: self.unit.to_owned(),
            tiers,
            known_below,
            as_of: as_of.to_owned(),
            mark: read_mark(mark)?,
            source: name(source)?,
            others,
            notes: notes.to_owned(),
        })
    }
}

/// Returns the entries that begin from a place in the lines on, which must be where one begins.
pub(super) fn entries(lines: &str, from: usize) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = lines.get(from..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (entry, after) = rest.split_at(length(rest));
        rest = after;
        Entry::read(entry)
    })
}

/// Returns where the first entry begins whose key is not less than one.
pub(super) fn begin(lines: &str, key: &str) -> usize {
    at_least(lines, |entry| entry.split('\t').next().unwrap_or_default().cmp(key))
}

fn region(row: &str) -> &str {
    row.strip_prefix('\t').and_then(|row| row.split('\t').next()).unwrap_or_default()
}

/// Returns the length of a line and of those behind it that begin with a tab, with the end of the last.
pub(super) fn length(text: &str) -> usize {
    let mut length = 0;
    while let Some(end) = text[length..].find('\n') {
        length += end + 1;
        if !text[length..].starts_with('\t') {
            return length;
        }
    }
    text.len()
}

/// Returns where the last line that does not begin with a tab begins at a place or before it.
fn beginning(text: &str, mut place: usize) -> usize {
    while let Some(end) = text[..place].rfind('\n') {
        if !text[end + 1..].starts_with('\t') {
            return end + 1;
        }
        place = end;
    }
    0
}

/// Returns where the first of sorted lines begins that is not less than what is looked for. Lines that begin with a tab belong to
/// the one before.
fn at_least(lines: &str, compared: impl Fn(&str) -> Ordering) -> usize {
    let (mut from, mut to) = (0, lines.len());
    while from < to {
        let mut middle = from + (to - from) / 2;
        while !lines.is_char_boundary(middle) {
            middle -= 1;
        }
        let start = beginning(lines, middle);
        let end = start + length(&lines[start..]);
        match compared(lines[start..end].trim_end_matches('\n')) {
            Ordering::Less => from = end,
            Ordering::Equal | Ordering::Greater => to = start,
        }
    }
    from
}

/// Splits a text at its last line: what stands before it, and the checksum in it if it is sealed.
pub(super) fn ending(text: &str) -> Option<(&str, Option<&str>)> {
    let (body, last) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let seal = last.strip_prefix("end")?;
    let body = text.get(..body.len() + 1)?;
    if seal.is_empty() { Some((body, None)) } else { Some((body, Some(seal.strip_prefix(' ')?))) }
}

pub(super) fn checksum(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// Returns the id of each source: the beginning of its checksum, as long as it takes to be no other's. It stays the same whatever
/// other sources there are, but for the few that begin alike, so that lines change only with their price.
fn ids(sources: BTreeSet<&str>) -> BTreeMap<&str, String> {
    let mut sums = sources.into_iter().map(|source| (checksum(source), source)).collect::<Vec<_>>();
    sums.sort();
    let alike = |one: &str, other: &str| one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let length = |at: usize| {
        let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| sums.get(at));
        beside.map(|(sum, _)| alike(sum, &sums[at].0) + 1).max().unwrap_or_default().max(SHORTEST)
    };
    sums.iter().enumerate().map(|(at, (sum, source))| (*source, sum.chars().take(length(at)).collect())).collect()
}

fn amounts(tiers: &[Tier], known_below: Option<Decimal>) -> String {
    if let ([one], None) = (tiers, known_below) {
        return one.usd.dollars().normalize().to_string();
    }
    let known = tiers.iter().map(|tier| format!("{}:{}", tier.from, tier.usd.dollars().normalize()));
    known.chain(known_below.map(|end| format!("{end}:{UNKNOWN}"))).collect::<Vec<_>>().join(" ")
}

fn read_tiers(text: &str) -> Option<(Vec<Tier>, Option<Decimal>)> {
    let (text, known_below) = match text.rsplit_once(' ') {
        Some((known, last)) if last.ends_with(UNKNOWN) => (known, Some(number(last.strip_suffix(UNKNOWN)?.strip_suffix(':')?)?)),
        _ => (text, None),
    };
    let tier = |text: &str| match text.split_once(':') {
        Some((from, usd)) => Some(Tier { from: number(from)?, usd: Money::new(number(usd)?) }),
        None => Some(Tier { from: Decimal::ZERO, usd: Money::new(number(text)?) }),
    };
    let tiers = text.split(' ').map(tier).collect::<Option<Vec<_>>>()?;
    let froms = tiers.iter().map(|tier| tier.from).chain(known_below).collect::<Vec<_>>();
    let rising = froms.windows(2).all(|pair| pair[0] < pair[1]);
    (froms.first()?.is_zero() && rising && tiers.iter().all(|tier| (Decimal::ZERO..=DEAREST).contains(&tier.usd.dollars())))
        .then_some((tiers, known_below))
}

const MARKS: [Mark; 5] = [Mark::PriceList, Mark::TwoSources, Mark::TwoSnapshots, Mark::SingleSource, Mark::Conflict];

fn read_mark(text: &str) -> Option<Mark> {
    MARKS.into_iter().find(|mark| short(*mark) == text)
}

/// Returns the letter or digit that stands for a mark in the catalogue.
fn short(mark: Mark) -> &'static str {
    match mark {
        Mark::PriceList => "a",
        Mark::TwoSources => "2",
        Mark::TwoSnapshots => "t",
        Mark::SingleSource => "1",
        Mark::Conflict => "c",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_may_end_where_no_more_is_known() {
        let read = |text: &str| read_tiers(text).map(|(tiers, end)| amounts(&tiers, end));
        for same in ["0.5", "0", "0:0.09 10240:0.085", "0:0.09 10240:?", "0:0.09 10240:0.085 51200:?"] {
            assert_eq!(read(same).as_deref(), Some(same));
        }
        for wrong in ["", "?", "0:?", "10240:?", "0:0.09 0:?", "0:0.09 10240:0.085 10240:?", "0:0.09 ?", "1:2", "0:-1", "0:1 5:? 6:2"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lines_are_found_wherever_they_stand() {
        let lines = "b\ndd\nf\nhh\n";
        for (word, at) in [("a", 0), ("b", 0), ("c", 2), ("dd", 2), ("e", 5), ("f", 5), ("hh", 7), ("z", 10)] {
            assert_eq!(at_least(lines, |line| line.cmp(word)), at, "{word}");
        }
        assert_eq!(at_least("", |line| line.cmp("a")), 0);
        let entries = "b\n\t1\n\t2\ndd\n\t1\nf\n";
        for (word, at) in [("a", 0), ("b", 0), ("c", 8), ("dd", 8), ("e", 14), ("f", 14), ("g", 16)] {
            assert_eq!(begin(entries, word), at, "{word}");
        }
    }

    #[test]
    fn sources_have_the_shortest_ids_that_are_their_own() {
        let names = (0..400).map(|number| format!("source {number}")).collect::<Vec<_>>();
        let all = ids(names.iter().map(String::as_str).collect());
        assert_eq!(all.values().collect::<BTreeSet<_>>().len(), 400);
        assert!(all.iter().all(|(name, id)| checksum(name).starts_with(id) && id.len() >= 4));
        assert!(all.values().any(|id| id.len() > 4), "none of them begin alike");
        let one = ids(BTreeSet::from(["source 7"]));
        assert!(all["source 7"].starts_with(&one["source 7"]));
    }
}
