//! Turns resources into lines: each charge with its price, its tier, its share of what AWS gives away.

use super::catalog::unit::{counts, per};
use super::catalog::{Catalog, GLOBAL, Price, Tier};
use super::charge::{Ceiling, Charge};
use super::estate::{Estate, Facts};
use crate::core::address::Address;
use crate::core::bill::{Band, Bound, Cost, Item, Line, Priced, Rated, Unpriced, VERSION};
use crate::core::money::{Decimal, Money, Range, shown};
use crate::core::usage::Usage;
use std::collections::BTreeMap;

/// Prices everything. The same arguments give the same cost; `today` is an argument because nothing here reads a clock.
///
/// Tiers and free allowances are an account's, not a resource's: what one line uses up, the next does not have.
pub fn price(estate: &Estate<'_>, usage: &Usage, catalog: &Catalog, today: &str) -> Cost {
    let mut meter = Meter::new(catalog, &estate.region, today);
    let items = estate.resources().iter().enumerate().map(|(at, resource)| {
        let facts = Facts { estate, at, usage, today };
        let lines = meter.lines((resource.kind.price)(resource.spec, &facts));
        Item { address: resource.address.clone(), kind: resource.kind.name.to_owned(), lines }
    });
    let items = items.collect();
    meter.cost(items)
}

/// Prices what each resource goes on costing once it is deleted, such as a last snapshot.
pub fn left_behind(estate: &Estate<'_>, usage: &Usage, catalog: &Catalog, today: &str) -> BTreeMap<Address, Vec<Line>> {
    let mut meter = Meter::new(catalog, &estate.region, today);
    let mut left = BTreeMap::<_, Vec<_>>::new();
    for (at, resource) in estate.resources().iter().enumerate() {
        let lines = meter.lines((resource.kind.leaves)(resource.spec, &Facts { estate, at, usage, today }));
        if !lines.is_empty() {
            left.entry(resource.address.clone()).or_default().extend(lines);
        }
    }
    left
}

/// Prices charges that belong to no estate, by themselves.
pub fn rate(charges: Vec<Charge>, region: &str, catalog: &Catalog, today: &str) -> Vec<Line> {
    Meter::new(catalog, region, today).lines(charges)
}

/// Looks prices up and keeps count of what is used of each key and allowance.
struct Meter<'a> {
    catalog: &'a Catalog,
    region: &'a str,
    today: &'a str,
    /// The quantities so far, by region and key.
    used: BTreeMap<(String, String), Range<Decimal>>,
    /// The free amounts given so far, by the name of the allowance.
    given: BTreeMap<&'static str, Range<Decimal>>,
}

impl<'a> Meter<'a> {
    fn new(catalog: &'a Catalog, region: &'a str, today: &'a str) -> Self {
        Meter { catalog, region, today, used: BTreeMap::new(), given: BTreeMap::new() }
    }

    fn cost(&self, items: Vec<Item>) -> Cost {
        Cost {
            version: VERSION,
            region: self.region.to_owned(),
            today: self.today.to_owned(),
            catalogue: self.catalog.origin.clone(),
            generated: self.catalog.generated.clone(),
            items,
        }
    }

    fn lines(&mut self, charges: Vec<Charge>) -> Vec<Line> {
        let nothing = Range::only(Decimal::ZERO);
        charges.into_iter().filter(|charge| charge.quantity != nothing).map(|charge| self.line(charge)).collect()
    }

    fn line(&mut self, charge: Charge) -> Line {
        let region = if charge.global { GLOBAL } else { self.region };
        let found = self.catalog.price(region, &charge.key);
        // A line tells when its price is one that is said once for all regions.
        let region = found.as_ref().map_or(region, |price| if price.region == GLOBAL { GLOBAL } else { region });
        let (price, service) = match found {
            Some(price) if counts(&price.unit) != charge.unit => {
                let reason = format!("the catalogue counts `{}` by {}, not by {}", charge.key, price.unit, charge.unit);
                (Rated::Unpriced(Unpriced { reason, bound: self.bound(&charge) }), price.service)
            }
            Some(price) => {
                let service = price.service.clone();
                (self.rated(&charge, region, price), service)
            }
            None => {
                let known = self.catalog.service(&charge.key);
                let unpriced = Unpriced { reason: self.missing(&charge, region), bound: self.bound(&charge) };
                (Rated::Unpriced(unpriced), known.unwrap_or(service(&charge.key)).to_owned())
            }
        };
        let Charge { what, key, unit, quantity, basis, .. } = charge;
        Line { what, key, region: region.to_owned(), service, unit: unit.to_owned(), quantity, basis, price }
    }

    fn rated(&mut self, charge: &Charge, region: &str, price: Price) -> Rated {
        let used = self.used.entry((region.to_owned(), charge.key.clone())).or_default();
        let from = *used;
        *used = from.with(charge.quantity, Decimal::saturating_add);
        if let Some(end) = price.known_below.filter(|end| used.low.max(used.likely).max(used.high) > *end) {
            let (key, unit) = (&charge.key, counts(&price.unit));
            let reason = format!("the catalogue knows `{key}` in {region} only up to {} {unit} a month", shown(end));
            return Rated::Unpriced(Unpriced { reason, bound: None });
        }
        let cost = from.with(charge.quantity, |from, quantity| tiered(&price.tiers, from, quantity));
        let free = match charge.free {
            None => Range::default(),
            Some(allowance) => {
                let given = self.given.entry(allowance.name).or_default();
                let amount = per(charge.unit);
                // The allowance counts single requests and gigabytes, the price maybe thousands of them.
                let left = given.map(|given| (Decimal::from(allowance.amount) - given).max(Decimal::ZERO));
                let part = charge.quantity.with(left, |quantity, left| (quantity.saturating_mul(amount)).min(left));
                *given = *given + part;
                from.with(part, |from, part| tiered(&price.tiers, from, part / amount))
            }
        };
        Rated::Priced(Box::new(Priced {
            cost,
            free,
            bands: bands(&price.tiers, from.likely, charge.quantity.likely),
            old: price.is_old(self.today),
            as_of: price.as_of,
            source: price.source,
            mark: price.mark,
        }))
    }

    /// Returns the most that a charge without a price may cost.
    fn bound(&self, charge: &Charge) -> Option<Bound> {
        let Ceiling { key, times, why } = charge.ceiling.as_ref()?;
        let price = self.catalog.price(self.region, key).filter(|price| counts(&price.unit) == charge.unit)?;
        let first = price.tiers.first()?.usd * Decimal::from(*times);
        let most = charge.quantity.map(|quantity| (first * quantity).fixed());
        let what = if *times == 1 { format!("`{key}`") } else { format!("{times} × `{key}`") };
        Some(Bound { most, why: format!("{why}: {what}") })
    }

    fn missing(&self, charge: &Charge, region: &str) -> String {
        let place = if region == GLOBAL { String::new() } else { format!(" in {region}") };
        if region != GLOBAL && !self.catalog.has(region) {
            return format!("the catalogue has no prices of {region}");
        }
        let (stem, choice) = charge.key.split_at(charge.choice);
        let near = if choice.is_empty() { Vec::new() } else { self.catalog.near(region, stem, choice) };
        match near.as_slice() {
            [] => format!("the catalogue has no price of `{}`{place}", charge.key),
            near => format!("the catalogue has no price of `{choice}`{place}; it has {}", near.join(", ")),
        }
    }
}

/// Returns what a quantity costs that comes after so much of the same.
fn tiered(tiers: &[Tier], from: Decimal, quantity: Decimal) -> Money {
    bands(tiers, from, quantity).iter().map(|band| band.usd * band.quantity).sum::<Money>().fixed()
}

fn bands(tiers: &[Tier], from: Decimal, quantity: Decimal) -> Vec<Band> {
    let to = from.saturating_add(quantity);
    let ends = tiers.iter().skip(1).map(|tier| tier.from).chain([Decimal::MAX]);
    let bands = tiers.iter().zip(ends).map(|(tier, end)| {
        let quantity = (to.min(end) - from.max(tier.from)).max(Decimal::ZERO);
        Band { from: tier.from, usd: tier.usd, quantity }
    });
    let used = bands.clone().filter(|band| !band.quantity.is_zero()).collect::<Vec<_>>();
    if used.is_empty() { bands.take(1).collect() } else { used }
}

/// Returns the service that a key belongs to, for those without a price.
fn service(key: &str) -> &'static str {
    match key.split('.').next().unwrap_or_default() {
        "rds" => "AmazonRDS",
        "elasticache" => "AmazonElastiCache",
        "ecs" => "AmazonECS",
        "elb" => "AWSELB",
        "opensearch" => "AmazonES",
        "s3" => "AmazonS3",
        "cloudfront" => "AmazonCloudFront",
        "cloudwatch" => "AmazonCloudWatch",
        "secretsmanager" => "AWSSecretsManager",
        "sns" => "AmazonSNS",
        "ecr" => "AmazonECR",
        "kms" => "awskms",
        "datatransfer" => "AWSDataTransfer",
        "ec2" | "ebs" => "AmazonEC2",
        "vpc" => "AmazonVPC",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::bill::Total;
    use crate::core::money::number;
    use crate::pricing::{Allowance, Given};

    const TODAY: &str = "2026-11-21";

    fn decimal(text: &str) -> Decimal {
        number(text).unwrap()
    }
    fn usage(key: &str, unit: &'static str, likely: &str) -> Charge {
        let amount = Range { low: Decimal::ZERO, likely: decimal(likely), high: decimal(likely) * Decimal::TWO };
        Charge::usage("x", key, unit, Given { amount, said: "said".into() })
    }
    fn likely(line: &Line) -> String {
        line.total().list.likely.dollars().normalize().to_string()
    }

    #[test]
    fn tiers_go_on_from_line_to_line() {
        let charges = vec![usage("datatransfer.out.internet", "GB", "10000"), usage("datatransfer.out.internet", "GB", "1000")];
        let lines = rate(charges, "us-east-1", Catalog::embedded(), TODAY);
        assert_eq!(likely(&lines[0]), "900");
        // 240 GB are left of the first 10 TB.
        assert_eq!(likely(&lines[1]), "86.2");
        let Rated::Priced(priced) = &lines[1].price else { panic!("unpriced") };
        let bands = priced.bands.iter().map(|band| (band.usd.dollars().to_string(), band.quantity.to_string())).collect::<Vec<_>>();
        assert_eq!(bands, [("0.09".to_owned(), "240".to_owned()), ("0.085".to_owned(), "760".to_owned())]);
        assert_eq!(priced.cost.low, Money::ZERO);
        assert_eq!(priced.cost.high, Money::new(decimal("170")), "in a busy month the first line has used up the first tier");
    }

    #[test]
    fn an_allowance_is_shared() {
        static ALLOWANCE: Allowance = Allowance { name: "requests", amount: 15_000 };
        let charges = vec![
            usage("secretsmanager.api_requests", "10k requests", "1").free(&ALLOWANCE),
            usage("secretsmanager.api_requests", "10k requests", "1").free(&ALLOWANCE),
        ];
        let lines = rate(charges, "us-east-1", Catalog::embedded(), TODAY);
        let free = lines.iter().map(|line| line.total().free.likely.dollars().normalize().to_string()).collect::<Vec<_>>();
        assert_eq!(free, ["0.05", "0.025"]);
        assert_eq!(lines[1].total().free.high, Money::ZERO, "the first line has used it up");
        assert_eq!(lines[1].total().list.likely, Money::new(decimal("0.05")), "list price comes first");
    }

    #[test]
    fn a_price_counts_no_further_than_it_is_known() {
        let price = |amounts: &str| {
            let text = format!("r\td.out\tD\tGB\t{amounts}\t2026-11-01\tsingle\t00000000\t\t\n");
            let head = "trueup-prices 2\ncurrency USD\ngenerated 2026-11-01\nsources 1\n00000000 s\nprices 1\n";
            Catalog::parse(&format!("{head}{text}end\n"), "test").unwrap()
        };
        let lines = |amounts: &str| {
            // Twice as much in a busy month.
            let lines = rate(
                vec![usage("d.out", "GB", "3000"), usage("d.out", "GB", "2120"), usage("d.out", "GB", "1")],
                "r",
                &price(amounts),
                TODAY,
            );
            lines
                .iter()
                .map(|line| if let Rated::Unpriced(unpriced) = &line.price { unpriced.reason.clone() } else { likely(line) })
                .collect::<Vec<_>>()
        };
        assert_eq!(lines("0:0.5 10240:?"), ["1500", "1060", "the catalogue knows `d.out` in r only up to 10,240 GB a month"]);
        assert_eq!(lines("0.5"), ["1500", "1060", "0.5"]);
    }

    #[test]
    fn a_price_for_all_regions_is_one_where_a_region_has_none_of_its_own() {
        let lines = |region: &str| {
            rate(vec![Charge::fixed("dashboard", "cloudwatch.dashboard.month", "dashboard-month", 1)], region, Catalog::embedded(), TODAY)
        };
        for region in ["us-east-1", "ap-south-1", "eu-south-2"] {
            assert_eq!((likely(&lines(region)[0]).as_str(), lines(region)[0].region.as_str()), ("3", "global"));
        }
        for apart in ["cn-north-1", "us-gov-west-1"] {
            assert!(matches!(lines(apart)[0].price, Rated::Unpriced(_)), "{apart}");
        }
    }

    #[test]
    fn no_price_is_never_nothing() {
        let charges = || {
            vec![
                Charge::fixed("instance", "rds.instance.mysql.single_az.db.t9.micro", "hour", 730).choice("rds.instance.mysql.single_az."),
                Charge::fixed("hours", "elb.alb.hour", "fortnight", 1),
                Charge::fixed("none of it", "no.such.key", "hour", 0),
            ]
        };
        let lines = rate(charges(), "us-east-1", Catalog::embedded(), TODAY);
        let reasons =
            lines.iter().map(|line| if let Rated::Unpriced(unpriced) = &line.price { unpriced.reason.as_str() } else { "priced" });
        assert_eq!(
            reasons.collect::<Vec<_>>(),
            [
                "the catalogue has no price of `db.t9.micro` in us-east-1; it has db.t3.micro, db.t4g.micro, db.t3.large",
                "the catalogue counts `elb.alb.hour` by hour, not by fortnight",
            ]
        );
        assert_eq!(lines.iter().map(Line::total).sum::<Total>().unpriced(), 2);
        let elsewhere = rate(charges(), "eu-south-2", Catalog::embedded(), TODAY);
        let Rated::Unpriced(reason) = &elsewhere[0].price else { panic!("a price of another region was used") };
        assert!(reason.reason.contains("no prices of eu-south-2"), "{reason:?}");
    }
}
