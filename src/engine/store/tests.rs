//! The store, as a bucket on the embedded AWS and as a journal that is read.

use super::blobs::{self, contract};
use super::bucket::Bucket;
use super::lease::{Held, MARGIN, TERM};
use super::*;
use crate::aws::{Clock, Connection};
use crate::core::address::Address;
use crate::core::graph::Outputs;
use crate::core::settings::StorePlace;
use crate::sandbox::{Options, Sandbox, Speed};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::sync::Arc;
use tokio::time::Instant;

fn before(events: &[Event]) -> Before {
    let kinds = BTreeSet::from(["ec2.vpc".to_owned(), "sns.topic".to_owned()]);
    let (plan, stack, by) = ("p".into(), "web/prod".into(), "anna".into());
    let head = Head {
        version: journal::VERSION,
        journal: 1,
        at: now(),
        run: "r".into(),
        plan,
        stack,
        by,
        caller: String::new(),
        fence: None,
        kinds,
    };
    let stream = Events::silent();
    Before::of(Some(head), &events.iter().map(|event| stream.seal(event.clone())).collect::<Vec<_>>())
}
fn began(step: usize, kind: &str, verb: Verb) -> Event {
    Event::Began { step, address: Address::parse("a.b").unwrap(), kind: kind.into(), verb, minutes: 0.0, left: 0.0 }
}
fn done(step: usize, verb: Verb, id: &str) -> Event {
    Event::Done { step, address: Address::parse("a.b").unwrap(), verb, id: id.into(), seconds: 0.0, requests: Vec::new() }
}

#[test]
fn a_journal_tells_what_was_made_and_whether_it_is_whole() {
    let whole = vec![
        began(0, "ec2.vpc", Verb::Create),
        began(1, "sns.topic", Verb::Update),
        done(1, Verb::Update, "topic"),
        done(0, Verb::Create, "vpc-1"),
        Event::nothing_to_do(Outputs::new()),
    ];
    let known = before(&whole);
    assert_eq!(known.kinds.len(), 2);
    assert_eq!(known.made, BTreeMap::from([("ec2.vpc".to_owned(), BTreeSet::from(["vpc-1".to_owned()]))]));
    assert!(!known.cut_off);
    assert!(before(&whole[..4]).cut_off, "no end");
    assert!(before(&[whole[0].clone(), whole[4].clone()]).cut_off, "a create without its answer");
    assert!(Before::of(None, &[]).cut_off, "no head");
}

/// An embedded AWS whose time passes as ours does, but for leaps.
fn sandbox() -> Sandbox {
    Sandbox::open(Options { speed: Speed::Times(1.0), ..Options::default() }).unwrap()
}

/// A bucket on it, as one of the machines sees it that share it.
async fn bucket(sandbox: &Sandbox) -> Bucket {
    let connection = Connection::over(SharedHttpClient::new(sandbox.clone()), "eu-central-1", Clock { speed: 1.0 }).await;
    let aws = connection.clients(scope());
    Bucket::new(connection.bucket("the-store").await.unwrap(), &aws, StorePlace::parse("s3://the-store/team").unwrap())
}

fn scope() -> Scope {
    Scope { stack: "web".into(), env: "prod".into(), account: "123456789012".into(), region: "eu-central-1".into() }
}

fn store(bucket: &Bucket) -> Store {
    Store::over(Arc::new(bucket.clone()), Arc::new(bucket.clone()), &scope())
}

#[tokio::test]
async fn it_is_a_place_for_blobs() {
    contract::holds(&bucket(&sandbox()).await).await;
}

#[tokio::test]
async fn of_two_machines_one_holds_the_lock_and_the_other_is_told_who() {
    let sandbox = sandbox();
    let (one, other) = (bucket(&sandbox).await, bucket(&sandbox).await);
    let lock = store(&one).lock(Work::Apply).await.unwrap();
    let Err(Error::Locked { holder: Some(holder), place }) = store(&other).lock(Work::Apply).await else { panic!("it is held") };
    assert_eq!((&*holder, place.as_str()), (lock.holder(), "s3://the-store/team/web/prod/lock"));
    assert_eq!(lock.fence(), Some(1));
    lock.during(async |_| ()).await;
    assert_eq!(store(&other).lock(Work::Apply).await.unwrap().fence(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_ask_for_the_lock_at_once_one_gets_it() {
    let sandbox = sandbox();
    let bucket = bucket(&sandbox).await;
    let asked = (0..8).map(|_| {
        let store = store(&bucket);
        tokio::spawn(async move { store.lock(Work::Apply).await })
    });
    let got = futures::future::join_all(asked).await.into_iter().filter_map(|asked| asked.unwrap().ok()).collect::<Vec<_>>();
    assert_eq!(got.len(), 1);
}

const KEY: &str = "web/prod/lock";

async fn taken(bucket: &Bucket) -> Held {
    bucket.take(KEY, b"\"anna\"").await.unwrap().unwrap_or_else(|holder| panic!("held by {holder:?}"))
}

#[tokio::test]
async fn it_holds_while_it_is_renewed_and_is_taken_over_after_its_holder_is_gone() {
    let sandbox = sandbox();
    let (one, other) = (bucket(&sandbox).await, bucket(&sandbox).await);
    let held = taken(&one).await;
    for _ in 0..3 {
        sandbox.advance(TERM - MARGIN).unwrap();
        assert_eq!(other.take(KEY, b"").await.unwrap().err(), Some(b"\"anna\"".to_vec()));
        assert!(held.shared.beat(Instant::now).await);
    }
    // As where its process is killed.
    drop(held);
    sandbox.advance(TERM - MARGIN).unwrap();
    assert!(other.take(KEY, b"").await.unwrap().is_err());
    sandbox.advance(MARGIN).unwrap();
    let seen = store(&other).look_at_lock().await.unwrap().unwrap();
    assert!(seen.expired && !seen.held, "{seen:?}");
    assert_eq!(taken(&other).await.fence, 2);
}

#[tokio::test]
async fn one_that_cannot_be_renewed_is_lost_to_its_holder_before_others_may_take_it() {
    let sandbox = sandbox();
    let bucket = bucket(&sandbox).await;
    let held = taken(&bucket).await;
    sandbox.set_faults(vec!["deny:s3.PutObject".parse().unwrap()]);
    assert!(held.shared.beat(Instant::now).await, "it may be possible the next time");
    let later = || Instant::now() + (TERM - MARGIN);
    assert!(!held.shared.beat(later).await);
    let why = held.lapse.lost().await;
    assert!(why.contains("s3://the-store/team/web/prod/lock") && why.contains("could not be renewed"), "{why}");
    assert_eq!(held.lapse.check(), Err(why));
}

#[tokio::test]
async fn whoever_lost_it_writes_no_line_more() {
    let sandbox = sandbox();
    let bucket = bucket(&sandbox).await;
    let held = taken(&bucket).await;
    let key = "web/prod/journal/1.jsonl";
    let etag = bucket.put(key, b"", Condition::Absent).await.unwrap();
    let journal = Journal::on(Arc::new(bucket.clone()), key.into(), Vec::new(), etag, held.lapse.clone());
    assert!(store(&bucket).break_lock().await.unwrap());
    let next = store(&bucket).lock(Work::Apply).await.unwrap();
    assert!(!held.shared.beat(Instant::now).await);
    assert!(journal.broken().await.contains("somebody else"));
    let line = Events::silent().seal(Event::nothing_to_do(Outputs::new()));
    assert!(journal.write(&line).on_disk().await.is_err());
    assert_eq!(bucket.get(key).await.unwrap().unwrap().bytes, b"");
    // Nor does it take the lock from whoever has it now.
    blobs::Held::release(Box::new(held)).await;
    assert!(matches!(store(&bucket).lock(Work::Apply).await, Err(Error::Locked { .. })));
    drop(next);
}
