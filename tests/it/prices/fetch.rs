//! Downloads that break off, change, lie and end, straight at the engine.

use super::server::{Fault, Server};
use super::{ALB, CDN, ECR, ELB, LCU, offer, price_list};
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;
use trueup::core::event::Event;
use trueup::pricing::catalog::Price;
use trueup::pricing::fetch::{Cache, Client, Error, Harvest, Order, Patience, fetch};
use trueup::pricing::list;

/// Hardly any: nothing here waits for a real server.
const HURRY: Patience = Patience { tries: 3, pause: Duration::from_millis(1), silence: Duration::from_millis(500), largest: 100_000 };

/// A cache, and what was said while it was filled.
struct Place {
    dir: TempDir,
    said: Mutex<Vec<String>>,
}

impl Place {
    fn new() -> Self {
        Place { dir: tempfile::tempdir().unwrap(), said: Mutex::default() }
    }

    fn refresh(&self, server: &Server, services: &[&str]) -> Result<Harvest, Error> {
        let order = Order {
            from: server.url(),
            services: services.iter().flat_map(|code| list::find(code)).collect(),
            regions: vec!["us-east-1".into()],
            parallel: 2,
        };
        self.said.lock().unwrap().clear();
        let say = |event: Event| self.said.lock().unwrap().extend(told(&event));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(fetch(&Cache::new(self.dir.path()), &Client::new(HURRY), &order, &say))
    }

    /// Refreshes the prices of load balancers alone.
    fn elb(&self, server: &Server) -> Result<Harvest, Error> {
        self.refresh(server, &["AWSELB"])
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }

    /// Returns the names of the files below `offers`.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path().join("offers")).unwrap();
        let mut names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>();
        names.sort();
        names
    }
}

fn told(event: &Event) -> Option<String> {
    match event {
        Event::Fetching { files } => Some(format!("{files} files")),
        Event::Arriving { have, .. } => Some(format!("arriving from {have}")),
        Event::Refetching { reason, .. } => Some(format!("again: {reason}")),
        Event::Parsing { .. } => Some("reading".into()),
        Event::Fetched { prices, unchanged, .. } => Some(format!("{prices} prices{}", if *unchanged { ", unchanged" } else { "" })),
        _ => None,
    }
}

fn price(harvest: &Harvest, key: &str) -> Price {
    harvest.prices.iter().find(|price| price.key == key).unwrap_or_else(|| panic!("no {key}")).clone()
}

fn usd(harvest: &Harvest, key: &str) -> String {
    price(harvest, key).first().dollars().to_string()
}

#[test]
fn files_become_prices_and_the_next_refresh_asks_only_whether_they_changed() {
    let (server, place) = (price_list(), Place::new());
    let harvest = place.refresh(&server, &["AWSELB", "AmazonECR", "AmazonCloudFront"]).unwrap();
    let found =
        harvest.prices.iter().map(|price| format!("{} {} {}", price.region, price.key, price.first().dollars())).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            "global cloudfront.data_out.origin.us 0.02",
            "us-east-1 ecr.storage 0.1",
            "us-east-1 elb.alb.hour 0.0225",
            "us-east-1 elb.alb.lcu_hour 0.008"
        ]
    );
    let alb = price(&harvest, "elb.alb.hour");
    assert_eq!((alb.as_of.as_str(), alb.source), ("2026-11-18", format!("{}{ELB}", server.url())));
    let record = &harvest.files.iter().find(|file| file.record.file == "AWSELB.us-east-1").unwrap().record;
    assert_eq!((record.bytes, record.tag.clone()), (server.body(ELB).len() as u64, Some(server.tag(ELB))));
    assert_eq!(record.sha256.len(), 64);
    assert_eq!(place.files().len(), 6, "an extract and a record each, and no part: {:?}", place.files());
    assert_eq!(server.asked(ELB), ["- - - → 200"]);

    server.serve(ECR, &offer("AmazonECR", "us-east-1", &[["EC2 Container Registry", "TimedStorage-ByteHrs", "GB-Mo", "0.2"]]));
    let again = place.refresh(&server, &["AWSELB", "AmazonECR", "AmazonCloudFront"]).unwrap();
    assert_eq!(usd(&again, "ecr.storage"), "0.2");
    assert_eq!(again.prices.len(), 4);
    assert_eq!(again.files.iter().map(|file| file.unchanged).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(server.asked(ELB), [format!("- - {} → 304", server.tag(ELB))]);
    assert_eq!(server.asked(CDN).len(), 2);
}

#[test]
fn what_breaks_off_goes_on_where_it_was() {
    let (server, place) = (price_list(), Place::new());
    server.fail(ELB, [Fault::Cut(100), Fault::Cut(0), Fault::Cut(50)]);
    let harvest = place.elb(&server).unwrap();
    assert_eq!(usd(&harvest, "elb.alb.hour"), "0.0225");
    let tag = server.tag(ELB);
    let from = |start: usize| format!("bytes={start}- {tag} - → 206");
    assert_eq!(server.asked(ELB), ["- - - → 200".into(), from(100), from(100), from(150)]);
    assert!(place.said().contains("arriving from 150") && place.said().matches("again: it broke off").count() == 3, "{}", place.said());
}

#[test]
fn it_goes_on_in_the_next_run_too_and_a_whole_file_is_not_fetched_again() {
    let (server, place) = (price_list(), Place::new());
    server.fail(ELB, [Fault::Cut(100), Fault::Cut(0), Fault::Cut(0)]);
    let error = place.elb(&server).unwrap_err();
    assert!(error.to_string().contains("could not be fetched in 3 tries: it broke off"), "{error}");
    assert!(error.hint().contains("goes on from there"));
    assert_eq!(place.files(), ["AWSELB.us-east-1.part", "AWSELB.us-east-1.part.json"]);
    server.asked(ELB);
    place.elb(&server).unwrap();
    assert_eq!(server.asked(ELB), [format!("bytes=100- {} - → 206", server.tag(ELB))]);

    // It was there as a whole when a run ended before it was read.
    let (server, place) = (price_list(), Place::new());
    let body = server.body(ELB);
    server.fail(ELB, [Fault::Cut(body.len() - 1), Fault::Cut(0), Fault::Cut(0)]);
    place.elb(&server).unwrap_err();
    let part = place.dir.path().join("offers/AWSELB.us-east-1.part");
    std::fs::write(&part, &body).unwrap();
    server.asked(ELB);
    assert_eq!(usd(&place.elb(&server).unwrap(), "elb.alb.hour"), "0.0225");
    assert_eq!(server.asked(ELB), Vec::<String>::new());
}

#[test]
fn a_file_that_changed_between_two_tries_is_fetched_from_its_beginning() {
    let (server, place) = (price_list(), Place::new());
    let newer = offer("AWSELB", "us-east-1", &[["Load Balancer-Application", "LoadBalancerUsage", "Hrs", "0.03"], LCU]);
    server.fail(ELB, [Fault::Cut(100), Fault::Becomes(newer.clone())]);
    assert_eq!(usd(&place.elb(&server).unwrap(), "elb.alb.hour"), "0.03");
    assert_eq!(server.asked(ELB).last().unwrap().split(" → ").last(), Some("200"), "If-Range is answered with all of it");

    // This one answers with a part of the new file although it was asked for the old one.
    let (server, place) = (price_list(), Place::new());
    let total = server.body(ELB).len();
    server.fail(ELB, [Fault::Cut(100), Fault::Header("etag", "\"another\"".into())]);
    assert_eq!(usd(&place.elb(&server).unwrap(), "elb.alb.hour"), "0.0225");
    assert_eq!(server.asked(ELB).iter().map(|asked| &asked[asked.len() - 3..]).collect::<Vec<_>>(), ["200", "206", "200"]);
    assert!(place.said().contains("again: the server has another file than before"), "{}", place.said());

    // And these with other bytes than those that were asked for, or of a file of another length.
    for range in [format!("bytes 0-{}/{total}", total - 1), format!("bytes 100-{total}/{}", total + 1), "bytes 100-".into()] {
        let (server, place) = (price_list(), Place::new());
        server.fail(ELB, [Fault::Cut(100), Fault::Header("content-range", range)]);
        assert_eq!(usd(&place.elb(&server).unwrap(), "elb.alb.hour"), "0.0225");
        assert_eq!(server.asked(ELB).len(), 3);
    }
}

#[test]
fn a_server_that_knows_no_ranges_or_no_tags_is_served_from_the_beginning() {
    let (server, place) = (price_list(), Place::new());
    server.fail(ELB, [Fault::Cut(100), Fault::Whole]);
    assert_eq!(usd(&place.elb(&server).unwrap(), "elb.alb.hour"), "0.0225");
    assert_eq!(server.asked(ELB).len(), 2);

    let (server, place) = (price_list(), Place::new());
    // The connection ends in the middle, and the tag is a weak one: nobody knows whether the rest would fit.
    server.fail(ELB, [Fault::Header("etag", "W/\"weak\"".into())]);
    place.elb(&server).unwrap();
    assert_eq!(server.asked(ELB), ["- - - → 200"]);
    place.elb(&server).unwrap();
    assert_eq!(server.asked(ELB), ["- - - → 200"], "without a tag there is nothing to ask with");
}

#[test]
fn errors_of_the_server_are_tried_again_and_those_of_the_client_are_not() {
    let (server, place) = (price_list(), Place::new());
    server.fail(ELB, [Fault::Status(500, None), Fault::Status(429, Some(("retry-after", "0")))]);
    place.elb(&server).unwrap();
    assert!(place.said().contains("again: the server answers 500\nagain: the server answers 429"), "{}", place.said());

    server.serve(ELB, &offer("AWSELB", "us-east-1", &[ALB]));
    server.fail(ELB, [Fault::Status(503, None), Fault::Status(503, None), Fault::Status(503, None)]);
    let error = place.elb(&server).unwrap_err();
    assert!(error.to_string().ends_with("in 3 tries: the server answers 503"), "{error}");

    server.asked(ELB);
    server.fail(ELB, [Fault::Status(404, None)]);
    let error = place.elb(&server).unwrap_err();
    assert_eq!(error.to_string(), format!("the server answers 404 for {}{ELB}", server.url()));
    assert_eq!(server.asked(ELB).len(), 1);
    assert!(error.hint().contains("--from"));

    let index = "/offers/v1.0/aws/index.json";
    server.fail(index, [Fault::Status(502, None), Fault::Cut(20)]);
    place.elb(&server).unwrap();
    server.serve(index, "<html>");
    assert!(place.elb(&server).unwrap_err().to_string().contains("is no index of AWS's price list"));
}

#[test]
fn a_server_that_falls_silent_or_is_not_there_is_given_up() {
    let (server, place) = (price_list(), Place::new());
    server.fail(ELB, [Fault::Silence, Fault::Silence, Fault::Silence]);
    let error = place.elb(&server).unwrap_err();
    assert!(error.to_string().contains("nothing came for 0.5 s"), "{error}");
    let gone = price_list();
    let url = gone.url();
    drop(gone);
    let order = Order { from: url, services: list::find("AWSELB"), regions: vec!["us-east-1".into()], parallel: 2 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(fetch(&Cache::new(place.dir.path()), &Client::new(HURRY), &order, &|_| ())).unwrap_err();
    assert!(error.to_string().contains("in 3 tries: ") && error.to_string().contains("refused"), "{error}");
}

#[test]
fn a_damaged_file_is_fetched_once_more_and_then_refused() {
    type Damage = fn(&str) -> String;
    let damaged: [(&str, Damage); 4] = [
        ("it is cut off", |body| body[..body.len() / 2].into()),
        ("it is not an offer file", |_| "<html>".into()),
        ("it is the offer of \"AmazonECR\", not of AWSELB", |body| {
            body.replace("\"offerCode\": \"AWSELB\"", "\"offerCode\": \"AmazonECR\"")
        }),
        ("it lists no products", |body| body.replace("\"products\"", "\"goods\"").replace("\"terms\"", "\"deals\"")),
    ];
    for (why, damage) in damaged {
        let (server, place) = (price_list(), Place::new());
        let whole = server.body(ELB);
        server.serve(ELB, &damage(&whole));
        server.fail(ELB, [Fault::Cut(usize::MAX), Fault::Becomes(whole.clone())]);
        assert_eq!(usd(&place.elb(&server).unwrap(), "elb.alb.hour"), "0.0225");
        assert!(place.said().contains(&format!("again: {why}")), "{}", place.said());

        server.serve(ELB, &damage(&whole));
        let error = place.elb(&server).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{}{ELB} cannot be used: {why}", server.url())), "{error}");
        assert_eq!(server.asked(ELB).len(), 4);
        assert_eq!(place.files(), ["AWSELB.us-east-1.json", "AWSELB.us-east-1.tsv"], "what was read before stays, nothing else");
    }
}

#[test]
fn a_checksum_that_the_server_states_is_held() {
    let right = |server: &Server, place: &Place| {
        let record = place.elb(server).unwrap().files.remove(0).record;
        let bytes = (0..32).map(|at| u8::from_str_radix(&record.sha256[at * 2..at * 2 + 2], 16).unwrap()).collect::<Vec<_>>();
        base64(&bytes)
    };
    let sum = right(&price_list(), &Place::new());
    let wrong = base64(&[7; 32]);
    for (name, form) in [("x-amz-checksum-sha256", "{}"), ("repr-digest", "sha-512=:AA==:, sha-256=:{}:"), ("digest", "sha-256={}")] {
        let (server, place) = (price_list(), Place::new());
        server.fail(ELB, [Fault::Header(name, form.replace("{}", &sum))]);
        place.elb(&server).unwrap();
        assert!(!place.said().contains("again"), "{}", place.said());

        let (server, place) = (price_list(), Place::new());
        server.fail(ELB, [Fault::Header(name, form.replace("{}", &wrong))]);
        place.elb(&server).unwrap();
        assert!(place.said().contains("again: its checksum is not the one that the server states"), "{}", place.said());
        assert_eq!(server.asked(ELB).len(), 2);
    }
    let (server, place) = (price_list(), Place::new());
    server.fail(ELB, [Fault::Header("x-amz-checksum-sha256", wrong.clone()), Fault::Header("x-amz-checksum-sha256", wrong)]);
    assert!(place.elb(&server).unwrap_err().to_string().ends_with("cannot be used: its checksum is not the one that the server states"));
    let (server, place) = (price_list(), Place::new());
    server.fail(ELB, [Fault::Header("x-amz-checksum-sha256", "AAAA-12".into())]);
    place.elb(&server).unwrap();
    assert!(!place.said().contains("again"), "a checksum of checksums says nothing of the bytes");
}

#[test]
fn what_lies_elsewhere_is_not_followed_and_what_is_too_large_not_taken() {
    let (server, place) = (price_list(), Place::new());
    let elsewhere = "http://169.254.169.254/latest/meta-data";
    server.fail(ELB, [Fault::Status(302, Some(("location", elsewhere)))]);
    let error = place.elb(&server).unwrap_err();
    assert_eq!(error.to_string(), format!("the server sends {}{ELB} on to {elsewhere}, and that is not followed", server.url()));
    assert!(error.hint().contains("--from"));
    assert_eq!(server.asked(ELB).len(), 1);

    // As its length is announced, and as it arrives where none is.
    let body = server.body(ELB);
    server.serve(ELB, &(body.clone() + &" ".repeat(100_000)));
    let error = place.elb(&server).unwrap_err();
    assert!(error.to_string().ends_with("has more than 100000 bytes, which no such file of AWS's has"), "{error}");
    server.fail(ELB, [Fault::Unmeasured]);
    assert_eq!(place.elb(&server).unwrap_err().to_string(), error.to_string());
    assert!(place.files().is_empty(), "{:?}", place.files());
    server.serve(ELB, &body);
    server.fail(ELB, [Fault::Unmeasured]);
    assert_eq!(usd(&place.elb(&server).unwrap(), "elb.alb.hour"), "0.0225");
}

#[test]
fn an_index_leads_nowhere_else() {
    let (server, place) = (price_list(), Place::new());
    let index = "/offers/v1.0/aws/AWSELB/current/region_index.json";
    for path in ["//elsewhere.example.com/x", "/../../secrets", "http://elsewhere.example.com/x", "/x?y=z"] {
        server.serve(index, &format!(r#"{{ "regions": {{ "us-east-1": {{ "currentVersionUrl": "{path}" }} }} }}"#));
        let harvest = place.elb(&server).unwrap();
        assert_eq!(harvest.absent, [format!("the price list says of AWSELB.us-east-1 that it lies at `{path}`")]);
        assert!(harvest.files.is_empty());
    }
}

#[test]
fn what_the_list_does_not_have_is_said() {
    let (server, place) = (price_list(), Place::new());
    let order = Order {
        from: format!("{}/", server.url()),
        services: ["AWSELB", "AmazonSNS"].iter().flat_map(|code| list::find(code)).collect(),
        regions: ["us-east-1", "xx-north-9", "us-east-1"].map(str::to_owned).to_vec(),
        parallel: 1,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let harvest = runtime.block_on(fetch(&Cache::new(place.dir.path()), &Client::new(HURRY), &order, &|_| ())).unwrap();
    assert_eq!(harvest.absent, ["the price list has no AWSELB in xx-north-9", "the price list has no offer AmazonSNS"]);
    assert_eq!(harvest.files.len(), 1);
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}
