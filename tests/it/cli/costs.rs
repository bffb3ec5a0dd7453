//! `cost`: each way to ask, each form of the answer, and what is wrong with what was asked.

use super::{Desk, Ran, shipped};
use expect_test::expect;
use serde_json::Value;
use std::collections::BTreeMap;
use trueup::core::money::{Decimal, Money, from_float, number};
use trueup::pricing::catalog::Catalog;

/// Some prices begin on a day, and grow old.
pub const DAY: [&str; 2] = ["--day", "2026-11-21"];

/// A stack of fixed prices, within its budget.
pub const SECRETS: &str = r#"
[stack]
name = "small"
region = "us-east-1"

[stack.budget]
monthly = 2
largest_increase = 1

[secrets.one]
protect = false
recovery_days = 0

[secrets.two]
protect = false
recovery_days = 0
"#;

fn flagship(more: &[&str]) -> Ran {
    let file = shipped("stacks/registry.toml");
    Desk::new().run(&[&["cost", &file, "--env", "production"], &DAY[..], more].concat())
}

fn money(value: &Value) -> Money {
    Money::new(number(value.as_str().unwrap()).unwrap())
}

/// `after - before = delta`, each bound for itself.
#[track_caller]
pub fn adds_up(delta: &Value, before: &Value, after: &Value) {
    for bound in ["low", "likely", "high"] {
        assert_eq!(money(&after[bound]) - money(&before[bound]), money(&delta[bound]), "{bound} of {delta}, {before}, {after}");
    }
}

#[test]
fn the_flagship_costs_what_the_readme_shows_and_its_list_says() {
    let readme = std::fs::read_to_string(shipped("README.md")).unwrap();
    let command = "```text\n$ trueup cost stacks/registry.toml --env production\n";
    let shown = readme.split_once(command).and_then(|(_, rest)| rest.split_once("```")).map(|(block, _)| block.to_owned());
    let ran = flagship(&[]).exits(0);
    assert_eq!(ran.err, "");
    assert_eq!(shown.as_deref(), Some(ran.out.as_str()), "README.md shows another table than the program prints");
    assert!(ran.out.lines().any(|line| line.starts_with("a month ") && line.contains(" $110.39 ")), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);

    let list = serde_json::from_str::<Value>(&std::fs::read_to_string(shipped("prices/flagship.json")).unwrap()).unwrap();
    let json = flagship(&["--json"]).exits(0).json();
    let mut sums = BTreeMap::<String, Money>::new();
    for line in json["items"].as_array().unwrap().iter().flat_map(|item| item["lines"].as_array().unwrap()) {
        *sums.entry(line["key"].as_str().unwrap().to_owned()).or_default() += money(&line["price"]["of"]["cost"]["likely"]);
    }
    for line in list["lines"].as_array().unwrap() {
        let (key, want) = (line["sku_key"].as_str().unwrap(), from_float(line["monthly_usd"].as_f64().unwrap()).unwrap());
        let sum = sums.remove(key).unwrap_or_default();
        assert!((sum.dollars() - want).abs() < Decimal::new(1, 4), "{key}: {sum}, not {want}");
    }
    let rest = sums.into_iter().filter(|(_, sum)| *sum != Money::ZERO).collect::<Vec<_>>();
    assert_eq!(rest, vec![], "not in the list");
    assert_eq!(money(&json["total"]["list"]["likely"]).to_string(), "$110.39");
}

#[test]
fn every_form_holds_the_same_amounts() {
    let json = flagship(&["--json"]).exits(0).json();
    assert_eq!((&json["version"], &json["stack"], &json["currency"]), (&3.into(), &"registry/production".into(), &"USD".into()));
    assert_eq!(json["prices"]["from"], "embedded");
    for parts in ["by_module", "by_service"] {
        for bound in ["low", "likely", "high"] {
            let sum = json[parts].as_object().unwrap().values().map(|one| money(&one["list"][bound])).sum::<Money>();
            assert_eq!(sum, money(&json["total"]["list"][bound]), "{parts} {bound}");
        }
    }
    let csv = flagship(&["--csv"]).exits(0).out;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let column = rows.headers().unwrap().iter().position(|name| name == "cost_likely_usd").unwrap();
    let sum = rows.records().map(|row| Money::new(number(&row.unwrap()[column]).unwrap())).sum::<Money>();
    assert_eq!(sum, money(&json["total"]["list"]["likely"]));
    let markdown = flagship(&["--markdown"]).exits(0).out;
    assert!(markdown.starts_with("### registry/production in us-east-1: $110.39 a month\n") && markdown.contains("| **a month** |"));
    let verbose = flagship(&["--detail"]).exits(0).out;
    for said in ["365 vCPU-hour × $0.04048", "one source, over a year old", "assumes 2 tasks, up to 6", "in the free tier", "\nsources\n"]
    {
        assert!(verbose.contains(said), "{said}: {verbose}");
    }
    flagship(&["--json", "--csv"]).exits(64);
}

#[test]
fn without_an_environment_each_is_priced() {
    let desk = Desk::new();
    let file = shipped("stacks/registry.toml");
    let run = |more: &[&str]| desk.run(&[&["cost", &file], &DAY[..], more].concat()).exits(0);
    let all = run(&[]).out;
    assert!(all.starts_with("registry/staging in us-east-1\n") && all.contains("\n\nregistry/production in us-east-1\n"), "{all}");
    assert!(all.ends_with(&flagship(&[]).out));
    let json = run(&["--json"]).json();
    let stacks = json["environments"].as_array().unwrap().iter().map(|one| one["stack"].clone()).collect::<Vec<_>>();
    assert_eq!(stacks, ["registry/staging", "registry/production"]);
    assert_eq!(json["environments"][1], flagship(&["--json"]).json());
    let csv = run(&["--csv"]).out;
    assert!(csv.contains("\nregistry/staging,") && csv.contains("\nregistry/production,"), "{csv}");
    assert_eq!(csv.matches("cost_likely_usd").count(), 1);
}

#[test]
fn a_small_stack_line_by_line() {
    let desk = Desk::with(SECRETS);
    expect![[r#"
        exit 0
        --- stdout
        small/default in us-east-1
        730 hours a month, on demand, before tax, no support plan
        list prices of 2026-10-03, catalogue of 2026-11-28 (embedded)

        module     low  likely    high  free tier
        secrets  $0.80   $0.80   $0.90
        a month  $0.80   $0.80   $0.90
        a year   $9.60   $9.61  $10.80

        service            low  likely   high  free tier
        Secrets Manager  $0.80   $0.80  $0.90

        secrets.one.secret  secretsmanager.secret
          $0.40  secret: 1 secret-month × $0.40
                 secretsmanager.secret.month everywhere, 2026-10-03 [1]
          $0.00  reads of the secret: 0.01 × 10k requests × $0.05 ($0.00 to $0.05)
                 secretsmanager.api_requests everywhere, 2026-10-03 [1]
                 assumes secret_reads = 100 reads (0 to 10,000), the default

        secrets.two.secret  secretsmanager.secret
          $0.40  secret: 1 secret-month × $0.40
                 secretsmanager.secret.month everywhere, 2026-10-03 [1]
          $0.00  reads of the secret: 0.01 × 10k requests × $0.05 ($0.00 to $0.05)
                 secretsmanager.api_requests everywhere, 2026-10-03 [1]
                 assumes secret_reads = 100 reads (0 to 10,000), the default

        sources
          [1] https://aws.amazon.com/secrets-manager/pricing/ (read 2026-09-20 by
              github:api-evangelist/amazon-secrets-manager: examples at one price, for
              no region in particular)

        Assumed because [usage] says nothing of it: $0.00, $0.10 in a busy month
          secrets.one.secret  reads of the secret: secret_reads = 100 reads
            (0 to 10,000), the default
          secrets.two.secret  reads of the secret: secret_reads = 100 reads
            (0 to 10,000), the default

        $0.80 of it is fixed, $0.00 depends on use and on how much runs.

        Budget: $0.80 of $2.00 a month, 40 %
        --- stderr
    "#]]
    .assert_eq(&desk.run(&[&["cost", "--detail"], &DAY[..]].concat()).all());
    let later = desk.run(&["cost", "--json", "--day", "2028-01-01"]).exits(0).json();
    assert_eq!((&later["day"], &later["items"][0]["lines"][0]["price"]["of"]["old"]), (&"2028-01-01".into(), &true.into()));
    desk.run(&["cost", "--day", "tomorrow"]).exits(64);
}

#[test]
fn an_edit_is_priced_beside_the_file_and_the_file_stays() {
    let desk = Desk::with(SECRETS);
    let what_if = |more: &[&str]| desk.run(&[&["cost", "--what-if", "secrets.three={}"], more].concat());
    expect![[r#"
        exit 0
        --- stdout
        small/default in us-east-1, what if secrets.three={}
        730 hours a month, on demand, before tax, no support plan
        list prices of 2026-10-03, catalogue of 2026-11-28 (embedded)

        module         as it is  what if  difference
        secrets           $0.80    $1.20      +$0.40
        a month           $0.80    $1.20      +$0.40
        a quiet month     $0.80    $1.20      +$0.40
        a busy month      $0.90    $1.35      +$0.45
        a year            $9.61   $14.42      +$4.81

        resource              as it is  what if  difference
        secrets.three.secret     $0.00    $0.40      +$0.40

        as it is
          Budget: $0.80 of $2.00 a month, 40 %
        what if
          Budget: $1.20 of $2.00 a month, 60 %
        --- stderr
    "#]]
    .assert_eq(&what_if(&[]).all());
    assert_eq!(desk.read("stack.toml"), SECRETS);
    let json = what_if(&["--json"]).exits(0).json();
    let total = |side: &str| json[side]["total"]["list"].clone();
    adds_up(&json["delta"]["list"], &total("before"), &total("after"));
    assert_eq!((&json["delta"]["list"]["likely"], &json["resources"][0]["address"]), (&"0.4005".into(), &"secrets.three.secret".into()));
    assert_eq!(json["after"]["stack"], "small/default, what if secrets.three={}");
    assert_eq!(what_if(&["--csv"]).exits(0).out.lines().count(), 1 + 4 + 6);
    assert!(what_if(&["--markdown"]).exits(0).out.starts_with("### small/default in us-east-1, what if secrets.three={}: +$0.40 a month"));
    let two = desk.run(&["cost", "--what-if", "secrets.three={}", "--what-if", "secrets.four={}"]).exits(0);
    assert!(two.out.contains("what if secrets.three={} and secrets.four={}") && two.out.contains("+$0.80"), "{}", two.out);
    let wrong = desk.run(&["cost", "--what-if", "secrets.three.colour=red"]).exits(1);
    assert!(wrong.err.contains("unknown key `colour`"), "{}", wrong.err);
    desk.run(&["cost", "--what-if", "a=b", "--live"]).exits(64);
    desk.run(&["cost", "--what-if", "a=b", "--compare", "x"]).exits(64);
}

#[test]
fn environments_stand_side_by_side() {
    let ran = flagship(&["--compare", "staging"]).exits(0);
    expect![[r#"
        registry/production in us-east-1, beside registry/staging in us-east-1
        730 hours a month, on demand, before tax, no support plan
        list prices of 2024-09-25 to 2026-10-03, catalogue of 2026-11-28 (embedded)

        module            before: staging  after: production  difference
        service.api                $36.48             $41.75      +$5.27
        network                     $0.00             $36.50     +$36.50
        database.main              $14.38             $14.38
        cache.main                 $11.68             $11.68
        monitoring                  $3.80              $3.80
        secrets                     $1.20              $1.20
        storage.packages            $1.08              $1.08
        storage.uploads             $0.00              $0.00
        a month                    $68.62            $110.39     +$41.77
        a quiet month              $68.53            $110.39     +$41.86
        a busy month              $195.85            $265.59     +$69.74
        a year                    $823.38          $1,324.62    +$501.24

        resource             before: staging  after: production  difference
        network.eip.a                  $0.00              $3.65      +$3.65
        network.nat.a                  $0.00             $32.85     +$32.85
        service.api.service           $12.75             $18.02      +$5.27

        before: staging
          Budget: $68.62 of $150.00 a month, 45 %
        after: production
          Budget: $110.39 of $150.00 a month, 73 %
    "#]]
    .assert_eq(&ran.out);
    let json = flagship(&["--compare", "staging", "--json"]).exits(0).json();
    adds_up(&json["delta"]["list"], &json["before"]["total"]["list"], &json["after"]["total"]["list"]);
    for one in json["resources"].as_array().unwrap() {
        adds_up(&one["delta"]["list"], &one["before"]["list"], &one["after"]["list"]);
    }
    let wrong = flagship(&["--compare", "stagin"]).exits(1);
    assert!(wrong.err.contains("did you mean `staging`?"), "{}", wrong.err);
}

#[test]
fn a_limit_that_no_month_reaches_is_refused_where_it_stands() {
    for (line, key, value) in [(6, "monthly", "2e12"), (7, "largest_increase", "1e13")] {
        let place = format!("stack.toml:{}:", line + 1);
        let before = if key == "monthly" { "monthly = 2" } else { "largest_increase = 1" };
        let desk = Desk::with(&SECRETS.replace(before, &format!("{key} = {value}")));
        let refused = desk.run(&["validate"]).exits(1).err;
        let said = ["is more than any month costs", "= help: write at most 1000000000000", &place];
        assert!(said.iter().all(|said| refused.contains(said)), "{key} = {value}: {refused}");
    }
    let desk = Desk::with(&SECRETS.replace("monthly = 2", "monthly = 1e12"));
    assert!(desk.run(&["cost"]).exits(0).out.contains("$0.80 of $1,000,000,000,000.00 a month"));
    for much in ["1e13", "1000000000000.01", "-1"] {
        desk.run(&["cost", "--accept-cost", much]).exits(64);
    }
}

#[test]
fn what_is_wrong_with_a_file_of_usage_is_said_of_that_file() {
    let desk = Desk::with(SECRETS);
    desk.write("latin.toml", b"[usage]\nx = \"caf\xe9\"\n");
    desk.write("broken.toml", "[usage\n");
    desk.write("wrong.toml", "[usage.secrets]\nmoons = 5\n");
    for file in ["latin.toml", "broken.toml", "wrong.toml"] {
        for args in [&["cost", "--usage", file][..], &["plan", "--empty", "--usage", file]] {
            let err = desk.run(args).exits(1).err;
            assert!(err.contains(&format!("with {file}\n")) && !err.contains("the stack file"), "{err}");
        }
    }
    let none = desk.run(&["cost", "--usage", "none.toml"]).exits(1).err;
    assert!(none.contains("failed to read none.toml") && none.contains("hint: --usage names a TOML file"), "{none}");
}

#[test]
fn a_tag_that_nothing_can_carry_is_refused() {
    let desk = Desk::with(SECRETS);
    for wrong in ["", "te\nam", "\u{1b}[31m", "a\u{202e}b", &"x".repeat(129)] {
        let err = desk.run(&["cost", "--by-tag", wrong]).exits(64).err;
        assert!(err.contains("a tag's key has 1 to 128 letters"), "{err}");
    }
    desk.run(&["cost", "--by-tag", "cost centre:x"]).exits(0);
}

#[test]
fn another_currency_needs_a_rate() {
    let desk = Desk::with(SECRETS);
    let cost = |more: &[&str]| desk.run(&[&["cost"], &DAY[..], more].concat());
    let in_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let euros = in_one_line(&cost(&["--currency", "eur", "--rate", "0.92"]).exits(0).out);
    assert!(euros.contains("catalogue of 2026-11-28 (embedded), 1 USD = 0.92 EUR (given on 2026-11-21)"), "{euros}");
    assert!(euros.contains("0.74 EUR") && !euros.contains('$'), "{euros}");
    desk.write("rates.toml", "date = \"2026-11-19\"\n[rates]\nEUR = 0.92\nJPY = 155\nCHF = \"0.8731\"\n");
    let yen = in_one_line(&cost(&["--currency", "JPY", "--rates", "rates.toml"]).exits(0).out);
    assert!(yen.contains("1 USD = 155 JPY (2026-11-19, rates.toml)") && yen.contains("124.00 JPY"), "{yen}");
    let json = cost(&["--currency", "CHF", "--rates", "rates.toml", "--json"]).exits(0).json();
    assert_eq!((&json["shown_in"]["rate"], &json["total"]["list"]["likely"]), (&"0.8731".into(), &"0.801".into()));
    assert_eq!(cost(&["--currency", "USD"]).exits(0).out, cost(&[]).out);

    let said = |more: &[&str], code: i32| cost(more).exits(code).err;
    assert!(said(&["--currency", "USD", "--rate", "2"], 64).contains("a US dollar is one US dollar"));
    assert!(said(&["--currency", "usd", "--rates", "rates.toml"], 64).contains("hint: leave --rate and --rates out"));
    expect![[r#"
        error: there is no rate for EUR

        hint: say how much of it a dollar is with `--rate 0.92`, or name a file with `--rates FILE`: date = "2026-11-20", [rates] EUR = 0.92
    "#]]
    .assert_eq(&said(&["--currency", "EUR"], 64));
    expect![[r#"
        error: rates.toml has no rate for EUD

        hint: did you mean EUR? it has CHF, EUR, JPY
    "#]]
    .assert_eq(&said(&["--currency", "EUD", "--rates", "rates.toml"], 64));
    desk.write("rates.toml", "EUR = 0.92");
    expect![[r#"
        error: rates.toml is no file of rates: unknown field `EUR`, expected `date` or `rates`

        hint: it holds `date = "2026-11-20"`, and in [rates] lines like `EUR = 0.92`
    "#]]
    .assert_eq(&said(&["--currency", "EUR", "--rates", "rates.toml"], 1));
    desk.write("rates.toml", "date = 2026-11-19\n[rates]\nEUR = -1\n");
    assert!(said(&["--currency", "EUR", "--rates", "rates.toml"], 1).contains("EUR = -1 is no rate"));
    said(&["--currency", "EUR", "--rates", "none.toml"], 1);
    for bad in ["0", "-1", "x", "nan", "1e12"] {
        said(&["--currency", "EUR", "--rate", bad], 64);
    }
    said(&["--currency", "euros", "--rate", "1"], 64);
    said(&["--rate", "0.92"], 64);
    said(&["--currency", "EUR", "--rate", "0.92", "--csv"], 64);
}

const DATABASE: &str = r#"
[stack]
name = "data"
region = "us-east-1"

[network]
nat = "none"

[database.main]
class = "db.t8g.micro"
"#;

#[test]
fn what_has_no_price_is_listed_and_never_nothing() {
    let desk = Desk::with(DATABASE);
    let cost = |more: &[&str]| desk.run(&[&["cost"], &DAY[..], more].concat());
    let ran = cost(&[]);
    expect![[r#"
        exit 3
        --- stdout
        data/default in us-east-1
        730 hours a month, on demand, before tax, no support plan
        list prices of 2026-09-29 to 2026-10-03, catalogue of 2026-11-28 (embedded)

        module                low      likely        high  free tier
        database.main   $2.70 + ?   $2.70 + ?   $2.75 + ?
        a month         $2.70 + ?   $2.70 + ?   $2.75 + ?
        a year         $32.40 + ?  $32.41 + ?  $33.00 + ?

        service                low     likely       high  free tier
        RDS              $2.30 + ?  $2.30 + ?  $2.30 + ?
        Secrets Manager      $0.40      $0.40      $0.45

        Assumed because [usage] says nothing of it: $0.00, $0.05 in a busy month
          database.main.instance  reads of the secret: secret_reads = 100 reads
            (0 to 10,000), the default

        Of what has a price, $2.70 is fixed, $0.00 depends on use and on how much runs.

        unpriced: 1 line not in the figures
          database.main.instance  instance db.t8g.micro: the catalogue has no price
            of `db.t8g.micro` in us-east-1; it has db.t4g.micro, db.t3.micro,
            db.t4g.large
        --- stderr
        error: 1 line has no price, so it costs more than the figures say

        hint: `trueup prices refresh --for stack.toml` fetches the missing prices that AWS's list has; --allow-unpriced exits 0 all the same
    "#]]
    .assert_eq(&ran.all());
    assert_eq!(cost(&["--allow-unpriced"]).exits(0).out, ran.out);
    let json = cost(&["--json"]).exits(3).json();
    assert_eq!(json["total"]["unpriced"], 1);
    let lines = json["items"].as_array().unwrap().iter().find(|item| item["address"] == "database.main.instance").unwrap();
    let unpriced = lines["lines"].as_array().unwrap().iter().find(|line| line["price"]["is"] == "unpriced").unwrap();
    assert!(unpriced["price"]["of"]["reason"].as_str().unwrap().contains("it has db.t4g.micro"), "{unpriced}");
    let row = cost(&["--csv"]).exits(3).out;
    assert!(row.lines().any(|row| row.contains("rds.instance.postgresql.single_az.db.t8g.micro") && row.contains(",,,,,fixed,")), "{row}");
    assert!(cost(&["--markdown"]).exits(3).out.contains("**Not in the figures, as it has no price:**"));
    // An edit that takes the price away does not look like a saving.
    desk.write("stack.toml", DATABASE.replace("t8g", "t4g"));
    let edit = cost(&["--what-if", "database.main.class=db.t8g.micro"]).exits(3).out;
    assert!(edit.lines().any(|line| line.starts_with("a month ") && line.ends_with("?  1 unpriced line")), "{edit}");
    // The command that fetches it is for the side that lacks it.
    let command = "`trueup prices refresh --for stack.toml --what-if database.main.class=db.t8g.micro` fetches";
    let lacking = cost(&["--what-if", "database.main.class=db.t8g.micro"]).exits(3).err;
    assert!(lacking.contains(command), "{lacking}");
    desk.write("other.toml", DATABASE);
    let lacking = cost(&["--compare", "other.toml"]).exits(3).err;
    assert!(lacking.contains("`trueup prices refresh --for other.toml` fetches"), "{lacking}");
    desk.write("usage.toml", "");
    let lacking = cost(&["--compare", "other.toml", "--usage", "usage.toml", "--set", "database.main.class=db.t9g.micro"]).exits(3).err;
    let both = "`trueup prices refresh --for other.toml --set database.main.class=db.t9g.micro --usage usage.toml` fetches";
    assert!(lacking.contains(both), "both lack the same: {lacking}");
    // Plans go on, and say it.
    desk.write("stack.toml", DATABASE);
    let ran = desk.run(&["plan", "--empty"]).exits(0);
    let plan = ran.out;
    assert!(plan.contains("+$2.70 + ?") && plan.contains("1 unpriced line not in it: database.main.instance"), "{plan}");
    assert!(ran.err.contains("`trueup prices refresh --for stack.toml` fetches"), "{}", ran.err);
    let engine = cost(&["--set", "database.main.engine=oracle"]).exits(1).err;
    assert!(engine.contains("`engine` cannot be `oracle`") && engine.contains("`postgres`, `mysql`, `mariadb`"), "{engine}");
}

/// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/extended-support-charges.html: Redis 6 costs more from 2027-02-01 on, and
/// nothing here says how much.
#[test]
fn a_year_of_which_not_all_is_known_exits_as_a_month_would() {
    let desk = Desk::with(
        "[stack]\nname = \"kept\"\nregion = \"us-east-1\"\n[resource.cache]\nkind = \"elasticache.replication_group\"\nengine = \"redis\"\n\
         engine_version = \"6.x\"\ncache_node_type = \"cache.t4g.micro\"\ncache_subnet_group_name = \"there\"\n",
    );
    let cost = |more: &[&str], code: i32| desk.run(&[&["cost"], &DAY[..], more].concat()).exits(code);
    let ran = cost(&[], 3);
    let month = ran.out.lines().find(|line| line.starts_with("a month ")).unwrap();
    let year = ran.out.lines().find(|line| line.starts_with("a year ")).unwrap();
    assert!(!month.contains('?') && year.contains(" + ?"), "{}", ran.out);
    assert!(ran.err.contains("1 line that begins in the course of the year has no price"), "{}", ran.err);
    cost(&["--allow-unpriced"], 0);
    desk.run(&["plan", "--empty", "--out", "plan.json"]).exits(0);
    let saved = desk.run(&["cost", "--plan", "plan.json"]);
    let year = saved.out.lines().find(|line| line.starts_with("a year ")).unwrap();
    assert!(year.contains(" + ?"), "{}", saved.all());
    saved.exits(3);
    assert!(desk.run(&["cost", "--plan", "plan.json", "--json"]).exits(3).json()["year"]["after"]["unpriced"] == 1);
}

#[test]
fn a_question_says_what_an_apply_leaves_alone() {
    let stack = |ignore: &str| {
        format!(
            "[stack]\nname = \"web\"\nregion = \"us-east-1\"\n[network]\nnat = \"none\"\n[service.web]\nimage = \"nginx:1\"\nsubnets = \"public\"\n\
             tasks = 4\n{ignore}"
        )
    };
    let desk = Desk::with(&stack("ignore = [\"desired_count\"]"));
    let ask = |edit: &str| desk.run(&[&["cost", "--what-if", edit], &DAY[..]].concat()).exits(0);
    let said = ask("service.web.tasks=1").err;
    assert!(said.contains("nothing live changes by all of it") && said.contains("`service.web.service`"), "{said}");
    assert_eq!(ask("service.web.memory=1024").err, "");
    desk.write("stack.toml", stack(""));
    assert_eq!(ask("service.web.tasks=1").err, "");
}

#[test]
fn a_region_without_prices_is_said_once_and_the_rest_is_priced() {
    let ran = flagship(&["--set", "stack.region=eu-south-2"]).exits(3);
    assert!(ran.out.contains("storage.packages") && ran.out.contains("$0.85"), "the CDN has one price everywhere: {}", ran.out);
    let said = "the catalogue has no prices of eu-south-2";
    assert_eq!(ran.out.matches(said).count(), 1, "{}", ran.out);
    let named = format!("hint: `trueup prices refresh --for {} --set stack.region=eu-south-2` fetches", shipped("stacks/registry.toml"));
    assert!(ran.err.contains(&named), "{}", ran.err);
    assert!(ran.out.contains("    network.nat.a  NAT gateway, data through the NAT gateway, data out to the"), "{}", ran.out);
    assert!(!ran.out.contains("AWS's free tier takes it down to $110"), "{}", ran.out);
    let json = flagship(&["--set", "stack.region=eu-south-2", "--json"]).exits(3).json();
    assert!(json["total"]["unpriced"].as_u64().unwrap() > 30);
    // The CDN, four secrets and a dashboard.
    assert_eq!(json["total"]["list"]["likely"], "5.45");
}

#[test]
fn a_file_of_usage_lies_over_the_stack_s_own() {
    let desk = Desk::new();
    let file = shipped("stacks/registry.toml");
    desk.write("busy.toml", "[usage.\"service.api\"]\nlog_gb = { low = 1, likely = 50, high = 90 }\n");
    let with = |usage: &str, command: &str| {
        let more: &[&str] = if command == "plan" { &["--empty"] } else { &DAY };
        desk.run(&[&[command, &file, "--env", "production", "--usage", usage], more].concat())
    };
    let busy = with("busy.toml", "cost").exits(0).out;
    assert!(busy.contains("Budget warning: $135.61 of $150.00 a month, 90 %"), "{busy}");
    assert!(with("busy.toml", "plan").exits(0).out.contains("$135.61 after"));
    for (text, said) in [
        ("[usage.\"service.api\"]\nlog_gb = -5\n", "-5 is less than nothing"),
        ("[usage.\"service.api\"]\nlog_gb = 1e15\n", "is more than a month can hold"),
        ("[usage.\"service.api\"]\nlog_gb = nan\n", "this is no finite number"),
        ("[usage.\"service.api\"]\nlog_gb = { low = 5, likely = 1 }\n", "do not rise"),
        ("[usage.\"service.api\"]\nlog_gb = \"many\"\n", "bad.toml:2:10"),
        ("[usage.\"service.app\"]\nlog_gb = 1\n", "did you mean `service.api`?"),
        ("[usage.\"service.api\"]\nlog_gp = 1\n", "did you mean `log_gb`?"),
        ("[usage", "bad.toml:1:7"),
    ] {
        desk.write("bad.toml", text);
        for command in ["cost", "plan"] {
            let ran = with("bad.toml", command).exits(1);
            assert!(ran.err.contains(said) && ran.out.is_empty(), "{text}: {}", ran.err);
        }
    }
    let missing = with("none.toml", "cost").exits(1);
    assert!(missing.err.contains("failed to read none.toml") && !missing.err.contains("trueup init"), "{}", missing.err);
}

#[test]
fn an_amount_of_which_nothing_comes_is_said_by_whoever_prices() {
    let desk = Desk::new();
    let stack = "[stack]\nname = \"files\"\nregion = \"us-east-1\"\n[storage.files]\n[usage.\"storage.files\"]\nglacier_deep_gb = 10_000\n";
    desk.write("stack.toml", stack);
    let said = [
        "warning[USE201]: nothing in `storage.files` is billed by `glacier_deep_gb`: no lifecycle rule moves objects to DEEP_ARCHIVE",
        "stack.toml:6:1",
        "take this line out, or override `lifecycle_rules` of the bucket with one that does",
    ];
    for args in [
        ["validate"].as_slice(),
        &["cost"],
        &["cost", "--csv"],
        &["cost", "--what-if", "storage.files.versioning=true"],
        &["plan", "--empty"],
    ] {
        let ran = desk.run(args).exits(0);
        assert!(said.iter().all(|words| ran.err.contains(words)) && !ran.out.contains("USE201"), "{args:?}: {}", ran.err);
        assert_eq!(ran.err.matches("USE201").count(), 1, "{args:?}: {}", ran.err);
    }
    assert_eq!(desk.run(&["cost", "--json"]).exits(0).err, "");
    desk.write(
        "stack.toml",
        format!("{stack}[[accept]]\nrule = \"USE201\"\naddress = \"storage.files\"\nbecause = \"the rule comes next month\"\n"),
    );
    for args in [["validate"].as_slice(), &["cost"], &["plan", "--empty"]] {
        assert!(!desk.run(args).exits(0).err.contains("USE201"), "{args:?}");
    }
}

#[test]
fn another_catalogue_is_named_and_a_damaged_one_refused() {
    let desk = Desk::with(SECRETS);
    let whole = std::fs::read_to_string(shipped("prices/catalog.tsv")).unwrap();
    let cost = || desk.run(&[&["cost", "--prices", "mine.tsv"], &DAY[..]].concat());
    let key = "secretsmanager.secret.month\tAWSSecretsManager\tsecret-month\n\tglobal\t";
    assert!(whole.contains(&format!("{key}0.4\t")));
    desk.write("mine.tsv", whole.replacen(&format!("{key}0.4\t"), &format!("{key}0.5\t"), 1));
    let mine = cost().exits(0).out;
    assert!(mine.contains(&format!("catalogue of {} (mine.tsv)", Catalog::embedded().generated)) && mine.contains("$1.00"), "{mine}");
    for (text, said) in [
        (whole[..whole.len() / 2].to_owned(), "damaged"),
        (whole[..whole.len() - 4].to_owned(), "it ends too early"),
        (whole.replacen("trueup-prices 3", "trueup-prices 0", 1), "it is of format 0, and this version reads format 3"),
        (whole.replacen(key, &key.replace('\t', " "), 1), "is damaged"),
        ("{\"schema_version\": 1}\n".to_owned(), "it is not a price catalogue"),
        (String::new(), "it is not a price catalogue"),
    ] {
        desk.write("mine.tsv", text);
        let ran = cost().exits(1);
        assert!(ran.err.contains("failed to read the prices in mine.tsv") && ran.out.is_empty(), "{}", ran.err);
        assert!(ran.err.contains(said) || said == "damaged", "{said}: {}", ran.err);
    }
    desk.write("mine.tsv", b"\xff\xfe");
    cost().exits(1);
}

#[test]
fn a_cost_over_its_budget_is_refused_unless_it_is_accepted() {
    let desk = Desk::with(&SECRETS.replace("monthly = 2", "monthly = 0.5"));
    let cost = |more: &[&str]| desk.run(&[&["cost"], &DAY[..], more].concat());
    let over = cost(&[]).exits(3);
    assert!(over.out.ends_with("Over budget: $0.80 a month is over the limit of $0.50\n"), "{}", over.out);
    expect![[r#"
        error: small/default is over the budget: $0.80 a month is over the limit of $0.50

        hint: if it is meant: --accept-cost 0.80, the new monthly total; the limit stands in [stack.budget]
    "#]]
    .assert_eq(&over.err);
    let euros = cost(&["--currency", "EUR", "--rate", "0.5"]).exits(3).out;
    let both = "Over budget: $0.80 a month is over the limit of $0.50; that is 0.40 EUR of 0.25 EUR a month, 160 %";
    assert!(euros.replace("\n  ", " ").contains(both), "{euros}");
    assert!(cost(&["--accept-cost", "0.79"]).exits(3).err.contains("$0.79 is accepted, and $0.80 is more"));
    for enough in ["0.8", "$0.80", "1,000"] {
        let accepted = cost(&["--accept-cost", enough]).exits(0).out;
        assert!(accepted.ends_with("Over budget: $0.80 a month is over the limit of $0.50; accepted\n"), "{accepted}");
    }
    assert_eq!(cost(&["--json"]).exits(3).json()["budget"]["is"], "over");
    assert_eq!(cost(&["--json", "--accept-cost", "1"]).exits(0).json()["budget"]["is"], "accepted");
    assert_eq!(cost(&["--json", "--set", "stack.budget.monthly=1"]).exits(0).json()["budget"]["is"], "warn");
    assert_eq!(cost(&["--json", "--set", "stack.budget.monthly=2"]).exits(0).json()["budget"]["is"], "within");
    for bad in ["-1", "much", "", "0x10"] {
        cost(&["--accept-cost", bad]).exits(64);
    }
}

#[test]
fn what_runs_is_priced_as_it_runs() {
    let desk = Desk::with(SECRETS);
    let live = |more: &[&str]| desk.sandbox(&[&["cost", "--live"], &DAY[..], more].concat());
    let before = live(&[]).exits(0).out;
    assert!(before.starts_with("small/default as it runs in us-east-1\n") && before.contains("\na month  $0.00"), "{before}");
    desk.sandbox(&["apply", "--yes"]).exits(0);
    // The file may say something else by now.
    desk.write("stack.toml", SECRETS.replace("[secrets.two]", "[secrets.three]"));
    let json = live(&["--json"]).exits(0).json();
    let items = json["items"].as_array().unwrap().iter().map(|item| item["address"].clone()).collect::<Vec<_>>();
    assert_eq!(items, ["secrets.one.secret", "secrets.two.secret"]);
    assert_eq!((&json["live"], &json["unread"], &json["total"]["list"]["likely"]), (&true.into(), &serde_json::json!([]), &"0.801".into()));
    assert!(live(&["--csv"]).exits(0).out.contains("small/default,secrets.one.secret,"));
    assert!(live(&["--markdown"]).exits(0).out.starts_with("### small/default as it runs in us-east-1: $0.80"));
    let denied = live(&["--fault", "deny:secretsmanager.*"]).exits(1);
    assert!(denied.err.contains("failed to read secretsmanager.secret") && denied.err.contains("not in the figures"), "{}", denied.err);
    let denied = live(&["--json", "--fault", "deny:secretsmanager.*"]).exits(1);
    assert_eq!(denied.json()["unread"][0]["kind"], "secretsmanager.secret");
}

#[test]
fn a_file_stands_beside_itself_at_another_revision() {
    let desk = Desk::with(SECRETS);
    let git = |args: &[&str]| {
        let ran = std::process::Command::new("git")
            .arg("-C")
            .arg(desk.path("."))
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(args)
            .output();
        assert!(ran.unwrap().status.success(), "{args:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "stack.toml"]);
    git(&["commit", "-q", "-m", "first"]);
    desk.write("stack.toml", SECRETS.to_owned() + "\n[secrets.three]\nprotect = false\n");
    let compare = |with: &str, more: &[&str]| desk.run(&[&["cost", "--compare", with], &DAY[..], more].concat());
    let text = compare("@HEAD", &[]).exits(0).out;
    expect![[r#"
        small/default in us-east-1, beside stack.toml@HEAD
        730 hours a month, on demand, before tax, no support plan
        list prices of 2026-10-03, catalogue of 2026-11-28 (embedded)

        module         before: stack.toml@HEAD  after: stack.toml  difference
        secrets                          $0.80              $1.20      +$0.40
        a month                          $0.80              $1.20      +$0.40
        a quiet month                    $0.80              $1.20      +$0.40
        a busy month                     $0.90              $1.35      +$0.45
        a year                           $9.61             $14.42      +$4.81

        resource              before: stack.toml@HEAD  after: stack.toml  difference
        secrets.three.secret                    $0.00              $0.40      +$0.40

        before: stack.toml@HEAD
          Budget: $0.80 of $2.00 a month, 40 %
        after: stack.toml
          Budget: $1.20 of $2.00 a month, 60 %
    "#]]
    .assert_eq(&text);
    assert!(
        compare("stack.toml@HEAD", &["--markdown"])
            .exits(0)
            .out
            .starts_with("### small/default in us-east-1, beside stack.toml@HEAD: +$0.40 a month")
    );
    desk.write("other.toml", SECRETS);
    assert_eq!(compare("other.toml", &["--json"]).exits(0).json()["delta"]["list"]["likely"], "0.4005");
    for (with, said) in [
        ("@nowhere", "git has no such file: "),
        ("@", "that is no revision of git"),
        ("@--help", "that is no revision of git"),
        ("@HEAD:x", "that is no revision of git"),
        ("gone.toml@HEAD", "git has no such file: "),
        ("gone.toml", "failed to read gone.toml"),
    ] {
        let ran = compare(with, &[]).exits(1);
        assert!(ran.err.contains(said), "{with}: {}", ran.err);
    }
}

#[test]
fn a_page_stands_alone_and_shows_every_line() {
    let page = flagship(&["--html"]).exits(0).out;
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    for wanted in ["<b>$110.39</b>", "By service", "By module", "width:73%", "network.nat.a", "default-src 'none'"] {
        assert!(page.contains(wanted), "{wanted}");
    }
    for loaded in ["<script", "<link", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(loaded), "{loaded}");
    }
    let json = flagship(&["--json"]).exits(0).json();
    let lines = json["items"].as_array().unwrap().iter().map(|item| item["lines"].as_array().unwrap().len()).sum::<usize>();
    assert_eq!(page.matches("<tr><td>").count(), lines);
    flagship(&["--html", "--json"]).exits(64);
}

#[test]
fn a_page_of_two_costs_shows_both_and_what_differs() {
    let page = |more: &[&str]| flagship(&[&["--html", "--accept-cost", "9999", "--allow-unpriced"], more].concat()).exits(0).out;
    let two = page(&["--compare", "staging"]);
    assert_eq!((two.matches("<div class=\"stack\"").count(), two.matches("<section>").count()), (2, 1));
    for wanted in ["<b>+$41.77</b>", "<b>$110.39</b>", "<b>$68.62</b>", "+$5.27", "before: staging", "after: production"] {
        assert!(two.contains(wanted), "{wanted}: {two}");
    }
    assert!(!two.contains("class=\"unknown\"") && !two.contains("class=\"saves\""), "all of it has a price, and costs more: {two}");
    let less = page(&["--what-if", "network.nat=none"]);
    assert!(less.contains("<td class=\"saves\">-$32.85"), "{less}");
    // No catalogue has a price of that class: the difference is not known, and drawn as such.
    let what_if = page(&["--what-if", "cache.main.class=cache.<b>"]);
    for wanted in
        ["<b>?</b><span>the difference, a month", "<b>$98.71 + ?</b><span>what if", "cache.&lt;b&gt;", "title=\"1 unpriced line\"><b>?</b>"]
    {
        assert!(what_if.contains(wanted), "{wanted}: {what_if}");
    }
    assert!(!what_if.contains("cache.<b>") && !what_if.contains("class=\"saves\""), "{what_if}");
}

#[test]
fn all_environments_share_one_account() {
    let all = |more: &[&str]| Desk::new().run(&[&["cost", &shipped("stacks/registry.toml"), "--all-envs"], &DAY[..], more].concat());
    let text = all(&[]).exits(0).out;
    expect![[r#"
        registry in us-east-1
        730 hours a month, on demand, before tax, no support plan
        list prices of 2024-09-25 to 2026-10-03, catalogue of 2026-11-28 (embedded)

        environment        low     likely       high  free tier
        staging         $68.53     $68.62    $195.85     -$4.44
        production     $110.39    $110.39    $265.59     -$4.35
        a month        $178.91    $179.00    $461.44     -$8.79
        a year       $2,146.92  $2,148.00  $5,537.24   -$105.48

        module               low  likely     high  free tier
        service.api       $78.13  $78.22  $159.81     -$0.09
        network           $36.50  $36.50   $41.90
        database.main     $28.76  $28.76   $47.26
        cache.main        $23.36  $23.36   $23.36
        monitoring         $7.60   $7.60    $7.64     -$7.00
        secrets            $2.40   $2.40    $2.50
        storage.packages   $2.16   $2.16  $178.40     -$1.70
        storage.uploads    $0.00   $0.00    $0.57

        service             low  likely     high  free tier
        EC2 and NAT      $32.85  $32.85   $37.35
        load balancing   $32.85  $32.85   $34.63
        RDS              $27.96  $27.96   $46.36
        ECS              $27.03  $27.03   $72.08
        ElastiCache      $23.36  $23.36   $23.36
        VPC              $21.90  $21.90   $25.55
        CloudWatch        $7.60   $7.60   $18.10     -$7.00
        Secrets Manager   $3.20   $3.20    $3.40
        CloudFront        $1.70   $1.70  $172.00     -$1.70
        S3                $0.46   $0.46    $6.97
        data transfer     $0.00   $0.09   $20.60     -$0.09
        ECR               $0.00   $0.00    $1.00
        SNS               $0.00   $0.00    $0.04

        AWS's free tier, which the account has once, takes it down to $170.21, if
        nothing else in it uses that up.

        staging
          Budget: $68.62 of $150.00 a month, 45 %

        production
          Budget: $110.39 of $150.00 a month, 73 %
    "#]]
    .assert_eq(&text);
    let json = all(&["--json"]).exits(0).json();
    let sum = |of: &str| json["environments"].as_array().unwrap().iter().map(|one| money(&one["total"][of]["likely"])).sum::<Money>();
    assert_eq!((sum("list"), sum("free_tier")), (money(&json["total"]["list"]["likely"]), money(&json["total"]["free_tier"]["likely"])));
    // Ten alarms and three dashboards are given once, and each environment alone has them.
    let alone = ["staging", "production"].map(|env| {
        let json =
            Desk::new().run(&[&["cost", &shipped("stacks/registry.toml"), "--env", env, "--json"], &DAY[..]].concat()).exits(0).json();
        money(&json["total"]["free_tier"]["likely"])
    });
    assert!(sum("free_tier") < alone[0] + alone[1], "{}", sum("free_tier"));
    assert!(all(&["--markdown"]).exits(0).out.starts_with("### registry: $"));
    // A page has their sum first, with the free tier once, and each by itself below.
    let page = all(&["--html"]).exits(0).out;
    let sections = page.split("<section>").skip(1).collect::<Vec<_>>();
    assert_eq!(sections.len(), 3);
    for wanted in ["<b>$179.00</b>", "<b>$170.21</b>", "<th>staging<th>production<th>together", "<td>$36.48<td>$41.75<td>$78.22"] {
        assert!(sections[0].contains(wanted), "{wanted}: {}", sections[0]);
    }
    all(&["--env", "staging"]).exits(64);
    assert!(Desk::with(SECRETS).run(&["cost", "--all-envs"]).exits(1).err.contains("has no environments"));
}

#[test]
fn a_tag_sums_up_what_carries_it() {
    let text = flagship(&["--by-tag", "stage"]).exits(0).out;
    let table = text.split("tag stage ").nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(table.contains("\nproduction ") && !table.contains("staging"), "{table}");
    let json = flagship(&["--by-tag", "nobody-has-it", "--json"]).exits(0).json();
    assert_eq!(json["by_tag"]["values"][""]["list"], json["total"]["list"]);
    assert_eq!(json["items"][0]["tags"]["stage"], "production");
    assert!(flagship(&["--by-tag", "stage", "--markdown"]).exits(0).out.contains("| tag stage | low |"));
}
