//! Goes through one offer file from its beginning to its end, without ever having all of it.

use super::guard::Guard;
use super::product::Product;
use super::unit::times;
use super::{Service, Wanted};
use crate::core::bill::Mark;
use crate::core::money::{Decimal, Money, number};
use crate::pricing::catalog::{GLOBAL, Price, Tier};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{BufReader, ErrorKind, Read};

/// The regions that a file is read for.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The file has the prices of this one.
    Region(&'a str),
    /// It has those of all of AWS, and these count.
    Among(&'a [String]),
}

/// The prices that an offer file has of the catalogue's keys.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The day it was published.
    pub published: String,
    /// The prices, by region and key.
    pub prices: Vec<Price>,
    pub doubts: Vec<Doubt>,
}

/// A price that was left as it was, because the file does not say it clearly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("`{key}`: product {sku} is sold by `{unit}`, which is not understood")]
    Unit { key: String, sku: String, unit: String },
    #[error("`{key}`: product {sku} has no price in US dollars, only in {others}")]
    Currency { key: String, sku: String, others: String },
    #[error("`{key}`: the tiers of product {sku} do not follow each other")]
    Tiers { key: String, sku: String },
    #[error("`{key}`: products {one} and {other} both stand for it in {region}, at different prices")]
    Differ { key: String, region: String, one: String, other: String },
    #[error("`{key}`: product {sku} is said to cost ${usd} per {unit}")]
    Absurd { key: String, sku: String, usd: Decimal, unit: &'static str },
}

/// A file cannot be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum Damaged {
    #[error("cannot read it: {0}")]
    Io(serde_json::Error),
    #[error("it is cut off")]
    Cut,
    #[error("it is not an offer file: {0}")]
    Json(serde_json::Error),
    #[error("it is not an offer file that can be read: {0}")]
    Large(serde_json::Error),
    #[error("it does not say on which day it was published")]
    Undated,
    #[error("it is the offer of {found:?}, not of {wanted}")]
    Other { found: String, wanted: &'static str },
    #[error("it lists no products")]
    Empty,
}

/// Reads a file. `source` is where it comes from, as the catalogue will say.
pub fn read(from: impl Read, service: &'static Service, place: Place<'_>, source: &str) -> Result<Offer, Damaged> {
    let mut reading = Reading {
        service,
        place,
        code: String::new(),
        published: String::new(),
        products: false,
        wanted: HashMap::new(),
        found: BTreeMap::new(),
        doubts: Vec::new(),
    };
    let from = BufReader::with_capacity(1 << 20, Guard::new(from));
    let mut deserializer = serde_json::Deserializer::from_reader(from);
    let all = Each(&mut Top(&mut reading)).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    all.map_err(|error| match error.classify() {
        serde_json::error::Category::Io if error.io_error_kind() == Some(ErrorKind::InvalidData) => Damaged::Large(error),
        serde_json::error::Category::Io => Damaged::Io(error),
        serde_json::error::Category::Eof => Damaged::Cut,
        serde_json::error::Category::Syntax | serde_json::error::Category::Data => Damaged::Json(error),
    })?;
    if reading.code != service.offer {
        return Err(Damaged::Other { found: reading.code, wanted: service.offer });
    }
    if !reading.products {
        return Err(Damaged::Empty);
    }
    let day = reading.published.get(..10).filter(|day| is_day(day)).ok_or(Damaged::Undated)?.to_owned();
    Ok(reading.offer(day, source))
}

/// The keys of what can be reserved.
const RESERVABLE: [&str; 3] = ["rds.instance.", "elasticache.node.", "opensearch.instance."];

/// Products of one file that stand for keys; AWS's largest file has some thousands.
const MOST: usize = 100_000;

/// No unit of anything costs as much, in US dollars.
pub const DEAREST: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);

struct Reading<'a> {
    service: &'static Service,
    place: Place<'a>,
    code: String,
    published: String,
    products: bool,
    /// The keys that each product stands for, and where.
    wanted: HashMap<String, Vec<(String, Wanted)>>,
    /// The products that stand for a key, with their prices, by region and key.
    found: BTreeMap<(String, String), Vec<Found>>,
    doubts: Vec<Doubt>,
}

struct Found {
    sku: String,
    unit: &'static str,
    tiers: Vec<Tier>,
}

impl Reading<'_> {
    /// False if there are too many.
    fn product(&mut self, sku: String, product: &Product) -> bool {
        // AWS's own are capitals and digits. Other characters never reach the catalogue, whose columns end at tabs.
        if sku.len() > 40 || !sku.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return true;
        }
        let regions = match self.place {
            Place::Region(region) => vec![region],
            Place::Among(regions) if product.is_anywhere() => regions.iter().map(String::as_str).collect(),
            Place::Among(regions) => regions.iter().map(String::as_str).filter(|region| *region == product.region_code).collect(),
        };
        let home = regions.first().copied().unwrap_or(&product.region_code);
        let mut placed = Vec::new();
        for wanted in (self.service.keys)(product, home).into_iter().filter(|wanted| is_key(&wanted.key)) {
            if wanted.global {
                placed.push((GLOBAL.to_owned(), wanted));
            } else {
                let here = regions.iter().filter(|region| product.is_in(region));
                placed.extend(here.map(|region| ((*region).to_owned(), wanted.clone())));
            }
        }
        if !placed.is_empty() {
            self.wanted.insert(sku, placed);
        }
        self.wanted.len() <= MOST
    }

    fn terms(&mut self, sku: &str, wanted: Vec<(String, Wanted)>, terms: BTreeMap<String, Term>) {
        // The one that holds now counts; what begins after the file's own day is still to come.
        let holds = |term: &&Term| self.published.is_empty() || term.effective_date <= self.published;
        let Some(term) = terms.values().filter(holds).max_by(|one, other| one.effective_date.cmp(&other.effective_date)) else { return };
        for (region, wanted) in wanted {
            let Wanted { key, unit, tier, .. } = wanted;
            match tiers(&term.price_dimensions.values().cloned().collect::<Vec<_>>(), sku, &key, unit, tier) {
                Ok(tiers) => self.found.entry((region, key)).or_default().push(Found { sku: sku.to_owned(), unit, tiers }),
                Err(doubt) => self.doubts.push(doubt),
            }
        }
    }

    /// Keeps what reservations of a product cost, for each term and way to pay.
    fn reserved(&mut self, sku: &str, wanted: &[(String, Wanted)], terms: &BTreeMap<String, Term>) {
        for (years, lease) in [(1, "1yr"), (3, "3yr")] {
            for (payment, option) in [("no_upfront", "No Upfront"), ("partial_upfront", "Partial Upfront"), ("all_upfront", "All Upfront")]
            {
                let is_it = |term: &&Term| {
                    let Attributes { lease_contract_length, purchase_option } = &term.term_attributes;
                    lease_contract_length == lease && purchase_option == option && term.effective_date <= self.published
                };
                let Some(term) = terms.values().filter(is_it).max_by(|one, other| one.effective_date.cmp(&other.effective_date)) else {
                    continue;
                };
                for (part, unit) in [("hour", "hour"), ("upfront", "upfront")] {
                    if (part, payment) == ("hour", "all_upfront") || (part, payment) == ("upfront", "no_upfront") {
                        continue;
                    }
                    let own = |dimension: &&Dimension| (dimension.unit == "Quantity") == (part == "upfront");
                    let dimensions = term.price_dimensions.values().filter(own).cloned().collect::<Vec<_>>();
                    for (region, Wanted { key, .. }) in wanted {
                        let key = format!("reserved.{part}.{years}yr.{payment}.{key}");
                        match tiers(&dimensions, sku, &key, unit, None) {
                            Ok(tiers) => {
                                self.found.entry((region.clone(), key)).or_default().push(Found { sku: sku.to_owned(), unit, tiers })
                            }
                            // The largest classes cost more at once than a price can be here; their owners say what they paid.
                            Err(Doubt::Absurd { .. }) => {}
                            Err(doubt) => self.doubts.push(doubt),
                        }
                    }
                }
            }
        }
    }

    fn offer(self, published: String, source: &str) -> Offer {
        let Reading { service, found, mut doubts, .. } = self;
        let mut prices = Vec::new();
        for ((region, key), mut found) in found {
            // A part that is given away may be a product of its own beside the one that is sold.
            if found.iter().any(|one| !is_free(&one.tiers)) {
                found.retain(|one| !is_free(&one.tiers));
            }
            found.sort_by(|one, other| one.sku.cmp(&other.sku));
            let Some(Found { sku, unit, tiers }) = found.first() else { continue };
            if let Some(other) = found.iter().find(|other| other.tiers != *tiers) {
                doubts.push(Doubt::Differ { key, region, one: sku.clone(), other: other.sku.clone() });
                continue;
            }
            prices.push(Price {
                service: service.code.to_owned(),
                unit: (*unit).to_owned(),
                tiers: tiers.clone(),
                known_below: None,
                as_of: published.clone(),
                mark: Mark::PriceList,
                source: source.to_owned(),
                others: Vec::new(),
                notes: format!("SKU {sku}"),
                region,
                key,
            });
        }
        doubts.sort_by_key(ToString::to_string);
        Offer { published, prices, doubts }
    }
}

/// True for the form of a day: `2026-11-18`.
fn is_day(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

/// Some keys end in a name that AWS gave.
fn is_key(text: &str) -> bool {
    text.len() <= 100 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn is_free(tiers: &[Tier]) -> bool {
    tiers.iter().all(|tier| tier.usd == Money::ZERO)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Term {
    #[serde(default)]
    effective_date: String,
    price_dimensions: BTreeMap<String, Dimension>,
    #[serde(default)]
    term_attributes: Attributes,
}

/// The terms of a reservation; empty on demand.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Attributes {
    lease_contract_length: String,
    purchase_option: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimension {
    #[serde(default)]
    begin_range: Option<String>,
    #[serde(default)]
    end_range: Option<String>,
    #[serde(default)]
    unit: String,
    price_per_unit: BTreeMap<String, String>,
}

/// Returns as much of a text as a message can bear.
fn brief(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(40).collect()
}

/// Returns a term's prices for the catalogue's unit. The amount that AWS gives away first is left out: list price comes after it.
fn tiers(dimensions: &[Dimension], sku: &str, key: &str, unit: &'static str, only: Option<usize>) -> Result<Vec<Tier>, Doubt> {
    let uneven = || Doubt::Tiers { key: key.into(), sku: sku.into() };
    let mut bands = Vec::new();
    for dimension in dimensions {
        let Dimension { begin_range, end_range, unit: theirs, price_per_unit } = dimension;
        let usd = price_per_unit.get("USD").ok_or_else(|| Doubt::Currency {
            key: key.into(),
            sku: sku.into(),
            others: price_per_unit.keys().take(5).map(|name| brief(name)).collect::<Vec<_>>().join(", "),
        })?;
        let times = times(unit, theirs).ok_or_else(|| Doubt::Unit { key: key.into(), sku: sku.into(), unit: brief(theirs) })?;
        let edge = |text: &str| number(text).and_then(|edge| edge.checked_div(times)).ok_or_else(uneven);
        let from = edge(begin_range.as_deref().unwrap_or("0"))?;
        let to = match end_range.as_deref() {
            None | Some("Inf") => None,
            Some(end) => Some(edge(end)?),
        };
        let usd = number(usd).and_then(|usd| usd.checked_mul(times)).filter(|usd| !usd.is_sign_negative()).ok_or_else(uneven)?;
        if usd > DEAREST {
            return Err(Doubt::Absurd { key: key.into(), sku: sku.into(), usd: usd.normalize(), unit });
        }
        bands.push((from, to, Money::new(usd.normalize())));
    }
    bands.sort_by_key(|(from, ..)| *from);
    let whole = bands.windows(2).all(|pair| pair[0].1 == Some(pair[1].0)) && bands.last().is_some_and(|(_, to, _)| to.is_none());
    if !whole || bands.first().is_none_or(|(from, ..)| !from.is_zero()) {
        return Err(uneven());
    }
    let given = bands.iter().take_while(|(.., usd)| *usd == Money::ZERO).count();
    let sold = bands.into_iter().map(|(from, _, usd)| Tier { from: from.normalize(), usd });
    let mut tiers = sold.clone().skip(given).collect::<Vec<_>>();
    if tiers.is_empty() {
        tiers = sold.take(1).collect();
    }
    if let Some(first) = tiers.first_mut() {
        first.from = Decimal::ZERO;
    }
    tiers.dedup_by(|next, before| next.usd == before.usd);
    match only {
        None => Ok(tiers),
        Some(tier) => tiers.get(tier).map(|tier| vec![Tier { from: Decimal::ZERO, usd: tier.usd }]).ok_or_else(uneven),
    }
}

/// A way to go through the entries of a JSON object, in the order of the file.
trait Entries {
    fn entry<'de, A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error>;
}

struct Each<'a, E>(&'a mut E);

impl<'de, E: Entries> DeserializeSeed<'de> for Each<'_, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, E: Entries> Visitor<'de> for Each<'_, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.0.entry(name, &mut map)?;
        }
        Ok(())
    }
}

struct Top<'r, 'a>(&'r mut Reading<'a>);

impl Entries for Top<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error> {
        match name.as_str() {
            "offerCode" => self.0.code = map.next_value()?,
            "publicationDate" => self.0.published = map.next_value()?,
            "products" => {
                self.0.products = true;
                map.next_value_seed(Each(&mut Products(self.0)))?;
            }
            "terms" if !self.0.products => return Err(A::Error::custom("terms stand before the products that they are of")),
            "terms" => map.next_value_seed(Each(&mut Terms(self.0)))?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

struct Products<'r, 'a>(&'r mut Reading<'a>);

impl Entries for Products<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, sku: String, map: &mut A) -> Result<(), A::Error> {
        let product = map.next_value::<Product>()?;
        if self.0.product(sku, &product) { Ok(()) } else { Err(A::Error::custom("it lists too many products")) }
    }
}

struct Terms<'r, 'a>(&'r mut Reading<'a>);

impl Entries for Terms<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, kind: String, map: &mut A) -> Result<(), A::Error> {
        match kind.as_str() {
            "OnDemand" => map.next_value_seed(Each(&mut OnDemand(self.0))),
            // Most of the file, with what is paid up front.
            "Reserved" => map.next_value_seed(Each(&mut Reserved(self.0))),
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

struct OnDemand<'r, 'a>(&'r mut Reading<'a>);

impl Entries for OnDemand<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, sku: String, map: &mut A) -> Result<(), A::Error> {
        match self.0.wanted.get(&sku).cloned() {
            Some(wanted) => {
                let terms = map.next_value()?;
                self.0.terms(&sku, wanted, terms);
                Ok(())
            }
            None => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

struct Reserved<'r, 'a>(&'r mut Reading<'a>);

impl Entries for Reserved<'_, '_> {
    fn entry<'de, A: MapAccess<'de>>(&mut self, sku: String, map: &mut A) -> Result<(), A::Error> {
        let reservable = |wanted: &&(String, Wanted)| RESERVABLE.iter().any(|stem| wanted.1.key.starts_with(stem));
        let wanted = self.0.wanted.get(&sku).into_iter().flatten().filter(reservable).cloned().collect::<Vec<_>>();
        if wanted.is_empty() {
            return map.next_value::<IgnoredAny>().map(drop);
        }
        let terms = map.next_value()?;
        self.0.reserved(&sku, &wanted, &terms);
        Ok(())
    }
}
