//! One product for each family of keys, and offer files made of them.

use super::{Damaged, Doubt, Offer, Place, SERVICES, read};
use crate::pricing::catalog::{Catalog, GLOBAL, Price};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A product with its terms, as a line of `specimens.txt` has it.
struct Specimen {
    offer: String,
    sku: String,
    product: Value,
    terms: Value,
    keys: Vec<String>,
}

fn specimens() -> Vec<Specimen> {
    let lines = include_str!("specimens.txt").lines().filter(|line| !line.starts_with('#'));
    lines.enumerate().map(|(at, line)| specimen(&format!("SKU{at:013}"), line)).collect()
}

fn specimen(sku: &str, line: &str) -> Specimen {
    let columns = line.split(" | ").map(str::trim).collect::<Vec<_>>();
    let [offer, family, usage, attributes, unit, prices, keys] = columns.as_slice() else { panic!("{line}") };
    let mut all = Map::from_iter([("servicecode".to_owned(), json!(offer)), ("usagetype".to_owned(), json!(usage))]);
    for pair in attributes.split("; ").filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        all.insert(name.into(), json!(value));
    }
    let mut product = json!({ "sku": sku, "attributes": all });
    if !family.is_empty() {
        product["productFamily"] = json!(family);
    }
    Specimen {
        offer: (*offer).into(),
        sku: sku.into(),
        product,
        terms: terms(sku, "2026-11-01T00:00:00Z", unit, prices),
        keys: keys.split(' ').map(str::to_owned).collect(),
    }
}

/// Returns the terms that a product is sold under, in AWS's order, which is none.
fn terms(sku: &str, from: &str, unit: &str, prices: &str) -> Value {
    let tiers = prices.split(' ').map(|tier| tier.split_once(':').unwrap_or(("0", tier))).collect::<Vec<_>>();
    let dimension = |at: usize| {
        let end = tiers.get(at + 1).map_or("Inf", |(from, _)| from);
        let usd = tiers[at].1;
        let code = format!("{sku}.JRTCKXETXF.{}", tiers.len() - at);
        let value = json!({ "rateCode": code, "description": "…", "beginRange": tiers[at].0, "endRange": end, "unit": unit,
            "pricePerUnit": { "USD": usd }, "appliesTo": [] });
        (code, value)
    };
    let code = format!("{sku}.JRTCKXETXF");
    let dimensions = (0..tiers.len()).map(dimension).collect::<Map<_, _>>();
    json!({ code: { "offerTermCode": "JRTCKXETXF", "sku": sku, "effectiveDate": from, "priceDimensions": dimensions, "termAttributes": {} } })
}

/// An offer file, as AWS writes it.
fn file(offer: &str, products: &[(&str, &Value)], on_demand: &[(&str, &Value)]) -> String {
    let object = |entries: &[(&str, &Value)]| {
        let entries = entries.iter().map(|(name, value)| format!("    {} : {value}", json!(name))).collect::<Vec<_>>();
        format!("{{\n{}\n  }}", entries.join(",\n"))
    };
    let head = format!(
        "\"formatVersion\" : \"v1.0\",\n  \"disclaimer\" : \"…\",\n  \"offerCode\" : \"{offer}\",\n  \"version\" : \"20261118000000\",\n  \
         \"publicationDate\" : \"2026-11-18T00:00:00Z\""
    );
    let reserved = r#"{ "SKU0000000000000" : { "X" : { "priceDimensions" : { "Y" : { "unit" : "Quantity", "description" : "Upfront Fee",
        "pricePerUnit" : { "USD" : "321" } } }, "termAttributes" : { "PurchaseOption" : "All Upfront" } } } }"#;
    format!(
        "{{\n  {head},\n  \"products\" : {},\n  \"terms\" : {{\n  \"OnDemand\" : {},\n  \"Reserved\" : {reserved} }},\n  \"attributesList\" : {{}}\n}}\n",
        object(products),
        object(on_demand)
    )
}

fn service(offer: &str) -> &'static super::Service {
    SERVICES.iter().find(|service| service.offer == offer).unwrap()
}

fn read_text(offer: &str, text: &str) -> Result<Offer, Damaged> {
    let regions = ["us-east-1".to_owned()];
    let place = if service(offer).files == super::Files::One { Place::Among(&regions) } else { Place::Region("us-east-1") };
    read(text.as_bytes(), service(offer), place, "the list")
}

/// A file of the specimens of an offer, and of some lines more.
fn with(offer: &str, more: &[&str]) -> String {
    let more = more.iter().enumerate().map(|(at, line)| specimen(&format!("MORE{at:012}"), line));
    let specimens = specimens().into_iter().chain(more).filter(|specimen| specimen.offer == offer).collect::<Vec<_>>();
    let products = specimens.iter().map(|one| (one.sku.as_str(), &one.product)).collect::<Vec<_>>();
    let terms = specimens.iter().map(|one| (one.sku.as_str(), &one.terms)).collect::<Vec<_>>();
    file(offer, &products, &terms)
}

fn found(offer: &Offer, key: &str) -> Option<Price> {
    offer.prices.iter().find(|price| price.key == key).cloned()
}

/// The key without what only names a type of machine.
fn family(key: &str) -> String {
    const OPEN: [&str; 11] = [
        "ec2.linux.ondemand.",
        "rds.instance.postgresql.single_az.",
        "rds.instance.postgresql.multi_az.",
        "rds.instance.mysql.single_az.",
        "rds.instance.mysql.multi_az.",
        "rds.instance.mariadb.single_az.",
        "rds.instance.mariadb.multi_az.",
        "elasticache.node.redis.",
        "elasticache.node.valkey.",
        "elasticache.node.memcached.",
        "opensearch.instance.",
    ];
    // Each key on demand has some of its reservations, which have a test of their own.
    if key.starts_with("reserved.") {
        return "reserved.".into();
    }
    OPEN.into_iter().find(|stem| key.starts_with(stem)).unwrap_or(key).to_owned()
}

#[test]
fn every_family_of_keys_is_found_and_comes_to_what_the_catalogue_has() {
    let embedded = Catalog::embedded();
    let mut covered = BTreeSet::new();
    for service in SERVICES {
        let offer = read_text(service.offer, &with(service.offer, &[])).unwrap();
        assert_eq!(offer.doubts, [], "{}", service.offer);
        assert_eq!(offer.published, "2026-11-18");
        assert!(!offer.prices.is_empty(), "{} has no specimen", service.offer);
        for price in &offer.prices {
            let known = embedded.price(&price.region, &price.key).unwrap_or_else(|| panic!("{} {}", price.region, price.key));
            assert_eq!(price.tiers, known.tiers, "{}", price.key);
            assert_eq!(price.service, known.service, "{}", price.key);
            assert_eq!(price.unit, crate::pricing::catalog::unit::counts(&known.unit), "{}", price.key);
            assert!(matches!(price.region.as_str(), GLOBAL | "us-east-1"));
            covered.insert(family(&price.key));
        }
        let wanted = specimens().into_iter().filter(|one| one.offer == service.offer).flat_map(|one| one.keys).collect::<BTreeSet<_>>();
        let keys = offer.prices.into_iter().map(|price| price.key).collect::<BTreeSet<_>>();
        assert_eq!(keys, wanted, "{}", service.offer);
    }
    let all = embedded.prices().map(|price| family(&price.key)).collect::<BTreeSet<_>>();
    // Spot capacity is not in AWS's list, and what the others are called there is not known: they keep the price that they have.
    let kept = [
        "ebs.snapshot_archive.storage",
        "ecs.fargate.spot.x86.gb_hour",
        "ecs.fargate.spot.x86.vcpu_hour",
        "efs.archive.read_gb",
        "efs.archive.storage",
        "efs.archive.write_gb",
        "efs.elastic_throughput.read_gb",
        "efs.elastic_throughput.write_gb",
        "efs.ia.read_gb",
        "efs.ia.write_gb",
        "elb.clb.gb",
        "elb.gwlb.glcu_hour",
        "elb.gwlb.hour",
        "eventbridge.custom_events",
        "opensearch.extended_support.nih",
        "reserved.",
        "route53.dns_firewall.queries",
        "route53.resolver.queries",
        "route53.resolver.queries_over_1b",
        "waf.bot_control.month",
        "waf.captcha.attempts",
        "waf.challenge.served",
    ];
    assert_eq!(all.difference(&covered).collect::<Vec<_>>(), kept.iter().collect::<Vec<_>>());
}

#[test]
fn reservations_are_read_by_term_and_way_to_pay() {
    let head = r#""offerCode":"AmazonRDS","publicationDate":"2026-11-18T00:00:00Z""#;
    let product = r#""A":{"productFamily":"Database Instance","attributes":{"usagetype":"InstanceUsage:db.t4g.medium","regionCode":"us-east-1",
        "locationType":"AWS Region","instanceType":"db.t4g.medium","databaseEngine":"PostgreSQL","deploymentOption":"Single-AZ"}}"#;
    let term = |code: &str, years: &str, option: &str, from: &str, dimensions: &[(&str, &str)]| {
        let dimension = |(unit, usd): &(&str, &str)| format!(r#""{code}.{unit}":{{"unit":"{unit}","pricePerUnit":{{"USD":"{usd}"}}}}"#);
        let dimensions = dimensions.iter().map(dimension).collect::<Vec<_>>().join(",");
        let attributes = format!(r#"{{"LeaseContractLength":"{years}","OfferingClass":"standard","PurchaseOption":"{option}"}}"#);
        format!(r#""{code}":{{"effectiveDate":"{from}","priceDimensions":{{{dimensions}}},"termAttributes":{attributes}}}"#)
    };
    let terms = [
        term("n", "1yr", "No Upfront", "2020-01-01T00:00:00Z", &[("Hrs", "0.0465")]),
        term("p", "1yr", "Partial Upfront", "2020-01-01T00:00:00Z", &[("Hrs", "0.0223"), ("Quantity", "195")]),
        term("a", "3yr", "All Upfront", "2020-01-01T00:00:00Z", &[("Hrs", "0"), ("Quantity", "800")]),
        term("old", "3yr", "Partial Upfront", "2019-01-01T00:00:00Z", &[("Hrs", "0.09"), ("Quantity", "900")]),
        term("new", "3yr", "Partial Upfront", "2021-01-01T00:00:00Z", &[("Hrs", "0.015"), ("Quantity", "400")]),
        term("later", "3yr", "Partial Upfront", "2027-01-01T00:00:00Z", &[("Hrs", "0.001"), ("Quantity", "1")]),
        term("dear", "1yr", "All Upfront", "2020-01-01T00:00:00Z", &[("Quantity", "100001")]),
    ];
    let text = format!(r#"{{{head},"products":{{{product}}},"terms":{{"Reserved":{{"A":{{{}}},"B":{{}}}}}}}}"#, terms.join(","));
    let offer = read_text("AmazonRDS", &text).unwrap();
    assert_eq!(offer.doubts, []);
    let prices = offer.prices.iter().map(|price| format!("{} {} {}", price.key, price.unit, price.first().dollars())).collect::<Vec<_>>();
    let key = |what: &str| format!("reserved.{}.rds.instance.postgresql.single_az.db.t4g.medium", what);
    let wanted = [
        ("hour.1yr.no_upfront", "hour 0.0465"),
        ("hour.1yr.partial_upfront", "hour 0.0223"),
        ("hour.3yr.partial_upfront", "hour 0.015"),
        ("upfront.1yr.partial_upfront", "upfront 195"),
        ("upfront.3yr.all_upfront", "upfront 800"),
        ("upfront.3yr.partial_upfront", "upfront 400"),
    ];
    assert_eq!(prices, wanted.map(|(what, price)| format!("{} {price}", key(what))));
    // The keys are those that a bill asks for.
    assert!(Catalog::embedded().price("us-east-1", &key("hour.1yr.no_upfront")).is_some());
}

#[test]
fn what_only_looks_like_it_is_left_out() {
    let strange = [
        "AWSELB | Load Balancer-Application | Outposts-LoadBalancerUsage |  | Hrs | 0.9 | -",
        "AWSELB | Load Balancer-Application | USE1-LoadBalancerUsage | locationType=AWS Outposts | Hrs | 0.9 | -",
        "AWSELB | Load Balancer-Application | LoadBalancerUsage | regionCode=us-east-1-bos-1; locationType=AWS Local Zone | Hrs | 0.9 | -",
        "AWSELB | Load Balancer-Gateway | LoadBalancerUsage |  | Hrs | 0.9 | -",
        "AmazonS3 |  | Tables-TimedStorage-ByteHrs | volumeType=Standard | GB-Mo | 0.9 | -",
        "AmazonS3 | Storage | TimedStorage-ByteHrs | volumeType=Intelligent-Tiering; operation=INTAAS3ObjectOverhead | GB-Mo | 0.9 | -",
        "AmazonS3 | API Request | Requests-Tier1 | operation=ListObjectAnnotations | Requests | 0.9 | -",
        "AmazonRDS | Database Instance | InstanceUsage:db.t4g.micro | instanceType=db.t4g.micro; databaseEngine=SQL Server; deploymentOption=Single-AZ | Hrs | 0.9 | -",
        "AmazonRDS | Database Instance | InstanceUsage:db.m5.large | instanceType=db.m5.large; databaseEngine=MySQL; deploymentOption=Single-AZ; deploymentModel=Custom | Hrs | 0.9 | -",
        "AmazonRDS | Database Storage | RDS:Multi-AZCluster-GP3-Storage | volumeType=General Purpose-GP3; deploymentOption=Multi-AZ (readable standbys) | GB-Mo | 0.9 | -",
        "AmazonRDS | Database Instance | ExtendedSupport:Yr1-Yr2:AuroraPostgreSQL11 |  | vCPU-hour | 0.9 | -",
        "AmazonElastiCache | Cache Instance | USE1-SyncDurability-NodeUsage:cache.m6g.large | cacheEngine=Redis | Hrs | 0.9 | -",
        "AmazonEC2 | Compute Instance | BoxUsage:t3.micro | instanceType=t3.micro; operatingSystem=Windows; tenancy=Shared; preInstalledSw=NA; capacitystatus=Used | Hrs | 0.9 | -",
        "AmazonEC2 | Compute Instance | UnusedBox:t3.micro | instanceType=t3.micro; operatingSystem=Linux; tenancy=Shared; preInstalledSw=NA; capacitystatus=UnusedCapacityReservation | Hrs | 0.9 | -",
        "AWSDataTransfer | Data Transfer | USE1-EU-AWS-Out-Bytes | transferType=InterRegion Outbound; toRegionCode=eu-west-1 | GB | 0.9 | -",
        "AWSDataTransfer | Data Transfer | USE1-USW2-AWS-Out-ABytes | transferType=InterRegion Outbound; toRegionCode=us-west-2 | GB | 0.9 | -",
        "AWSLambda | Serverless | Global-Request | group=AWS-Lambda-Requests | Requests | 0 | -",
        "AmazonCloudFront | Request | Global-Requests-Tier1 |  | Requests | 0 | -",
        "AmazonRoute53 | DNS Query | EU-ResolverNetworkInterface | regionCode=eu-west-1 | hours | 0.9 | -",
        "awswaf | Web Application Firewall | USE1-ShieldProtected-WebACLV2 |  | Month | 0.9 | -",
    ];
    for service in SERVICES {
        let plain = read_text(service.offer, &with(service.offer, &[])).unwrap();
        let more = read_text(service.offer, &with(service.offer, &strange)).unwrap();
        assert_eq!(plain.prices, more.prices, "{}", service.offer);
        assert_eq!(more.doubts, []);
    }
}

#[test]
fn prices_say_where_they_come_from() {
    let offer = read_text("AWSELB", &with("AWSELB", &[])).unwrap();
    let price = found(&offer, "elb.alb.hour").unwrap();
    assert_eq!((price.as_of.as_str(), price.source.as_str()), ("2026-11-18", "the list"));
    assert!(price.notes.starts_with("SKU SKU"), "{}", price.notes);
}

#[test]
fn what_is_not_clear_is_not_taken() {
    let doubts = |offer: &str, line: &str| {
        let offer = read_text(offer, &with(offer, &[line])).unwrap();
        let keys = offer.prices.iter().map(|price| price.key.clone()).collect::<Vec<_>>();
        (offer.doubts.iter().map(Doubt::to_string).collect::<Vec<_>>(), keys)
    };
    let (odd, keys) = doubts("AmazonECR", "AmazonECR |  | EBS:None |  | GB-Mo | 1 | -");
    assert_eq!((odd.len(), keys.len()), (0, 1));
    let (odd, keys) = doubts("AmazonECR", "AmazonECR |  | USE1-TimedStorage-ByteHrs |  | GB-Mo | 0.2 | -");
    assert_eq!(odd.len(), 1);
    assert!(odd[0].starts_with("`ecr.storage`: products MORE000000000000 and SKU"), "{odd:?}");
    assert!(odd[0].ends_with("both stand for it in us-east-1, at different prices"), "{odd:?}");
    assert_eq!(keys, Vec::<String>::new());
    let (odd, keys) = doubts("AWSELB", "AWSELB | Load Balancer-Network | LoadBalancerUsage |  | 10 Hrs | 0.2 | -");
    assert_eq!(odd, ["`elb.nlb.hour`: product MORE000000000000 is sold by `10 Hrs`, which is not understood"]);
    assert!(keys.contains(&"elb.nlb.hour".into()), "the other product of it is clear");
    for prices in ["0:1 10:2 20:3 30:-4", "5:1", "0:x", "0:1 0:2"] {
        let (odd, _) = doubts("AmazonECR", &format!("AmazonECR |  | TimedStorage-ByteHrs |  | GB-Mo | {prices} | -"));
        assert_eq!(odd, ["`ecr.storage`: the tiers of product MORE000000000000 do not follow each other"], "{prices}");
    }
    // A part that is given away is a product of its own.
    let (odd, keys) = doubts("AmazonEFS", "AmazonEFS |  | ProvisionedTP-MiBpsHrs |  | MiBps-Mo | 0 | -");
    assert_eq!((odd.len(), keys.len()), (0, 6));
}

#[test]
fn absurd_prices_are_left_out_and_odd_names_reach_nobody() {
    let plain = read_text("AmazonEC2", &with("AmazonEC2", &[])).unwrap();
    let with = |name: &str, usd: &str| {
        let machine = "operatingSystem=Linux; tenancy=Shared; preInstalledSw=NA; capacitystatus=Used";
        let line = format!("AmazonEC2 | Compute Instance | BoxUsage:x | instanceType={name}; {machine} | Hrs | {usd} | -");
        read_text("AmazonEC2", &with("AmazonEC2", &[&line])).unwrap()
    };
    assert!(found(&with("x9.large", "0.5"), "ec2.linux.ondemand.x9.large").is_some());
    for (usd, why) in [
        ("100000.01", "product MORE000000000000 is said to cost $100000.01 per hour"),
        ("1e28", "product MORE000000000000 is said to cost $10000000000000000000000000000 per hour"),
        ("1e999999999", "the tiers of product MORE000000000000 do not follow each other"),
        ("-1", "the tiers of product MORE000000000000 do not follow each other"),
        ("NaN", "the tiers of product MORE000000000000 do not follow each other"),
    ] {
        let odd = with("x9.large", usd);
        let doubts = odd.doubts.iter().map(Doubt::to_string).collect::<Vec<_>>();
        assert_eq!((doubts, &odd.prices), (vec![format!("`ec2.linux.ondemand.x9.large`: {why}")], &plain.prices));
    }
    let long = "x".repeat(200);
    for name in ["x9\tlarge", "x9\nus-east-1\telb.alb.hour", "x9 large", "../x9", "\u{1b}[31mx9", long.as_str()] {
        let odd = with(name, "0.5");
        assert_eq!((&odd.prices, odd.doubts.len()), (&plain.prices, 0), "{name:?}");
    }
    let Specimen { product, .. } = specimen("A", "AmazonECR |  | TimedStorage-ByteHrs |  | GB-Mo | 0.1 | -");
    for (sku, count) in [("A", 1), ("A\tB", 0), ("A\nB", 0), ("A B", 0), ("A/../B", 0), ("A".repeat(41).as_str(), 0)] {
        let terms = terms(sku, "2026-11-01T00:00:00Z", "GB-Mo", "0.1");
        let offer = read_text("AmazonECR", &file("AmazonECR", &[(sku, &product)], &[(sku, &terms)])).unwrap();
        assert_eq!(offer.prices.len(), count, "{sku:?}");
    }
}

#[test]
fn only_dollars_count_and_of_several_terms_the_one_that_holds() {
    let product = specimen("A", "AmazonECR |  | TimedStorage-ByteHrs |  | GB-Mo | 0.1 | -").product;
    let price = |terms: &Value| read_text("AmazonECR", &file("AmazonECR", &[("A", &product)], &[("A", terms)])).unwrap();
    let mut several = Map::new();
    for (code, from, usd) in
        [("A.OLD", "2020-01-01T00:00:00Z", "0.3"), ("A.NOW", "2026-11-01T00:00:00Z", "0.2"), ("A.NEXT", "2027-01-01T00:00:00Z", "0.9")]
    {
        several.insert(code.into(), terms("A", from, "GB-Mo", usd)["A.JRTCKXETXF"].clone());
    }
    let offer = price(&Value::Object(several));
    assert_eq!(found(&offer, "ecr.storage").unwrap().first().to_string(), "$0.20");
    let mut both = terms("A", "2026-11-01T00:00:00Z", "GB-Mo", "0.1");
    let place = &mut both["A.JRTCKXETXF"]["priceDimensions"]["A.JRTCKXETXF.1"]["pricePerUnit"];
    *place = json!({ "CNY": "0.667", "USD": "0.1000000000", "EUR": "0.09" });
    assert_eq!(found(&price(&both), "ecr.storage").unwrap().first().dollars().to_string(), "0.1");
    let place = &mut both["A.JRTCKXETXF"]["priceDimensions"]["A.JRTCKXETXF.1"]["pricePerUnit"];
    *place = json!({ "CNY": "0.667" });
    let offer = price(&both);
    assert_eq!(
        offer.doubts.iter().map(Doubt::to_string).collect::<Vec<_>>(),
        ["`ecr.storage`: product A has no price in US dollars, only in CNY"]
    );
    assert_eq!(offer.prices, []);
    let unsold = read_text("AmazonECR", &file("AmazonECR", &[("A", &product)], &[])).unwrap();
    assert_eq!((unsold.prices.len(), unsold.doubts.len()), (0, 0));
}

#[test]
fn damaged_files_are_refused_wherever_they_are_cut() {
    let text = with("AWSELB", &[]);
    for at in (0..text.len() - 1).step_by(97).filter(|at| text.is_char_boundary(*at)) {
        let error = read_text("AWSELB", &text[..at]).unwrap_err();
        assert!(matches!(error, Damaged::Cut), "{at}: {error}");
    }
    let refused = |text: &str| read_text("AWSELB", text).unwrap_err().to_string();
    assert_eq!(refused(&text.replace("\"AWSELB\",\n", "\"AmazonRDS\",\n")), "it is the offer of \"AmazonRDS\", not of AWSELB");
    assert_eq!(refused("{ \"offerCode\": \"AWSELB\" }"), "it lists no products");
    assert!(refused("<html>not here</html>").starts_with("it is not an offer file: expected value"));
    assert!(refused("[]").starts_with("it is not an offer file: invalid type: sequence"));
    assert!(refused(&format!("{text}x")).starts_with("it is not an offer file: trailing characters"));
    assert!(refused(&text.replacen("\"unit\":\"Hrs\"", "\"unit\":7", 1)).contains("invalid type: integer `7`, expected a string"));
    assert_eq!(refused(&text.replace("2026-11-18T", "yesterday ")), "it does not say on which day it was published");
    assert_eq!(refused(&text.replace("2026-11-18T", "2026\\t11\\n18T")), "it does not say on which day it was published");
    let bomb = text.replacen("\"unit\":\"Hrs\"", &format!("\"unit\":\"{}\"", "x".repeat(1 << 20)), 1);
    assert!(refused(&bomb).contains("a text in it is absurdly large"), "{:.200}", refused(&bomb));
    assert!(refused(&format!("{{ \"products\": {}", "{\"a\":".repeat(1 << 18))).contains("an entry in it is absurdly large"));
    let (head, rest) = text.split_once("\"products\"").unwrap();
    let (products, terms) = rest.split_once("\"terms\"").unwrap();
    let turned = format!("{head}\"terms\"{}, \"products\"{}}}", terms.trim().trim_end_matches('}'), products.trim().trim_end_matches(','));
    assert!(refused(&turned).contains("terms stand before the products"), "{}", refused(&turned));
}

#[test]
fn a_file_of_all_regions_gives_those_that_are_asked_for() {
    let lines = [
        "AmazonCloudWatch | Alarm | EU-CW:AlarmMonitorUsage | regionCode=eu-west-1 | Alarms | 0.11 | -",
        "AmazonCloudWatch | Alarm | APN1-CW:AlarmMonitorUsage | regionCode=ap-northeast-1 | Alarms | 0.12 | -",
    ];
    let regions = ["eu-west-1".to_owned(), "us-east-1".to_owned()];
    let text = with("AmazonCloudWatch", &lines);
    let offer = read(text.as_bytes(), service("AmazonCloudWatch"), Place::Among(&regions), "x").unwrap();
    let mut by_key = BTreeMap::<_, Vec<_>>::new();
    for price in &offer.prices {
        by_key.entry(price.key.as_str()).or_default().push(format!("{} {}", price.region, price.first().dollars()));
    }
    assert_eq!(by_key["cloudwatch.alarm.standard"], ["eu-west-1 0.11", "us-east-1 0.1"]);
    assert_eq!(by_key["cloudwatch.dashboard.month"], ["eu-west-1 3", "us-east-1 3"]);
    assert_eq!(by_key["cloudwatch.logs.vended"].len(), 1);
}
