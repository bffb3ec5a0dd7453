//! Asking for several ids at once where AWS fails the whole call for one that is absent.

use crate::aws::Result;
use futures::future::try_join_all;
use std::future::Future;

/// Asks for twenty ids a call. If one of them is absent, each is asked for alone; what is absent is left out.
pub(crate) async fn batch<T, F: Future<Output = Result<Vec<T>>>>(
    ids: Vec<String>,
    absent: &[&str],
    ask: impl Fn(Vec<String>) -> F,
) -> Result<Vec<T>> {
    let or_none = |answer: Result<Vec<T>>| match answer {
        Err(error) if error.is(absent) => Ok(Vec::new()),
        answer => answer,
    };
    let found = try_join_all(ids.chunks(20).map(|chunk| async {
        match ask(chunk.to_vec()).await {
            Err(error) if error.is(absent) && chunk.len() > 1 => {
                let each = try_join_all(chunk.iter().map(|id| async { or_none(ask(vec![id.clone()]).await) })).await?;
                Ok(each.into_iter().flatten().collect())
            }
            answer => or_none(answer),
        }
    }))
    .await?;
    Ok(found.into_iter().flatten().collect())
}
