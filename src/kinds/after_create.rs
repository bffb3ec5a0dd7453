//! A step right after a create: what the create call itself cannot set.

use crate::aws::{Aws, Class, Error, Result};
use crate::core::backoff::Backoff;
use std::future::Future;

/// Repeats the step for as long as AWS does not know yet everywhere what it has just made. If it fails for good, the
/// error is one that nobody repeats the create for: that would make a second one. The next plan finds what is there.
pub(crate) async fn after_create<T, F: Future<Output = Result<T>>>(aws: &Aws, step: impl Fn() -> F) -> Result<T> {
    for pause in Backoff::seconds(1, 8).take(4) {
        match step().await {
            Err(error) if error.code.ends_with("NotFound") => aws.clock.sleep(pause).await,
            answer => return answer.map_err(unfinished),
        }
    }
    step().await.map_err(unfinished)
}

fn unfinished(error: Error) -> Error {
    match error.class {
        Class::Denied | Class::Credentials => error,
        Class::Refused | Class::Throttled | Class::Unknown => {
            let message = format!("{}: {}; it was made all the same, and the next run goes on with it", error.code, error.message);
            Error { code: "Unfinished".into(), message, class: Class::Refused, ..error }
        }
    }
}
