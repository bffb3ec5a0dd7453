//! Fresh prices in place of old ones.

use super::unit::counts;
use super::{Catalog, Price};
use crate::core::bill::Mark;
use crate::core::money::{Decimal, Money};
use serde::Serialize;
use std::collections::BTreeMap;

/// A catalogue to be, and what is new in it.
#[derive(Debug, Clone)]
pub struct Merged {
    /// The prices, by region and key.
    pub prices: Vec<Price>,
    pub changes: Vec<PriceChange>,
    /// The numbers of prices that are the same with a new date, that are new, and that are left as they were.
    pub confirmed: usize,
    pub added: usize,
    pub kept: usize,
}

/// A price that is another than before, or a new one that looks like a mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceChange {
    pub region: String,
    pub key: String,
    pub unit: String,
    /// The price of the tier that says most; the same as `new` if only the amounts are others from which on a tier counts.
    /// None if it was not known in this region.
    pub old: Option<Money>,
    pub new: Money,
    /// True for a price that looks like a mistake: more than three times what it was, less than a third, nothing, or not nothing
    /// any more; for a new price nothing, or more than ten times as much or as little as anywhere else.
    pub jump: bool,
    /// The product that it is the price of.
    pub notes: String,
}

/// Returns what a refresh starts from: the prices inside the binary, and over them what an earlier refresh had from AWS's list, unless
/// the binary is newer.
pub fn base(embedded: &Catalog, refreshed: Option<&Catalog>) -> Vec<Price> {
    let newer = |price: &Price| embedded.find(&price.region, &price.key).is_none_or(|inside| inside.as_of <= price.as_of);
    let listed = refreshed.into_iter().flat_map(Catalog::prices).filter(|price| price.mark == Mark::PriceList && newer(price));
    by_place(embedded.prices().chain(listed)).into_values().collect()
}

/// Puts fresh prices in place of those before; of two for one key the later one counts.
pub fn merge(before: Vec<Price>, fresh: Vec<Price>) -> Merged {
    let mut all = by_place(before);
    let (mut changes, mut confirmed, mut added) = (Vec::new(), 0, 0);
    let fresh = by_place(fresh);
    let elsewhere = by_key(&all);
    // The catalogue may say more of a unit than AWS does, for all regions that count by it.
    let mut units = BTreeMap::new();
    for price in all.values().filter(|price| counts(&price.unit) != price.unit) {
        units.insert((price.key.clone(), counts(&price.unit).to_owned()), price.unit.clone());
    }
    let kept = all.keys().filter(|place| !fresh.contains_key(*place)).count();
    for (place, mut price) in fresh {
        if let Some(unit) = units.get(&(price.key.clone(), price.unit.clone())) {
            price.unit.clone_from(unit);
        }
        match all.get(&place) {
            None => {
                added += 1;
                changes.extend(strange(&price, elsewhere.get(&price.key)));
            }
            Some(old) => match change(old, &price) {
                None => confirmed += 1,
                Some(change) => changes.push(change),
            },
        }
        all.insert(place, price);
    }
    Merged { prices: all.into_values().collect(), changes, confirmed, added, kept }
}

fn by_place(prices: impl IntoIterator<Item = Price>) -> BTreeMap<(String, String), Price> {
    prices.into_iter().map(|price| ((price.region.clone(), price.key.clone()), price)).collect()
}

/// The lowest and the highest price that each key has.
fn by_key(prices: &BTreeMap<(String, String), Price>) -> BTreeMap<String, (Money, Money)> {
    let mut spans = BTreeMap::<String, (Money, Money)>::new();
    for price in prices.values() {
        let usd = price.first();
        let span = spans.entry(price.key.clone()).or_insert((usd, usd));
        *span = (span.0.min(usd), span.1.max(usd));
    }
    spans
}

fn strange(new: &Price, elsewhere: Option<&(Money, Money)>) -> Option<PriceChange> {
    let usd = new.first();
    let far = |(low, high): &(Money, Money)| usd > *high * Decimal::TEN || usd * Decimal::TEN < *low;
    let Price { region, key, unit, notes, .. } = new.clone();
    (usd == Money::ZERO || elsewhere.is_some_and(far)).then_some(PriceChange { region, key, unit, old: None, new: usd, jump: true, notes })
}

fn change(old: &Price, new: &Price) -> Option<PriceChange> {
    if (&old.tiers, old.known_below) == (&new.tiers, new.known_below) {
        return None;
    }
    let far = |(old, new): &(Money, Money)| {
        let three = Decimal::from(3);
        *new > *old * three || *old > *new * three
    };
    // Tier by tier if there are as many; AWS splits and joins tiers without moving a price.
    let compared = if old.tiers.len() == new.tiers.len() { usize::MAX } else { 1 };
    let pairs = old.tiers.iter().zip(&new.tiers).take(compared).map(|(old, new)| (old.usd, new.usd)).collect::<Vec<_>>();
    let jump = pairs.iter().copied().find(far);
    let (was, is) = jump.or(pairs.iter().copied().find(|(old, new)| old != new)).unwrap_or((old.first(), new.first()));
    let Price { region, key, unit, notes, .. } = new.clone();
    Some(PriceChange { region, key, unit, old: Some(was), new: is, jump: jump.is_some(), notes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::number;
    use crate::pricing::catalog::{Tier, write};

    fn price(region: &str, key: &str, usd: &[&str]) -> Price {
        let tier = |(at, usd): (usize, &&str)| Tier { from: Decimal::from(at * 100), usd: Money::new(number(usd).unwrap()) };
        Price {
            service: "AWSELB".into(),
            region: region.into(),
            key: key.into(),
            unit: "hour".into(),
            tiers: usd.iter().enumerate().map(tier).collect(),
            known_below: None,
            as_of: "2026-11-18".into(),
            mark: Mark::PriceList,
            source: "fresh".into(),
            others: Vec::new(),
            notes: "SKU X".into(),
        }
    }

    #[test]
    fn fresh_prices_replace_old_ones_and_the_rest_stays() {
        let before = vec![
            Price { unit: "hour (above 20)".into(), mark: Mark::SingleSource, ..price("r", "a", &["1"]) },
            price("r", "b", &["2"]),
            price("r", "c", &["3"]),
            price("s", "a", &["4"]),
        ];
        let merged = merge(before.clone(), vec![price("r", "a", &["1.5"]), price("r", "b", &["2"]), price("t", "a", &["9"])]);
        assert_eq!((merged.confirmed, merged.added, merged.kept), (1, 1, 2));
        let [change] = merged.changes.as_slice() else { panic!("{:?}", merged.changes) };
        assert_eq!(
            (change.key.as_str(), change.old.unwrap().to_string().as_str(), change.new.to_string().as_str()),
            ("a", "$1.00", "$1.50")
        );
        assert!(!change.jump && change.notes == "SKU X");
        let places = merged.prices.iter().map(|price| format!("{} {}", price.region, price.key)).collect::<Vec<_>>();
        assert_eq!(places, ["r a", "r b", "r c", "s a", "t a"]);
        assert_eq!((merged.prices[0].unit.as_str(), merged.prices[0].mark), ("hour (above 20)", Mark::PriceList));
        assert_eq!(merged.prices[3], before[3]);
        assert_eq!(merged.prices[4].unit, "hour (above 20)", "a region that is new counts by the same");
    }

    #[test]
    fn jumps_are_seen_in_both_directions_and_at_nothing() {
        let jumps = |old: &[&str], new: &[&str]| {
            let changes = merge(vec![price("r", "a", old)], vec![price("r", "a", new)]).changes;
            changes.into_iter().find(|change| change.jump).map(|jump| format!("{} to {}", jump.old.unwrap().dollars(), jump.new.dollars()))
        };
        assert_eq!(jumps(&["1"], &["3"]), None);
        assert_eq!(jumps(&["1"], &["3.01"]).as_deref(), Some("1 to 3.01"));
        assert_eq!(jumps(&["3.01"], &["1"]).as_deref(), Some("3.01 to 1"));
        assert_eq!(jumps(&["1"], &["0"]).as_deref(), Some("1 to 0"));
        assert_eq!(jumps(&["0"], &["1"]).as_deref(), Some("0 to 1"));
        assert_eq!(jumps(&["0"], &["0"]), None);
        assert_eq!(jumps(&["1", "0.9"], &["1", "0.09"]).as_deref(), Some("0.9 to 0.09"));
        assert_eq!(jumps(&["1", "0.1"], &["1", "0.9", "0.8"]), None, "a tier was put in between");
    }

    #[test]
    fn new_prices_are_held_against_those_elsewhere() {
        let known = [price("r", "a", &["1"]), price("s", "a", &["2"])];
        let strange = |key: &str, usd: &str| {
            let merged = merge(known.to_vec(), vec![price("t", key, &[usd])]);
            assert_eq!((merged.added, merged.prices.len()), (1, 3));
            merged.changes.iter().map(|change| (change.old, change.jump)).collect::<Vec<_>>()
        };
        let jump = vec![(None, true)];
        for (key, usd, want) in [
            ("a", "20", &[][..]),
            ("a", "20.01", &jump),
            ("a", "0.1", &[]),
            ("a", "0.0999", &jump),
            ("a", "0", &jump),
            ("b", "0", &jump),
            ("b", "500", &[]),
        ] {
            assert_eq!(strange(key, usd), want, "{key} {usd}");
        }
    }

    #[test]
    fn a_refresh_starts_from_the_newest_binary_and_keeps_what_aws_itself_said() {
        let embedded = Catalog::embedded();
        let listed = price("eu-south-2", "elb.alb.hour", &["0.02"]);
        let newer = price("us-east-1", "elb.alb.hour", &["0.03"]);
        let older = Price { as_of: "2020-01-01".into(), ..price("us-east-1", "eks.cluster.hour", &["7"]) };
        let copied = Price { mark: Mark::SingleSource, ..price("us-east-1", "elb.nlb.hour", &["7"]) };
        let text = write("2026-11-01", &[listed.clone(), newer.clone(), older, copied]);
        let refreshed = Catalog::parse(&text, "x").unwrap();
        let all = base(embedded, Some(&refreshed));
        assert_eq!(all.len(), embedded.prices().count() + 1);
        assert!(all.contains(&listed) && all.contains(&newer));
        for key in ["elb.nlb.hour", "eks.cluster.hour"] {
            assert!(all.contains(&embedded.find("us-east-1", key).unwrap()), "{key}");
        }
    }
}
