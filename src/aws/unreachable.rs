//! The address at which nobody answered, put beside the error of the connection, and said while it is tried again.

use aws_smithy_runtime_api::client::interceptors::context::{Error, FinalizerInterceptorContextMut, FinalizerInterceptorContextRef};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::retry::RetryConfig;
use std::fmt;

/// A connection that failed, with the place that it was meant to reach.
#[derive(Debug)]
pub(super) struct Unanswered {
    /// The address without a path and without credentials: `http://127.0.0.1:9`.
    pub at: String,
    /// The number of times that it was tried.
    pub times: u32,
    source: OrchestratorError<Error>,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer from {}", self.at)
    }
}

impl std::error::Error for Unanswered {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The address that a call is on its way to. The request itself is gone by the time that an answer fails to come.
#[derive(Debug, Clone)]
struct At(String);

impl Storable for At {
    type Storer = StoreReplace<Self>;
}

/// Notes the address that a call goes to.
pub(super) fn note(url: &str, cfg: &mut ConfigBag) {
    if let Some(at) = place(url) {
        cfg.interceptor_state().store_put(At(at));
    }
}

/// Puts the address to the error with which a call ends, if it is one of the connection.
pub(super) fn name(context: &mut FinalizerInterceptorContextMut<'_>, cfg: &ConfigBag) {
    let Some(At(at)) = cfg.load::<At>().cloned() else { return };
    let times = cfg.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts);
    let Some(Err(error)) = context.output_or_error_mut() else { return };
    let Some(connector) = error.as_connector_error() else { return };
    let make: fn(Box<Unanswered>) -> ConnectorError = match connector {
        timeout if timeout.is_timeout() => |error| ConnectorError::timeout(error),
        user if user.is_user() => |error| ConnectorError::user(error),
        io if io.is_io() => |error| ConnectorError::io(error),
        _ => |error| ConnectorError::other(error, None),
    };
    let source = std::mem::replace(error, OrchestratorError::other("replaced"));
    *error = OrchestratorError::connector(make(Box::new(Unanswered { at, times, source })));
}

/// Returns the address that the first attempt of a call did not reach, if there is to be another.
pub(super) fn first_failure(context: &FinalizerInterceptorContextRef<'_>, cfg: &ConfigBag) -> Option<String> {
    let first = cfg.load::<RequestAttempts>().is_some_and(|attempts| attempts.attempts() == 1)
        && cfg.load::<RetryConfig>().is_none_or(|retry| retry.max_attempts() > 1);
    let failed = context.output_or_error().is_some_and(|answer| answer.is_err_and(OrchestratorError::is_connector_error));
    cfg.load::<At>().filter(|_| first && failed).map(|At(at)| at.clone())
}

/// Returns the scheme, host and port of a URL.
fn place(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    Some(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn an_address_holds_neither_path_nor_password() {
        assert_eq!(place("http://127.0.0.1:9/"), Some("http://127.0.0.1:9".into()));
        assert_eq!(place("https://me:hunter2@aws.example.com/path?query=x"), Some("https://aws.example.com".into()));
        assert_eq!(place("nothing"), None);
    }
}
