//! Turns resources into lines: each charge with its price, its part of the account's tiers, and of what AWS gives away.

use super::catalog::unit::{counts, per};
use super::catalog::{Catalog, GLOBAL, Price};
use super::charge::{Allowance, Ceiling, Charge};
use super::committed::{Billed, Settled, settle};
use super::estate::{Estate, Facts, Resource};
use super::sharers::{Charges, Sharers};
use super::tiers::{Part, allot, share};
use crate::core::address::Address;
use crate::core::bill::{Bound, Cost, Item, Line, Priced, Rated, Unpriced, VERSION};
use crate::core::money::{Decimal, Money, Range, shown};
use crate::core::usage::Usage;
use serde_json::Value;
use std::collections::BTreeMap;

/// Prices everything. The same arguments give the same cost; `today` is an argument because nothing here reads a clock.
pub fn price(estate: &Estate<'_>, usage: &Usage, catalog: &Catalog, today: &str) -> Cost {
    let lines = lines(estate.region.as_str(), charges(estate, usage, today, |kind| kind.price), catalog, today);
    let settled = settle(vec![Billed { region: &estate.region, committed: &usage.committed, lines }], catalog, today);
    let mut costs = settled.into_iter().map(|settled| cost(estate, settled, catalog, today));
    costs.next().unwrap_or_else(|| cost(estate, Settled::default(), catalog, today))
}

/// Prices several stacks of one account, which share its tiers, what AWS gives it each month, and what it is committed to.
pub fn price_together(stacks: &[(Estate<'_>, &Usage)], catalog: &Catalog, today: &str) -> Vec<Cost> {
    let charged = stacks.iter().map(|(estate, usage)| charges(estate, usage, today, |kind| kind.price)).collect::<Vec<_>>();
    let counts = charged.iter().map(Vec::len).collect::<Vec<_>>();
    let regions = stacks.iter().zip(&counts).flat_map(|((estate, _), count)| std::iter::repeat_n(estate.region.as_str(), *count));
    let mut all = rated(regions.zip(charged.into_iter().flatten()), catalog, today).into_iter();
    let billed = stacks.iter().zip(counts).map(|((estate, usage), count)| {
        let lines = all.by_ref().take(count).collect();
        Billed { region: &estate.region, committed: &usage.committed, lines }
    });
    let settled = settle(billed.collect(), catalog, today);
    stacks.iter().zip(settled).map(|((estate, _), settled)| cost(estate, settled, catalog, today)).collect()
}

/// Makes the bill of an estate from the lines of each of its resources.
fn cost(estate: &Estate<'_>, settled: Settled, catalog: &Catalog, today: &str) -> Cost {
    let Settled { lines, items, pledges } = settled;
    let item = |(resource, lines): (&Resource<'_>, Vec<Line>)| Item {
        address: resource.address.clone(),
        kind: resource.kind.name.to_owned(),
        tags: tags(resource.spec),
        lines,
    };
    Cost {
        version: VERSION,
        region: estate.region.clone(),
        today: today.to_owned(),
        catalogue: catalog.origin.clone(),
        generated: catalog.generated.clone(),
        items: estate.resources().iter().zip(lines).map(item).chain(items).collect(),
        commitments: pledges,
    }
}

fn tags(spec: &Value) -> BTreeMap<String, String> {
    let tags = spec.get("tags").and_then(Value::as_object).into_iter().flatten();
    tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Prices what each resource goes on costing once it is deleted, such as a last snapshot.
pub fn left_behind(estate: &Estate<'_>, usage: &Usage, catalog: &Catalog, today: &str) -> BTreeMap<Address, Vec<Line>> {
    let mut left = BTreeMap::<_, Vec<_>>::new();
    let lines = lines(estate.region.as_str(), charges(estate, usage, today, |kind| kind.leaves), catalog, today);
    for (resource, lines) in estate.resources().iter().zip(lines).filter(|(_, lines)| !lines.is_empty()) {
        left.entry(resource.address.clone()).or_default().extend(lines);
    }
    left
}

/// Prices charges that belong to no estate, as if they were all that an account has.
pub fn rate(charges: Vec<Charge>, region: &str, catalog: &Catalog, today: &str) -> Vec<Line> {
    lines(region, vec![charges], catalog, today).pop().unwrap_or_default()
}

/// Returns the charges of each resource of an estate, in the order of its resources.
pub(super) fn charges(estate: &Estate<'_>, usage: &Usage, today: &str, of: Charges) -> Vec<Vec<Charge>> {
    let sharers = Sharers::of(estate, usage, of);
    let facts = |at| Facts { estate, at, usage, sharers: Some(&sharers), today };
    estate.resources().iter().enumerate().map(|(at, resource)| of(resource.kind)(resource.spec, &facts(at))).collect()
}

/// Prices the charges of each resource of a region.
fn lines(region: &str, charges: Vec<Vec<Charge>>, catalog: &Catalog, today: &str) -> Vec<Vec<Line>> {
    rated(charges.into_iter().map(|charges| (region, charges)), catalog, today)
}

/// Prices the charges of each resource, beside its region. All are priced together: tiers and free allowances are an account's, not
/// a resource's.
fn rated<'a>(charges: impl Iterator<Item = (&'a str, Vec<Charge>)>, catalog: &Catalog, today: &str) -> Vec<Vec<Line>> {
    let (mut all, mut counts) = (Vec::new(), Vec::new());
    for (region, charges) in charges {
        let before = all.len();
        all.extend(charges.into_iter().filter(Charge::is_some).map(|charge| Placed { region, charge }));
        counts.push(all.len() - before);
    }
    let mut lines = Desk { catalog, today }.lines(all).into_iter();
    counts.into_iter().map(|count| lines.by_ref().take(count).collect()).collect()
}

/// A charge in the region of what it is for.
struct Placed<'a> {
    region: &'a str,
    charge: Charge,
}

/// The catalogue and day that charges are priced by.
struct Desk<'a> {
    catalog: &'a Catalog,
    today: &'a str,
}

/// A key, its price, and the charges that share the price's tiers.
struct Pool {
    region: String,
    service: String,
    /// The price, or the reason why there is none.
    price: Result<Price, String>,
    /// The price as far as it is known, where its charges go further than that.
    known: Option<Price>,
    /// The places of its charges among all.
    members: Vec<usize>,
}

impl Desk<'_> {
    /// Makes a line of each charge of something, in the same order.
    fn lines(&self, charges: Vec<Placed<'_>>) -> Vec<Line> {
        let pools = self.pools(&charges);
        let free = allotted(&charges, &pools);
        let mut rated = vec![None; charges.len()];
        for pool in &pools {
            for (at, price) in pool.members.iter().zip(self.rated(pool, &charges, &free)) {
                rated[*at] = Some((price, pool));
            }
        }
        let lines = charges.into_iter().zip(rated).filter_map(|(placed, rated)| {
            let Charge { what, key, unit, quantity, basis, .. } = placed.charge;
            let (price, Pool { region, service, .. }) = rated?;
            let (region, service, unit) = (region.clone(), service.clone(), unit.to_owned());
            Some(Line { what, key, region, service, unit, quantity, basis, covered_by: None, price })
        });
        lines.collect()
    }

    /// Puts charges of the same key together, and looks up the price of each key once.
    fn pools(&self, charges: &[Placed<'_>]) -> Vec<Pool> {
        let mut places = BTreeMap::new();
        let mut pools = Vec::new();
        for (at, placed) in charges.iter().enumerate() {
            let Charge { key, global, unit, .. } = &placed.charge;
            let region = if *global { GLOBAL } else { placed.region };
            let place = *places.entry((key, region, unit)).or_insert_with(|| {
                pools.push(self.pool(region, &placed.charge));
                pools.len() - 1
            });
            pools[place].members.push(at);
        }
        for pool in &mut pools {
            let most = |at: &usize| charges[*at].charge.quantity;
            let all = pool.members.iter().map(most).fold(Range::default(), |sum, one| sum.with(one, Decimal::saturating_add));
            let most = all.low.max(all.likely).max(all.high);
            let known = pool.price.as_ref().ok().and_then(|price| Some((price, price.known_below.filter(|end| most > *end)?)));
            if let Some((Price { key, unit, .. }, end)) = known {
                let (region, unit) = (&pool.region, counts(unit));
                let why = format!("the catalogue knows `{key}` in {region} only up to {} {unit} a month", shown(end));
                pool.known = std::mem::replace(&mut pool.price, Err(why)).ok();
            }
        }
        pools
    }

    fn pool(&self, region: &str, charge: &Charge) -> Pool {
        let found = self.catalog.price(region, &charge.key);
        // A line tells when its price is one that is said once for all regions.
        let of = |price: &Price| if price.region == GLOBAL { GLOBAL } else { region };
        let service = found.as_ref().map(|price| price.service.as_str()).or_else(|| self.catalog.service(&charge.key));
        Pool {
            region: found.as_ref().map_or(region, of).to_owned(),
            service: service.unwrap_or(service_of(&charge.key)).to_owned(),
            members: Vec::new(),
            known: None,
            price: match found {
                _ if charge.unknown.is_some() => Err(charge.unknown.unwrap_or_default().to_owned()),
                None => Err(self.missing(charge, region)),
                Some(price) if counts(&price.unit) != charge.unit => {
                    Err(format!("the catalogue counts `{}` by {}, not by {}", charge.key, price.unit, charge.unit))
                }
                Some(price) => Ok(price),
            },
        }
    }

    /// Prices the charges of a pool. `free` has the part of each charge that is given away.
    fn rated(&self, pool: &Pool, charges: &[Placed<'_>], free: &[Range<Decimal>]) -> Vec<Rated> {
        let of = |price: &Price, amounts: &dyn Fn(usize) -> Range<Decimal>| {
            share(&price.tiers, &pool.members.iter().map(|at| amounts(*at)).collect::<Vec<_>>())
        };
        let quantity = |at: usize| charges[at].charge.quantity;
        let price = match (&pool.price, &pool.known) {
            (Ok(price), _) => price,
            (Err(why), None) => {
                let unpriced = |at: &usize| Rated::Unpriced(Unpriced { reason: why.clone(), bound: self.bound(&charges[*at]) });
                return pool.members.iter().map(unpriced).collect();
            }
            (Err(why), Some(known)) => {
                let bounds =
                    of(known, &quantity).into_iter().map(|Part { cost, .. }| Bound { most: cost, each: None, why: BEYOND.to_owned() });
                return bounds.map(|bound| Rated::Unpriced(Unpriced { reason: why.clone(), bound: Some(bound) })).collect();
            }
        };
        let (list, free) = (of(price, &quantity), of(price, &|at| free[at]));
        let rated = list.into_iter().zip(free).map(|(Part { cost, bands }, free)| {
            Rated::Priced(Box::new(Priced {
                cost,
                free: free.cost.with(cost, Money::min),
                bands,
                old: price.is_old(self.today),
                as_of: price.as_of.clone(),
                source: price.source.clone(),
                mark: price.mark,
            }))
        });
        rated.collect()
    }

    /// Returns the most that a charge without a price may cost.
    fn bound(&self, Placed { region, charge }: &Placed<'_>) -> Option<Bound> {
        let Ceiling { key, times, why } = charge.ceiling.as_ref()?;
        let price = self.catalog.price(region, key).filter(|price| counts(&price.unit) == charge.unit)?;
        let first = price.tiers.first()?.usd * Decimal::from(*times);
        let most = charge.quantity.map(|quantity| (first * quantity).fixed());
        let what = if *times == 1 { format!("`{key}`") } else { format!("{times} × `{key}`") };
        Some(Bound { most, each: Some(first), why: format!("{why}: {what}") })
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

/// The reason why the last tier that is known bounds those beyond it. A test holds that no price of the catalogue rises with the amount.
const BEYOND: &str = "what is beyond the last tier that is known costs no more than that";

/// Returns the part of each charge that AWS gives away, in the charge's own unit: one allowance serves all charges that name it.
fn allotted(charges: &[Placed<'_>], pools: &[Pool]) -> Vec<Range<Decimal>> {
    let mut served = BTreeMap::<_, (u32, Vec<usize>)>::new();
    for at in pools.iter().filter(|pool| pool.price.is_ok()).flat_map(|pool| &pool.members) {
        if let Some(Allowance { name, amount }) = charges[*at].charge.free {
            served.entry(*name).or_insert((*amount, Vec::new())).1.push(*at);
        }
    }
    let mut free = vec![Range::default(); charges.len()];
    for (amount, members) in served.into_values() {
        // The allowance counts single requests and gigabytes, the price maybe thousands of them.
        let unit = |at: usize| per(charges[at].charge.unit);
        let single =
            members.iter().map(|at| charges[*at].charge.quantity.map(|quantity| quantity.saturating_mul(unit(*at)))).collect::<Vec<_>>();
        for (at, part) in members.into_iter().zip(allot(amount.into(), &single)) {
            free[at] = part.map(|part| part / unit(at));
        }
    }
    free
}

/// Returns the service that a key belongs to, for those without a price.
fn service_of(key: &str) -> &'static str {
    // The thing that is reserved stands behind the way to pay: `reserved.hour.1yr.no_upfront.rds.…`.
    let first = key.split('.').next().unwrap_or_default();
    let own = if first == "reserved" { key.split('.').nth(4).unwrap_or_default() } else { first };
    match own {
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
        Charge::usage("x", key, unit, Given::assumed(amount, "said"))
    }
    fn likely(line: &Line) -> String {
        line.total().list.likely.dollars().normalize().to_string()
    }

    #[test]
    fn lines_of_a_key_share_its_tiers_whatever_their_order() {
        let of = |amounts: [&str; 2]| {
            let charges = amounts.map(|amount| usage("datatransfer.out.internet", "GB", amount)).to_vec();
            rate(charges, "us-east-1", Catalog::embedded(), TODAY)
        };
        let (lines, turned) = (of(["10000", "1000"]), of(["1000", "10000"]));
        assert_eq!((&lines[0], &lines[1]), (&turned[1], &turned[0]));
        // Both together have 10,240 GB at $0.09 and 760 GB at $0.085, of which one has ten parts and the other one.
        assert_eq!((likely(&lines[0]).as_str(), likely(&lines[1]).as_str()), ("896.545454545455", "89.654545454545"));
        assert_eq!(lines.iter().map(Line::total).sum::<Total>().list.likely, Money::new(decimal("986.2")));
        let Rated::Priced(priced) = &lines[1].price else { panic!("unpriced") };
        let bands = priced.bands.iter().map(|band| format!("{} x {}", shown(band.quantity), band.usd.dollars())).collect::<Vec<_>>();
        assert_eq!(bands, ["930.9091 x 0.09", "69.0909 x 0.085"]);
        assert_eq!(priced.bands.iter().map(|band| band.quantity).sum::<Decimal>(), decimal("1000"));
    }

    #[test]
    fn what_stays_the_same_costs_the_same_beside_what_grows() {
        let fixed = |amount: &str| Charge::fixed("x", "datatransfer.out.internet", "GB", decimal(amount));
        let lines = rate(vec![usage("datatransfer.out.internet", "GB", "90000"), fixed("10240")], "us-east-1", Catalog::embedded(), TODAY);
        let costs = |line: &Line| line.total().list.map(|money| money.dollars().normalize().to_string());
        // It is there in a quiet month already, and so lies in the first tier: 10,240 GB at $0.09.
        let fixed = costs(&lines[1]);
        assert_eq!((fixed.low.as_str(), fixed.likely.as_str(), fixed.high.as_str()), ("921.6", "921.6", "921.6"));
        // The rest is AWS's bill for 100,240 GB, and for 190,240 GB, less that.
        let grows = costs(&lines[0]);
        assert_eq!((grows.low.as_str(), grows.likely.as_str(), grows.high.as_str()), ("0", "6914.4", "12481.6"));
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
        assert_eq!(free, ["0.0375", "0.0375"]);
        assert_eq!(lines[1].total().free.high, lines[1].total().free.likely, "a busy month has no more of it");
        assert_eq!(lines[1].total().list.likely, Money::new(decimal("0.05")), "list price comes first");
    }

    #[test]
    fn a_price_counts_no_further_than_it_is_known() {
        let price = |amounts: &str| {
            let text = format!("d.out\tD\tGB\n\tr\t{amounts}\t2026-11-01\t1\t0000\n");
            let head = "trueup-prices 3\ncurrency USD\ngenerated 2026-11-01\nregions r\nsources 1\n0000 s\nprices 1\n";
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
        // All three share the tiers, and so what the third goes too far with is a price that none of them has.
        assert_eq!(lines("0:0.5 10242:?"), ["1500", "1060", "0.5"]);
        assert_eq!(lines("0:0.5 10240:?"), ["the catalogue knows `d.out` in r only up to 10,240 GB a month"; 3]);
        assert_eq!(lines("0.5"), ["1500", "1060", "0.5"]);
        let most = |amounts: &str| {
            let lines = rate(vec![usage("d.out", "GB", "3000"), usage("d.out", "GB", "2121")], "r", &price(amounts), TODAY);
            lines.iter().map(Line::total).sum::<Total>().most().map(|most| most.map(|most| most.dollars().normalize().to_string()))
        };
        // 5,121 GB, and twice as much in a busy month.
        let bound =
            |low: &str, likely: &str, high: &str| Some(Range { low: low.to_owned(), likely: likely.to_owned(), high: high.to_owned() });
        assert_eq!(most("0:0.5 10240:?"), bound("0", "2560.5", "5121"), "beyond the tier that is known it costs no more");
        assert_eq!(most("0:0.5 1000:0.4 10240:?"), bound("0", "2148.4", "4196.8"));
    }

    #[test]
    fn no_price_rises_with_the_amount() {
        let rises = |price: &Price| price.tiers.windows(2).any(|pair| pair[0].usd < pair[1].usd);
        let rising = Catalog::embedded().prices().filter(rises).map(|price| price.key).collect::<Vec<_>>();
        assert_eq!(rising, Vec::<String>::new(), "the last tier that is known would not bound what is beyond it");
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
