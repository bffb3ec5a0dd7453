//! Changes of several resources that AWS takes in one call, and one after the other only by way of places that are free.

use super::Result;
use std::collections::BTreeMap;
use std::future::Future;
use tokio::sync::Mutex;

/// The places that a run gives to resources which share them: rules of a listener, by its ARN, and their priorities.
#[derive(Default)]
pub struct Together(Mutex<BTreeMap<String, Moves>>);

#[derive(Default)]
struct Moves {
    places: BTreeMap<String, i32>,
    done: bool,
}

impl Together {
    /// Notes, before a run begins, the place that it will give to a resource among those that share `shared`.
    pub async fn foresee(&self, shared: &str, id: &str, place: i32) {
        self.0.lock().await.entry(shared.to_owned()).or_default().places.insert(id.to_owned(), place);
    }

    /// Forgets what an earlier run was to do.
    pub async fn forget(&self) {
        self.0.lock().await.clear();
    }

    /// Gives a resource its place, and with the first of a run all others theirs. `send` takes ids and places.
    pub async fn give<F: Future<Output = Result<()>>>(
        &self,
        shared: &str,
        (id, place): (&str, i32),
        send: impl Fn(Vec<(String, i32)>) -> F,
    ) -> Result<()> {
        let mut all = self.0.lock().await;
        match all.get_mut(shared).filter(|moves| moves.places.get(id) == Some(&place)) {
            Some(Moves { done: true, .. }) => Ok(()),
            Some(moves) => {
                send(moves.places.iter().map(|(id, place)| (id.clone(), *place)).collect()).await?;
                moves.done = true;
                Ok(())
            }
            None => send(vec![(id.to_owned(), place)]).await,
        }
    }
}
