//! The journal that an apply leaves behind on the disk, and the use that the next run makes of it.

use crate::stand::{Stand, graph, stack};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use tokio::sync::watch;
use trueup::core::admission::Papers;
use trueup::core::event::{Envelope, Event};
use trueup::engine::apply::Options;
use trueup::engine::events::Events;
use trueup::engine::store::{Head, Work};
use trueup::ops::session::Session;

const ONE: &str = "[stack]\nname = \"small\"\nregion = \"us-east-1\"\n[resource.topic]\nkind = \"sns.topic\"\n";

/// The journals that there are, the oldest first.
fn journals(stand: &Stand) -> Vec<PathBuf> {
    let dir = stand.dir().join("small/default/journal");
    let mut files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_holds_what_was_said_and_under_which_requests_it_was_done() {
    let stack = stack(ONE, None, &[]);
    let stand = Stand::new(&stack).await;
    let plan = stand.plan(&graph(&stack)).await;
    let heard = Mutex::new(Vec::new());
    let events = Events::new(|envelope| heard.lock().unwrap().push(envelope.clone()));
    let (_keep, cancel) = watch::channel(false);
    let mut lock = stand.lock(Work::Apply).await.unwrap();
    let admitted = stand.admit(&plan, None, Papers::Fresh).unwrap();
    Session::apply(&stand, &mut lock, admitted, &Options::new(4, cancel), &events).await.unwrap();
    drop(events);

    let text = fs::read_to_string(&journals(&stand)[0]).unwrap();
    let (head, lines) = text.split_once('\n').unwrap();
    let head = serde_json::from_str::<Head>(head).unwrap();
    assert_eq!((head.journal, &head.plan, head.by), (1, &plan.digest().to_string(), lock.holder().to_string()));
    let written = lines.lines().map(|line| serde_json::from_str::<Envelope>(line).unwrap()).collect::<Vec<_>>();
    let heard = heard.into_inner().unwrap();
    assert_eq!(heard.iter().map(|said| said.number).collect::<Vec<_>>(), (1..=heard.len() as u64).collect::<Vec<_>>());
    assert!(heard.iter().all(|said| said.run == head.run));
    // Events that are only worth a look while a run goes on are left out.
    let kept = heard.into_iter().filter(|said| matches!(said.event, Event::Began { .. } | Event::Done { .. } | Event::Finished { .. }));
    assert_eq!(written, kept.collect::<Vec<_>>());

    let requests = written.iter().find_map(|line| match &line.event {
        Event::Done { requests, .. } => Some(requests.clone()),
        _ => None,
    });
    let requests = requests.unwrap();
    assert_eq!(requests[0].operation, "sns.CreateTopic");
    assert!(requests.iter().all(|request| !request.id.is_empty()), "{requests:?}");
    assert_eq!(requests.iter().map(|request| &request.id).collect::<BTreeSet<_>>().len(), requests.len(), "each has its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_journal_is_told_by_its_number_not_by_the_files_time() {
    let two = format!("{ONE}[resource.store]\nkind = \"s3.bucket\"\n");
    let (one, two) = (stack(ONE, None, &[]), stack(&two, None, &[]));
    let stand = Stand::new(&one).await;
    stand.bring(&graph(&one)).await;
    stand.bring(&graph(&two)).await;
    let files = journals(&stand);
    assert_eq!(files.len(), 2);
    // As if the older one had been copied about.
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    fs::File::options().append(true).open(&files[0]).unwrap().set_modified(later).unwrap();
    let before = stand.store.before().await.unwrap();
    assert!(before.kinds.contains("s3.bucket") && !before.cut_off, "{before:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_its_owner_may_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let stack = stack(ONE, None, &[]);
    let stand = Stand::new(&stack).await;
    stand.bring(&graph(&stack)).await;
    let (mut open, mut seen) = (vec![stand.dir().join("small")], 0);
    while let Some(path) = open.pop() {
        let meta = fs::metadata(&path).unwrap();
        let want = if meta.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(meta.permissions().mode() & 0o777, want, "{}", path.display());
        seen += 1;
        if meta.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    assert!(seen >= 5, "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_says_which_plan_is_run() {
    let stack = stack(ONE, None, &[]);
    let stand = Stand::new(&stack).await;
    let plan = stand.plan(&graph(&stack)).await;
    let mut lock = stand.lock(Work::Apply).await.unwrap();
    let admitted = stand.admit(&plan, None, Papers::Fresh).unwrap();
    let journal = stand.store.begin(&mut lock, &admitted, "arn:aws:iam::123456789012:user/anna", &Events::silent()).await.unwrap();
    let refused = stand.lock(Work::Destroy).await.err().unwrap().to_string();
    assert!(refused.contains(&format!("with an apply of plan {} since ", plan.digest())), "{refused}");
    let text = fs::read(stand.dir().join("small/default/lock")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&text).unwrap()["plan"], plan.digest().as_str());
    drop((journal, lock));
    // It has begun, so it does not run again.
    let mut lock = stand.lock(Work::Apply).await.unwrap();
    assert!(
        stand
            .store
            .begin(&mut lock, &admitted, "arn:aws:iam::123456789012:user/anna", &Events::silent())
            .await
            .err()
            .unwrap()
            .to_string()
            .contains("applied already")
    );
}
