//! What people start from has a price wherever they put it.

use std::collections::{BTreeMap, BTreeSet};
use trueup::core::expand::expand;
use trueup::core::file::environments;
use trueup::core::source::Source;
use trueup::kinds;
use trueup::pricing::Estate;
use trueup::pricing::catalog::Catalog;
use trueup::pricing::cost::price;

/// No line of the flagship and the templates is without a price here.
const WHOLE: [&str; 8] =
    ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-west-2", "eu-central-1", "ap-southeast-1", "ap-northeast-1"];

/// Here three lines of each may be.
const NEARLY: [&str; 5] = ["eu-north-1", "ap-southeast-2", "ap-south-1", "ca-central-1", "sa-east-1"];

const MOST: usize = 3;

const DOCUMENTED: &str = include_str!("../../docs/cost.md");

/// The keys without a price, by file, environment and region.
fn holes() -> BTreeMap<(String, String, &'static str), Vec<String>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut holes = BTreeMap::new();
    let files = ["stacks", "templates"].map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    for path in files.into_iter().flatten().map(|entry| entry.unwrap().path()) {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut envs = environments(&Source::new(&*name, text.clone()));
        let envs = if envs.is_empty() { vec![None] } else { envs.drain(..).map(Some).collect() };
        for region in WHOLE.into_iter().chain(NEARLY) {
            let text = text.replace("region = \"us-east-1\"", &format!("region = \"{region}\""));
            for env in &envs {
                let stack = trueup::modules::parse(Source::new(&*name, text.clone()), env.as_deref(), &[]);
                let stack = stack.unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
                let graph = expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
                assert_eq!(stack.settings.region, region);
                let estate = Estate::wanted(&graph, region, &kinds::priced);
                let cost = price(&estate, &stack.usage, Catalog::embedded(), "2026-11-29");
                let keys = cost.unpriced().map(|(_, line)| line.key.clone()).collect();
                holes.insert((name.clone(), env.clone().unwrap_or_default(), region), keys);
            }
        }
    }
    holes
}

#[test]
fn what_people_start_from_has_a_price_wherever_they_put_it() {
    let holes = holes();
    assert!(holes.len() >= 13 * 6, "{}", holes.len());
    let mut named = BTreeSet::new();
    for ((file, env, region), keys) in &holes {
        let most = if WHOLE.contains(region) { 0 } else { MOST };
        assert!(keys.len() <= most, "{file} {env} in {region}: {keys:?}");
        named.extend(keys.iter().map(|key| format!("| {region} | `{key}` |")));
    }
    let unsaid = named.iter().filter(|row| !DOCUMENTED.contains(row.as_str())).collect::<Vec<_>>();
    assert!(unsaid.is_empty(), "docs/cost.md does not name these holes: {unsaid:#?}");
}

#[test]
fn what_is_documented_as_a_hole_is_one_and_no_more_of_them() {
    let catalog = Catalog::embedded();
    let all = catalog.regions();
    assert_eq!(all.iter().collect::<BTreeSet<_>>(), WHOLE.iter().chain(&NEARLY).collect());
    let section = DOCUMENTED.split("### Holes").nth(1).unwrap().split("\n## ").next().unwrap();
    let (first, rest) = section.split_once("| key | missing in |").unwrap();
    let rows = |text: &'static str| {
        text.lines()
            .filter(|line| line.contains('`') && line.starts_with('|'))
            .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
    };
    let key = |cell: &'static str| cell.split('`').nth(1).unwrap();
    for row in rows(first) {
        assert_eq!(catalog.price(row[1], key(row[2])), None, "{row:?}");
    }
    assert!(rows(rest).count() > 5);
    for row in rows(rest) {
        let (but, named) = row[2].strip_prefix("all but ").map_or((false, row[2]), |named| (true, named));
        let named = named.split(", ").collect::<BTreeSet<_>>();
        let missing = all.iter().copied().filter(|region| catalog.price(region, key(row[1])).is_none()).collect::<BTreeSet<_>>();
        let said = all.iter().copied().filter(|region| named.contains(region) != but).collect::<BTreeSet<_>>();
        assert_eq!((missing, named.iter().all(|region| all.contains(region))), (said, true), "{row:?}");
    }
}

/// Prices of what no kind is billed for.
const NOBODYS: [&str; 12] = [
    "ebs.",
    "ec2.",
    "sqs.",
    "eventbridge.",
    "ssm.",
    "elb.clb.",
    "elb.gwlb.",
    "s3.express_onezone.",
    "rds.aurora.",
    "rds.performance_insights.long_term.",
    "datatransfer.out.us_east_to_us_east.",
    "select_",
];

/// The catalogue's own holes: a price that one region has and another does not.
#[test]
fn each_kind_of_hole_is_documented() {
    let catalog = Catalog::embedded();
    let section = DOCUMENTED.split("### Holes").nth(1).unwrap().split("\n## ").next().unwrap();
    let keys = catalog.prices().map(|price| price.key).collect::<BTreeSet<_>>();
    let missing = |key: &&String| catalog.regions().iter().any(|region| catalog.price(region, key).is_none());
    let billed = keys.iter().filter(|key| !NOBODYS.iter().any(|stem| key.starts_with(stem) || key.contains(&format!(".{stem}"))));
    // A class of many stands for its family.
    let family = |key: &str| {
        let stems = ["reserved.", "rds.instance.", "elasticache.node.", "opensearch.instance."];
        let class = [".db.", ".cache.", "instance."].iter().find_map(|mark| key.find(mark).map(|at| &key[..at + mark.len()]));
        if stems.iter().any(|stem| key.starts_with(stem)) { format!("`{}", class.unwrap_or(key)) } else { format!("`{key}`") }
    };
    let named = billed.filter(missing).map(|key| family(key)).collect::<BTreeSet<_>>();
    let unsaid = named.iter().filter(|name| !section.contains(name.as_str())).collect::<Vec<_>>();
    assert!(named.len() > 30 && unsaid.is_empty(), "docs/cost.md does not name these of {}: {unsaid:#?}", named.len());
}
