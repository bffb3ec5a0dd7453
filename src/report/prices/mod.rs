//! Prices, as `trueup prices` shows them.

mod refreshed;
mod verified;

pub use refreshed::{Refresh, filled, jumps, lacking_json, refreshed, refreshed_json, unfetched};
pub use verified::{verified, verified_json};

use super::paint;
use super::table::Table;
use crate::core::bill::Mark;
use crate::core::money::{Decimal, Money, shown};
use crate::pricing::catalog::age::Age;
use crate::pricing::catalog::unit::counts;
use crate::pricing::catalog::{Catalog, Price, Tier};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The version of the JSON that is printed here.
pub const VERSION: u32 = 1;

/// A line a price, by region.
pub fn list(prices: &[Price], catalog: &Catalog, columns: usize) -> String {
    let mut text = String::new();
    for of_region in prices.chunk_by(|one, next| one.region == next.region) {
        let rows = of_region.iter().map(|price| {
            let Price { key, unit, as_of, mark, tiers, .. } = price;
            let tiers = if tiers.len() > 1 { format!(" ({} tiers)", tiers.len()) } else { String::new() };
            [key.clone(), format!("{}{tiers}", usd(price.first())), unit.clone(), as_of.clone(), short(*mark).to_owned()]
        });
        let table = table(["key", "price", "unit", "as of", "by"], rows.collect(), &[1], columns);
        text += &of_region.first().map(|Price { region, .. }| format!("{}\n{table}\n", paint::strong(region))).unwrap_or_default();
    }
    let legend = if text.is_empty() { String::new() } else { paint::calm(&legend(columns)) + "\n" };
    let end = format!("{} of {}, {}", prices.len(), paint::count(catalog.prices().count(), "price"), named(catalog));
    format!("{text}{legend}{}\n", paint::calm(&paint::wrap(&end, columns, 0)))
}

/// One key, with all that is known of it in each region.
pub fn show(prices: &[Price], catalog: &Catalog, today: &str, columns: usize) -> String {
    let mut text = String::new();
    for price in prices {
        let Price { service, region, key, unit, tiers, known_below, as_of, mark, source, others, notes } = price;
        text += &format!("{}  {}\n", paint::strong(key), paint::calm(&format!("{region}, {service}")));
        tiers.iter().zip(bounds(tiers, *known_below)).for_each(|(tier, bound)| text += &format!("  {} per {unit}{bound}\n", usd(tier.usd)));
        let old = if price.is_old(today) { ", more than a year old" } else { "" };
        let mut line = |line: String| text += &format!("  {}\n", paint::wrap(&line, columns, 4));
        line(format!("as of {as_of}{old}: {}", word(*mark)));
        line(format!("from {source}"));
        others.iter().for_each(|other| line(format!("also {} as of {}, from {}", usd(other.usd), other.as_of, other.source)));
        if !notes.is_empty() {
            line(notes.clone());
        }
        text += "\n";
    }
    text + &paint::calm(&named(catalog)) + "\n"
}

/// Says where each tier begins and ends; nothing for a price without tiers.
fn bounds(tiers: &[Tier], known_below: Option<Decimal>) -> Vec<String> {
    let ends = tiers.iter().skip(1).map(|next| Some(next.from)).chain([known_below]);
    let words = tiers.iter().zip(ends).map(|(tier, end)| match end {
        Some(end) if tier.from.is_zero() => format!(", up to {}", shown(end)),
        Some(end) => format!(", from {} to {}", shown(tier.from), shown(end)),
        None if tier.from.is_zero() => String::new(),
        None => format!(", above {}", shown(tier.from)),
    });
    words.collect()
}

/// Both as one JSON document.
pub fn json(prices: &[Price], catalog: &Catalog) -> Value {
    json!({ "version": VERSION, "catalogue": catalogue(catalog), "prices": prices })
}

/// Says how old prices are, by service and in all. `file` is where they were refreshed to.
pub fn age(all: &Age, services: &BTreeMap<&str, Age>, catalog: &Catalog, file: Option<&str>, columns: usize) -> String {
    // A month is near enough here. The remark in `2018-2020 (undated)` stands in `prices show`.
    let month = |day: &String| {
        let (year, rest) = day.split_once('-').unwrap_or((day, ""));
        let month = rest.split('-').next().filter(|month| month.len() == 2);
        month.map_or_else(|| year.to_owned(), |month| format!("{year}-{month}"))
    };
    let row = |name: &str, age: &Age| {
        let Age { prices, newest: _, median, oldest, over_a_year, price_list, two_sources, two_snapshots, single_source, conflict } = age;
        let counts = [prices, over_a_year, price_list, two_sources, two_snapshots, single_source, conflict].map(|count| count.to_string());
        let [prices, over_a_year, price_list, two_sources, two_snapshots, single_source, conflict] = counts;
        let [median, oldest] = [median, oldest].map(month);
        [name.into(), prices, median, oldest, over_a_year, price_list, two_sources, two_snapshots, single_source, conflict]
    };
    let head = ["service", "prices", "median", "oldest", "> 1 y", "AWS", "two", "twice", "one", "vary"];
    let rows = services.iter().map(|(name, age)| row(name, age)).chain([row("all", all)]).collect();
    let place = file.map(|file| format!("\n{file}")).unwrap_or_default();
    let table = table(head, rows, &[1, 4, 5, 6, 7, 8, 9], columns);
    let old = match all.over_a_year {
        0 => String::new(),
        old => {
            let said =
                format!("more than a year old: {old} of {}; `trueup prices refresh` fetches AWS's own", paint::count(all.prices, "price"));
            paint::wrap(&said, columns, 0) + "\n"
        }
    };
    format!("{}{}\n\n{table}\n{}\n{old}", named(catalog), paint::calm(&place), paint::calm(&legend(columns)))
}

/// Returns the ages as JSON.
pub fn age_json(all: &Age, services: &BTreeMap<&str, Age>, catalog: &Catalog, file: Option<&str>) -> Value {
    let mut catalogue = catalogue(catalog);
    catalogue["file"] = json!(file);
    json!({ "version": VERSION, "catalogue": catalogue, "regions": catalog.regions(), "all": all, "services": services })
}

fn catalogue(catalog: &Catalog) -> Value {
    json!({ "generated": catalog.generated, "origin": catalog.origin })
}

fn named(catalog: &Catalog) -> String {
    format!("list prices of {} ({})", catalog.generated, catalog.origin)
}

fn word(mark: Mark) -> &'static str {
    match mark {
        Mark::PriceList => "AWS's price list",
        Mark::TwoSources => "two sources",
        Mark::TwoSnapshots => "one source, at two times",
        Mark::SingleSource => "one source",
        Mark::Conflict => "sources that differ",
    }
}

/// The same as a word of a table, which `legend` explains.
fn short(mark: Mark) -> &'static str {
    match mark {
        Mark::PriceList => "AWS",
        Mark::TwoSources => "two",
        Mark::TwoSnapshots => "twice",
        Mark::SingleSource => "one",
        Mark::Conflict => "vary",
    }
}

fn legend(columns: usize) -> String {
    paint::wrap("AWS: its own price list; two, one: so many others; twice: one, at two times; vary: they contradict", columns, 0)
}

/// A price to its last digit, and to a cent at least.
fn usd(price: Money) -> String {
    let mut dollars = price.dollars().normalize();
    dollars.rescale(dollars.scale().max(2));
    format!("${dollars}")
}

/// Returns a price with its unit: `$1 per hour`, `$0.2 per 1M requests`.
fn per(price: Money, unit: &str) -> String {
    format!("{} per {}", usd(price), counts(unit))
}

/// A table with a quiet head; nothing of no rows.
fn table<const N: usize>(head: [&str; N], rows: Vec<[String; N]>, right: &'static [usize], columns: usize) -> String {
    if rows.is_empty() {
        return String::new();
    }
    Table { head: head.map(str::to_owned), rows, sums: Vec::new(), right }.text(columns, paint::calm, paint::strong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::number;
    use crate::pricing::catalog::age::{age as age_of, by_service};
    use crate::pricing::catalog::{Other, write};
    use expect_test::{Expect, expect};

    fn money(text: &str) -> Money {
        Money::new(number(text).unwrap())
    }

    fn catalog() -> Catalog {
        let price = |key: &str, usd: &[&str], as_of: &str, mark: Mark| Price {
            service: "AmazonEC2".into(),
            region: "us-east-1".into(),
            key: key.into(),
            unit: "GB".into(),
            tiers: usd.iter().enumerate().map(|(at, usd)| Tier { from: Decimal::from(at * 10240), usd: money(usd) }).collect(),
            known_below: None,
            as_of: as_of.into(),
            mark,
            source: "https://example.com/index.json".into(),
            others: Vec::new(),
            notes: String::new(),
        };
        let others = vec![Other { usd: money("0.0000003"), as_of: "2024".into(), source: "a file".into() }];
        let out = price("ec2.out", &["0.09", "0.085", "0.07"], "2026-11-18", Mark::PriceList);
        let back = Price { others, notes: "no SKU".into(), ..price("ec2.in", &["0.0000002"], "2025-06", Mark::Conflict) };
        Catalog::parse(&write("2026-11-20", &[out, back]), "test").unwrap()
    }

    fn check(text: &str, want: Expect) {
        want.assert_eq(&anstream::adapter::strip_str(text).to_string());
    }

    #[test]
    fn prices_are_shown_to_the_last_digit_with_where_they_are_from() {
        let catalog = catalog();
        let prices = catalog.prices().collect::<Vec<_>>();
        check(
            &list(&prices, &catalog, 80),
            expect![[r#"
                us-east-1
                key                price  unit  as of       by
                ec2.in        $0.0000002  GB    2025-06     vary
                ec2.out  $0.09 (3 tiers)  GB    2026-11-18  AWS

                AWS: its own price list; two, one: so many others; twice: one, at two times;
                vary: they contradict
                2 of 2 prices, list prices of 2026-11-20 (test)
            "#]],
        );
        check(
            &list(&[], &catalog, 80),
            expect![[r#"
                0 of 2 prices, list prices of 2026-11-20 (test)
            "#]],
        );
        check(
            &show(&prices, &catalog, "2026-11-21", 80),
            expect![[r#"
                ec2.in  us-east-1, AmazonEC2
                  $0.0000002 per GB
                  as of 2025-06, more than a year old: sources that differ
                  from https://example.com/index.json
                  also $0.0000003 as of 2024, from a file
                  no SKU

                ec2.out  us-east-1, AmazonEC2
                  $0.09 per GB, up to 10,240
                  $0.085 per GB, from 10,240 to 20,480
                  $0.07 per GB, above 20,480
                  as of 2026-11-18: AWS's price list
                  from https://example.com/index.json

                list prices of 2026-11-20 (test)
            "#]],
        );
        assert_eq!(json(&prices[1..], &catalog)["prices"][0]["tiers"][2], json!({ "from": "20480", "usd": "0.07" }));
        assert_eq!(json(&prices[1..], &catalog)["prices"][0]["mark"], "price_list");
    }

    #[test]
    fn age_is_told_by_service_and_in_all() {
        let catalog = catalog();
        let prices = catalog.prices().collect::<Vec<_>>();
        let (all, services) = (age_of(&prices, "2026-11-21").unwrap(), by_service(&prices, "2026-11-21"));
        check(
            &age(&all, &services, &catalog, Some("cache/prices.tsv"), 80),
            expect![[r#"
                list prices of 2026-11-20 (test)
                cache/prices.tsv

                service    prices  median   oldest   > 1 y  AWS  two  twice  one  vary
                AmazonEC2       2  2026-11  2025-06      1    1    0      0    0     1
                all             2  2026-11  2025-06      1    1    0      0    0     1

                AWS: its own price list; two, one: so many others; twice: one, at two times;
                vary: they contradict
                more than a year old: 1 of 2 prices; `trueup prices refresh` fetches AWS's own
            "#]],
        );
        let json = age_json(&all, &services, &catalog, None);
        assert_eq!((&json["all"]["over_a_year"], &json["services"]["AmazonEC2"]["conflict"]), (&json!(1), &json!(1)));
        assert_eq!((&json["catalogue"]["file"], &json["regions"]), (&Value::Null, &json!(["us-east-1"])));
    }
}
