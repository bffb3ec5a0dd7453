//! A step right after a create: what the create call itself cannot set.

use crate::aws::{Aws, Class, Error, Result};
use crate::core::backoff::Backoff;
use std::future::Future;
use std::time::Duration;

/// The most repeats of a step: three quarters of a minute, as long as the engine waits out an outage.
const TRIES: usize = 6;

/// Repeats the step for as long as AWS does not know yet everywhere what it has just made, throttles, or does not answer. If it
/// fails for good, the error is one that nobody repeats the create for: that would make a second one. The next plan finds what
/// is there.
pub(crate) async fn after_create<T, F: Future<Output = Result<T>>>(aws: &Aws, step: impl Fn() -> F) -> Result<T> {
    patient(aws, step).await.map_err(unfinished)
}

/// The same, with AWS's own error at its end.
pub(crate) async fn patient<T, F: Future<Output = Result<T>>>(aws: &Aws, step: impl Fn() -> F) -> Result<T> {
    for pause in Backoff::new(Duration::from_secs(1), Duration::from_secs(15)).take(TRIES) {
        match step().await {
            Err(error) if passes(&error) => aws.clock.sleep(pause).await,
            answer => return answer,
        }
    }
    step().await
}

fn passes(error: &Error) -> bool {
    error.code.ends_with("NotFound") || matches!(error.class, Class::Throttled | Class::Unknown)
}

/// Says of an error that what it is about was made all the same.
pub(crate) fn unfinished(error: Error) -> Error {
    match error.class {
        Class::Denied | Class::Credentials => error,
        Class::Refused | Class::Throttled | Class::Unknown => {
            let message = format!("{}: {}; it was made all the same, and the next run goes on with it", error.code, error.message);
            Error { code: "Unfinished".into(), message, class: Class::Refused, ..error }
        }
    }
}
