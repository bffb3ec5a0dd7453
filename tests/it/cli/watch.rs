//! `trueup watch` as a person or a pipeline runs it.

use super::Desk;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use trueup::aws::{Clock, Connection};
use trueup::core::identity::Scope;
use trueup::sandbox::{Options, Sandbox};

const SHOP: &str = r#"
[stack]
name = "shop"
region = "eu-central-1"

[network]
nat = "none"

[service.web]
image = "nginx:1.0"
port = 8080

[service.web.rollout.guard]
metrics = { queue = { namespace = "Shop", metric = "Depth", statistic = "Maximum", above = 100 } }
"#;

/// Somebody's program says how long its queue is.
async fn depth(desk: &Desk, value: f64) {
    let options = Options { directory: Some(desk.path(".trueup/sandbox")), ..Options::default() };
    let sandbox = Sandbox::open(options).unwrap();
    let connection = Connection::over(SharedHttpClient::new(sandbox.clone()), "eu-central-1", Clock { speed: 2000.0 }).await;
    let aws = connection.clients(Scope {
        stack: "shop".into(),
        env: "default".into(),
        account: "123456789012".into(),
        region: "eu-central-1".into(),
    });
    let datum = |minutes: i64| {
        let at = aws_smithy_types::DateTime::from_secs(sandbox.now() / 1000 + minutes * 60);
        aws_sdk_cloudwatch::types::MetricDatum::builder().metric_name("Depth").value(value).timestamp(at).build()
    };
    let data = (-3..100).map(datum).collect();
    aws.cloudwatch.put_metric_data().namespace("Shop").set_metric_data(Some(data)).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_as_a_rollout_would() {
    let desk = Desk::with(SHOP);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let watch = |args: &[&str]| desk.sandbox(&[&["watch", "--every", "1m"], args].concat());
    let unknown = watch(&["--for", "40m"]).exits(6);
    assert!(unknown.out.contains("inconclusive") && unknown.out.contains("`queue` has no value"), "{}", unknown.out);
    assert!(unknown.err.lines().count() > 40 && unknown.err.contains(" left"), "{}", unknown.err);

    depth(&desk, 7.0).await;
    let good = watch(&["--for", "10m"]).exits(0);
    assert!(good.out.contains("nothing speaks against this version") && good.out.contains("requests, 0.0 % failed"), "{}", good.out);

    // A watch deploys nothing: what is wrong with answers strikes what runs, and nothing else is taken.
    let late = watch(&["--fault", "crash_loop"]).exits(64);
    assert!(late.err.contains("this deploys none") && late.err.contains("errors:5%"), "{}", late.err);
    let unknown = watch(&["--fault", "erors:5%"]).exits(64);
    assert!(
        unknown.err.contains("did you mean `errors`") && unknown.err.contains("throttle") && unknown.err.contains("crash_loop"),
        "{}",
        unknown.err
    );

    depth(&desk, 500.0).await;
    let reports = ["--report", "watch.html", "--report", "watch.md", "--report", "watch.json"];
    let bad = watch(&[&["--for", "10m", "--until-breach", "--json"][..], &reports].concat()).exits(5).json();
    let (page, text) = (desk.read("watch.html"), desk.read("watch.md"));
    assert!(
        page.starts_with("<!doctype html>")
            && page.contains("<svg")
            && page.contains(">bad<")
            && !page.contains("http:")
            && !page.contains("https:"),
        "{page}"
    );
    for (told, what) in [(&page, "page"), (&text, "text")] {
        let whole = told.contains("Breaches") && told.contains("queue") && told.contains("a rollout would have gone back");
        assert!(whole && told.contains("Samples"), "{what}: {told}");
    }
    assert!(text.starts_with("# web: bad\n"), "{text}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&desk.read("watch.json")).unwrap(), bad);
    watch(&["--for", "10m", "--report", "watch.pdf"]).exits(64);
    assert_eq!((&bad["version"], &bad["verdict"], bad["watch"]["samples"].as_array().unwrap().len()), (&1.into(), &"fail".into(), 1));
    assert_eq!(bad["breaches"][0]["finding"]["name"], "queue");

    for (args, why) in [
        (&["watch", "--for", "soon"][..], "write a time with its unit"),
        (&["watch", "--for", "1h", "--every", "10s"], "--every is from one minute"),
        (&["watch", "--for", "48h"], "--for is at most 24h"),
    ] {
        let ran = desk.sandbox(args).exits(64);
        assert!(ran.err.contains(why), "{}", ran.err);
    }
}
