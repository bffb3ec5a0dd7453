//! Tells how old the prices of a catalogue are, and how well they are attested.

use super::Price;
use crate::core::bill::Mark;
use serde::Serialize;
use std::collections::BTreeMap;

/// The age of some prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Age {
    pub prices: usize,
    /// Days of their newest sources; not always whole dates.
    pub newest: String,
    pub median: String,
    pub oldest: String,
    /// The number that were more than a year old on the day that was asked about.
    pub over_a_year: usize,
    /// The numbers that rest on AWS's own list, on two sources, on one at two times, on one, on sources that differ.
    pub price_list: usize,
    pub two_sources: usize,
    pub two_snapshots: usize,
    pub single_source: usize,
    pub conflict: usize,
}

/// Returns the age of some prices; none of no prices.
pub fn age<'a>(prices: impl IntoIterator<Item = &'a Price>, today: &str) -> Option<Age> {
    let prices = prices.into_iter().collect::<Vec<_>>();
    let mut days = prices.iter().map(|price| price.as_of.as_str()).collect::<Vec<_>>();
    days.sort_unstable();
    let marked = |mark: Mark| prices.iter().filter(|price| price.mark == mark).count();
    Some(Age {
        prices: prices.len(),
        newest: (*days.last()?).to_owned(),
        median: (*days.get(days.len() / 2)?).to_owned(),
        oldest: (*days.first()?).to_owned(),
        over_a_year: prices.iter().filter(|price| price.is_old(today)).count(),
        price_list: marked(Mark::PriceList),
        two_sources: marked(Mark::TwoSources),
        two_snapshots: marked(Mark::TwoSnapshots),
        single_source: marked(Mark::SingleSource),
        conflict: marked(Mark::Conflict),
    })
}

/// Returns the age of each service's prices, by AWS's code of it.
pub fn by_service<'a>(prices: &'a [Price], today: &str) -> BTreeMap<&'a str, Age> {
    let mut services = BTreeMap::<_, Vec<&Price>>::new();
    prices.iter().for_each(|price| services.entry(price.service.as_str()).or_default().push(price));
    services.into_iter().filter_map(|(service, prices)| Some((service, age(prices, today)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(service: &str, as_of: &str, mark: Mark) -> Price {
        Price {
            service: service.into(),
            region: "us-east-1".into(),
            key: String::new(),
            unit: String::new(),
            tiers: Vec::new(),
            known_below: None,
            as_of: as_of.into(),
            mark,
            source: String::new(),
            others: Vec::new(),
            notes: String::new(),
        }
    }

    #[test]
    fn days_are_ranked_and_marks_counted() {
        let prices = [
            price("A", "2026-11-18", Mark::PriceList),
            price("A", "2026-02", Mark::SingleSource),
            price("B", "2024", Mark::Conflict),
            price("A", "2025-11-20", Mark::TwoSources),
            price("B", "2025-11-22", Mark::SingleSource),
        ];
        let all = age(&prices, "2026-11-21").unwrap();
        assert_eq!((all.newest.as_str(), all.median.as_str(), all.oldest.as_str()), ("2026-11-18", "2025-11-22", "2024"));
        assert_eq!((all.prices, all.over_a_year), (5, 2));
        assert_eq!((all.price_list, all.two_sources, all.single_source, all.conflict), (1, 1, 2, 1));
        let services = by_service(&prices, "2026-11-21");
        assert_eq!(services.iter().map(|(name, age)| (*name, age.prices, age.over_a_year)).collect::<Vec<_>>(), [("A", 3, 1), ("B", 2, 1)]);
        assert_eq!(age(&[], "2026-11-21"), None);
    }
}
