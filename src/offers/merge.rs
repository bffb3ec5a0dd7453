//! Fresh prices in place of old ones.

use crate::core::money::{Decimal, Money};
use crate::core::price::catalog::{Catalog, Mark, Price};
use crate::core::price::cost::counts;
use std::collections::BTreeMap;

/// A catalogue to be, and what is new in it.
#[derive(Debug, Clone)]
pub struct Merged {
    /// By region and key.
    pub prices: Vec<Price>,
    /// How many prices are others than before, the same as before with a new date, not there before, and left as they were.
    pub changed: usize,
    pub confirmed: usize,
    pub added: usize,
    pub kept: usize,
    /// Changes that look like a mistake.
    pub jumps: Vec<Jump>,
}

/// A price that is three times what it was, or a third, or nothing at all any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jump {
    pub region: String,
    pub key: String,
    pub unit: String,
    pub old: Money,
    pub new: Money,
    pub notes: String,
}

/// What a refresh starts from: the prices inside the binary, and over them what an earlier refresh had from AWS's list, unless
/// the binary is newer.
pub fn base(embedded: &Catalog, refreshed: Option<&Catalog>) -> Vec<Price> {
    let newer = |price: &Price| embedded.find(&price.region, &price.key).is_none_or(|inside| inside.as_of <= price.as_of);
    let listed = refreshed.into_iter().flat_map(Catalog::prices).filter(|price| price.mark == Mark::PriceList && newer(price));
    by_place(embedded.prices().chain(listed)).into_values().collect()
}

/// Puts fresh prices in place of those before; of two for one key the later one counts.
pub fn merge(before: Vec<Price>, fresh: Vec<Price>) -> Merged {
    let mut all = by_place(before);
    let (mut changed, mut confirmed, mut added, mut jumps) = (0, 0, 0, Vec::new());
    let fresh = by_place(fresh);
    let kept = all.keys().filter(|place| !fresh.contains_key(*place)).count();
    for (place, mut price) in fresh {
        match all.get(&place) {
            None => added += 1,
            Some(old) => {
                if counts(&old.unit) == price.unit {
                    price.unit.clone_from(&old.unit);
                }
                if old.tiers == price.tiers {
                    confirmed += 1
                } else {
                    changed += 1
                }
                jumps.extend(jump(old, &price));
            }
        }
        all.insert(place, price);
    }
    Merged { prices: all.into_values().collect(), changed, confirmed, added, kept, jumps }
}

fn by_place(prices: impl IntoIterator<Item = Price>) -> BTreeMap<(String, String), Price> {
    prices.into_iter().map(|price| ((price.region.clone(), price.key.clone()), price)).collect()
}

fn jump(old: &Price, new: &Price) -> Option<Jump> {
    let far = |old: Money, new: Money| {
        let three = Decimal::from(3);
        new > old * three || old > new * three
    };
    // Tier by tier if there are as many; AWS splits and joins tiers without moving a price.
    let same = old.tiers.len() == new.tiers.len();
    let pairs = old.tiers.iter().zip(&new.tiers).take(if same { usize::MAX } else { 1 });
    let (was, is) = pairs.map(|(old, new)| (old.usd, new.usd)).find(|(old, new)| far(*old, *new))?;
    let Price { region, key, unit, notes, .. } = new;
    Some(Jump { region: region.clone(), key: key.clone(), unit: unit.clone(), old: was, new: is, notes: notes.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::number;
    use crate::core::price::catalog::Tier;

    fn price(region: &str, key: &str, usd: &[&str]) -> Price {
        let tier = |(at, usd): (usize, &&str)| Tier { from: Decimal::from(at * 100), usd: Money::new(number(usd).unwrap()) };
        Price {
            service: "AWSELB".into(),
            region: region.into(),
            key: key.into(),
            unit: "hour".into(),
            tiers: usd.iter().enumerate().map(tier).collect(),
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
        assert_eq!((merged.changed, merged.confirmed, merged.added, merged.kept), (1, 1, 1, 2));
        assert_eq!(merged.jumps, []);
        let places = merged.prices.iter().map(|price| format!("{} {}", price.region, price.key)).collect::<Vec<_>>();
        assert_eq!(places, ["r a", "r b", "r c", "s a", "t a"]);
        assert_eq!((merged.prices[0].unit.as_str(), merged.prices[0].mark), ("hour (above 20)", Mark::PriceList));
        assert_eq!(merged.prices[3], before[3]);
    }

    #[test]
    fn jumps_are_seen_in_both_directions_and_at_nothing() {
        let jumps = |old: &[&str], new: &[&str]| {
            let jumps = merge(vec![price("r", "a", old)], vec![price("r", "a", new)]).jumps;
            jumps.into_iter().map(|jump| format!("{} to {}", jump.old.dollars(), jump.new.dollars())).next()
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
    fn a_refresh_starts_from_the_newest_binary_and_keeps_what_aws_itself_said() {
        let embedded = Catalog::embedded();
        let listed = price("eu-north-1", "elb.alb.hour", &["0.02"]);
        let newer = price("us-east-1", "elb.alb.hour", &["0.03"]);
        let older = Price { as_of: "2020-01-01".into(), ..price("us-east-1", "ecr.storage", &["7"]) };
        let copied = Price { mark: Mark::SingleSource, ..price("us-east-1", "elb.nlb.hour", &["7"]) };
        let text = crate::core::price::catalog::write("2026-11-01", &[listed.clone(), newer.clone(), older, copied]);
        let refreshed = Catalog::parse(&text, "x").unwrap();
        let all = base(embedded, Some(&refreshed));
        assert_eq!(all.len(), embedded.prices().count() + 1);
        assert!(all.contains(&listed) && all.contains(&newer));
        for key in ["elb.nlb.hour", "ecr.storage"] {
            assert!(all.contains(&embedded.find("us-east-1", key).unwrap()), "{key}");
        }
    }
}
