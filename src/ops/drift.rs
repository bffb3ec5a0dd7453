//! Drift: the last apply, what is live and what the file wants, read and held against each other.

use super::Error;
use super::session::Session;
use super::stack::Loaded;
use super::versions;
use crate::aws::trail::who;
use crate::core::drift::{Drift, Was, drift};
use crate::core::foreign::By;
use crate::core::history::Record;
use crate::core::planner::{Policy, plan};
use crate::core::threeway::tell;
use crate::engine::events::Events;
use crate::kinds;
use jiff::Timestamp;

/// Reads what is live and the record of the last apply, and answers what has drifted. Nothing is changed.
pub async fn find_drift(session: &Session, loaded: &Loaded, by_whom: bool, events: &Events<'_>) -> Result<Drift, Error> {
    let (snapshot, last) = futures::join!(session.read(&loaded.graph, false, events), session.store.last_record());
    let (mut snapshot, last) = (snapshot?, last?);
    let find = |name: &str| kinds::find(name).map(|entry| &entry.row);
    let policy = Policy { created: session.aws.calls.now().to_string(), ..Policy::default() };
    let mut draft = plan(&loaded.graph, &snapshot, &policy, &find);
    if Box::pin(versions::know_again(&session.aws, &loaded.graph, &draft, &mut snapshot)).await {
        draft = plan(&loaded.graph, &snapshot, &policy, &find);
    }
    if let Some(last) = &last {
        tell(&mut draft, last, &find);
    }
    let mut found = drift(&draft, &loaded.graph, &snapshot, last.as_ref(), &find);
    if by_whom {
        ask(session, &mut found, last.as_ref()).await;
    }
    Ok(found)
}

/// Asks CloudTrail about each resource, one after the other: an account has two such calls a second.
async fn ask(session: &Session, found: &mut Drift, last: Option<&Record>) {
    // Whatever is older is of an apply of ours, or was there before it.
    let end = last.map(|last| last.end.as_ref().map_or(last.at, |end| end.at));
    let since = end.unwrap_or(Timestamp::UNIX_EPOCH);
    let mut unread = None;
    for one in &mut found.drifted {
        if matches!(one.was, Was::Deleted) && one.id.is_empty() {
            continue;
        }
        let by = match &unread {
            Some(unread) => By::clone(unread),
            None => {
                let names = std::iter::once(&one.id).chain(&one.names).map(String::as_str).collect::<Vec<_>>();
                who(&session.aws, &one.kind, &names, since).await
            }
        };
        if matches!(by, By::Unread { .. }) {
            unread = Some(by.clone());
        }
        one.who = Some(by);
    }
}
