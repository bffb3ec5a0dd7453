//! The text of a catalogue: its head, its lines, its end. `prices/README.md` writes the form down.

use super::{Damaged, Other, Price, Tier};
use crate::core::bill::Mark;
use crate::core::money::{Decimal, Money, number};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) const FORMAT: &str = "2";

/// The end of a price that is not known beyond an amount: `0:0.09 10240:?`.
const UNKNOWN: &str = "?";

/// Returns a catalogue's text, in its one canonical form.
pub fn write(generated: &str, prices: &[Price]) -> String {
    let mut sorted = prices.iter().collect::<Vec<_>>();
    sorted.sort_by_key(|price| (&price.region, &price.key));
    let sources = prices.iter().flat_map(|price| std::iter::once(&price.source).chain(price.others.iter().map(|other| &other.source)));
    let names = sources.map(|source| (id(source), source)).collect::<BTreeMap<_, _>>();
    let mut text = format!("trueup-prices {FORMAT}\ncurrency USD\ngenerated {generated}\nsources {}\n", names.len());
    names.iter().for_each(|(id, name)| text += &format!("{id} {name}\n"));
    text += &format!("prices {}\n", sorted.len());
    for price in sorted {
        let Price { service, region, key, unit, tiers, known_below, as_of, mark, source, others, notes } = price;
        let amounts = amounts(tiers, *known_below);
        let others = others.iter().map(|other| {
            let Other { usd, as_of, source } = other;
            format!("{}@{}@{}", usd.dollars().normalize(), as_of.replace(' ', "_"), id(source))
        });
        let others = others.collect::<Vec<_>>().join(" ");
        let (mark, source) = (short(*mark), id(source));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{region}\t{key}\t{service}\t{unit}\t{amounts}\t{as_of}\t{mark}\t{source}\t{others}\t{notes}");
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
            let value = text.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
            value.map(|value| (value, end)).ok_or_else(|| Damaged::Line { line, what: format!("`{name}` belongs here") })
        };
        let (currency, _) = field("currency")?;
        if currency != "USD" {
            return Err(Damaged::Currency(currency.to_owned()));
        }
        let (generated, _) = field("generated")?;
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
        Ok(Head { generated, sources: &text[begin..end], prices, end: after })
    }
}

/// Reads a line of the prices; `sources` are those of the head.
pub(super) fn read(line: &str, sources: &str) -> Option<Price> {
    let columns = line.split('\t').collect::<Vec<_>>();
    let [region, key, service, unit, price, as_of, mark, source, others, notes] = columns.as_slice() else { return None };
    let name = |id: &str| {
        let at = at_least(sources, |line| line.split(' ').next().unwrap_or_default().cmp(id));
        let (found, name) = sources[at..].lines().next()?.split_once(' ')?;
        (found == id).then(|| name.to_owned())
    };
    let other = |text: &str| {
        let mut parts = text.split('@');
        let usd = Money::new(number(parts.next()?)?);
        Some(Other { usd, as_of: parts.next()?.replace('_', " "), source: name(parts.next()?)? })
    };
    let (tiers, known_below) = read_tiers(price)?;
    Some(Price {
        service: (*service).to_owned(),
        region: (*region).to_owned(),
        key: (*key).to_owned(),
        unit: (*unit).to_owned(),
        tiers,
        known_below,
        as_of: (*as_of).to_owned(),
        mark: read_mark(mark)?,
        source: name(source)?,
        others: others.split(' ').filter(|text| !text.is_empty()).map(other).collect::<Option<_>>()?,
        notes: (*notes).to_owned(),
    })
}

/// Returns the region and key of a line.
pub(super) fn place(line: &str) -> (&str, &str) {
    let mut columns = line.split('\t');
    (columns.next().unwrap_or_default(), columns.next().unwrap_or_default())
}

/// Returns where the first of sorted lines begins that is not less than what is looked for.
pub(super) fn at_least(lines: &str, compared: impl Fn(&str) -> Ordering) -> usize {
    let bytes = lines.as_bytes();
    let (mut from, mut to) = (0, bytes.len());
    while from < to {
        let middle = from + (to - from) / 2;
        let start = bytes[..middle].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let end = bytes[middle..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| middle + length);
        match compared(&lines[start..end]) {
            Ordering::Less => from = (end + 1).min(bytes.len()),
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

/// Returns the id of a source, which stays the same whatever other sources there are, so that lines change only with their price.
fn id(source: &str) -> String {
    let mut id = checksum(source);
    id.truncate(8);
    id
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
    (froms.first()?.is_zero() && rising && tiers.iter().all(|tier| tier.usd >= Money::ZERO)).then_some((tiers, known_below))
}

const MARKS: [Mark; 5] = [Mark::PriceList, Mark::TwoSources, Mark::TwoSnapshots, Mark::SingleSource, Mark::Conflict];

fn read_mark(text: &str) -> Option<Mark> {
    MARKS.into_iter().find(|mark| short(*mark) == text)
}

/// Returns the word that stands for a mark in the catalogue's seventh column.
fn short(mark: Mark) -> &'static str {
    match mark {
        Mark::PriceList => "aws",
        Mark::TwoSources => "two",
        Mark::TwoSnapshots => "two_snapshots",
        Mark::SingleSource => "single",
        Mark::Conflict => "conflict",
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
    }
}
