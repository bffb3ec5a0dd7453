//! One error for every AWS call: what was being done, how it failed, and what to do about it.

use super::calls::REQUEST_ID;
use super::hint::hint;
use super::unreachable::Unanswered;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::collections::BTreeMap;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A call that failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation}: {code}: {message}{}", request_id.as_deref().map(|id| format!(" (request {id})")).unwrap_or_default())]
pub struct Error {
    /// The operation that failed: `ec2.CreateVpc`.
    pub operation: &'static str,
    /// AWS's error code, or our word for what kept the call from being answered.
    pub code: String,
    /// Our word for what the code means here, where AWS has one code for several things.
    pub sense: Option<&'static str>,
    pub message: String,
    pub request_id: Option<String>,
    pub class: Class,
}

/// The meaning of a failure for what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// AWS says no, and will say so again.
    Refused,
    /// The caller lacks a right.
    Denied,
    /// No credentials, or credentials that have expired.
    Credentials,
    /// Too many calls; nothing was done.
    Throttled,
    /// No answer, or a server error: the effect may or may not have happened.
    Unknown,
}

impl Error {
    /// A failure that AWS did not report itself, such as an answer that lacks what it must have.
    pub fn new(operation: &'static str, code: &str, message: impl Into<String>) -> Self {
        Error { operation, code: code.to_owned(), sense: None, message: message.into(), request_id: None, class: Class::Refused }
    }
    /// An answer without a member that AWS always sends.
    pub fn missing(operation: &'static str, member: &str) -> Self {
        Error::new(operation, "IncompleteAnswer", format!("the answer has no `{member}`"))
    }
    /// The error without the number of its request, which tells no two failures apart, and without the lines below its first.
    pub fn brief(&self) -> String {
        format!("{}: {}: {}", self.operation, self.code, self.message.lines().next().unwrap_or_default())
    }
    /// The reason why something could not be read, in words that stay the same from one look to the next.
    pub fn unread(&self) -> String {
        let Error { operation, code, .. } = self;
        match self.class {
            Class::Denied => format!("{operation} was denied ({code})"),
            Class::Throttled => format!("{operation} was throttled ({code})"),
            Class::Refused | Class::Credentials | Class::Unknown => self.brief(),
        }
    }
    /// The lines below the first, such as why tasks stopped.
    pub fn details(&self) -> Vec<String> {
        self.message.lines().skip(1).map(str::to_owned).collect()
    }
    pub fn is(&self, codes: &[&str]) -> bool {
        codes.contains(&self.code.as_str()) || self.sense.is_some_and(|sense| codes.contains(&sense))
    }
    /// Takes a secret that the call carried out of the message, should the answer repeat it, whole or a value of its JSON.
    pub fn without(mut self, secret: &str) -> Self {
        let inner = serde_json::from_str::<BTreeMap<String, String>>(secret).unwrap_or_default();
        for text in std::iter::once(secret).chain(inner.values().map(String::as_str)).filter(|text| !text.is_empty()) {
            self.message = self.message.replace(text, "(secret)");
        }
        self
    }
    /// A remedy, for a person.
    pub fn hint(&self) -> Option<String> {
        hint(self)
    }
}

/// Puts the name of the operation to an SDK failure.
pub trait During<T> {
    /// Turns a failure into an [`Error`] of `operation`, such as `ec2.CreateVpc`, with AWS's code, message and request id.
    fn during(self, operation: &'static str) -> Result<T>;
}

impl<T, E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static> During<T>
    for std::result::Result<T, SdkError<E, HttpResponse>>
{
    fn during(self, operation: &'static str) -> Result<T> {
        self.map_err(|failure| from_sdk(operation, &failure))
    }
}

fn from_sdk<E: ProvideErrorMetadata + std::error::Error + 'static>(operation: &'static str, failure: &SdkError<E, HttpResponse>) -> Error {
    let status = failure.raw_response().map(|response| response.status().as_u16());
    let header = |name: &&str| failure.raw_response().and_then(|response| response.headers().get(*name)).map(String::from);
    let request_id = REQUEST_ID.iter().find_map(header).or_else(|| failure.meta().extra("aws_request_id").map(String::from));
    let (code, message) = match failure.code() {
        Some(code) => (code.to_owned(), failure.message().unwrap_or_default().to_owned()),
        // S3 answers a HEAD without a body: the status is all there is.
        None if status == Some(404) && operation.starts_with("s3.") => ("NotFound".to_owned(), "there is no such thing".to_owned()),
        None => unanswered(failure, status),
    };
    let class = classify(&code, status, failure);
    Error { operation, code, sense: None, message, request_id, class }
}

/// Returns our word for what kept a call from being answered, and the reason.
fn unanswered<E>(failure: &SdkError<E, HttpResponse>, status: Option<u16>) -> (String, String) {
    let (code, message) = match (failure, status) {
        (SdkError::DispatchFailure(inner), _) => undelivered(inner),
        (SdkError::TimeoutError(_), _) => ("Timeout", "no answer in time".to_owned()),
        (SdkError::ConstructionFailure(_), _) => ("InvalidRequest", "the request cannot be written".to_owned()),
        (SdkError::ServiceError(_), Some(status)) if status >= 300 => {
            ("UnreadableAnswer", format!("HTTP status {status}, and nothing that says why"))
        }
        (_, Some(status)) => ("UnreadableAnswer", format!("HTTP status {status}, with something that is no answer of this service")),
        (_, None) => ("NoAnswer", "no answer".to_owned()),
    };
    (code.to_owned(), message)
}

fn undelivered(failure: &DispatchFailure) -> (&'static str, String) {
    let causes = failure.as_connector_error().map(|error| causes(error)).unwrap_or_default();
    if let Some(missing) = causes.iter().find_map(|cause| cause.downcast_ref::<CredentialsError>()) {
        return ("NoCredentials", no_credentials(missing));
    }
    let connecting =
        causes.iter().any(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|error| error.is_connect()));
    let texts = causes.iter().map(ToString::to_string).collect::<Vec<_>>();
    let has = |part: &str| texts.iter().any(|text| text.contains(part));
    let last = texts.last().cloned().unwrap_or_else(|| "no answer".into());
    let (code, text) = match () {
        () if has("endpoint must") => return ("InvalidEndpoint", last),
        () if has("dns error") => ("Unreachable", format!("its host name is unknown ({last})")),
        () if connecting || has("connect timeout") => ("Unreachable", last),
        () if failure.is_timeout() => ("Timeout", last),
        () => ("NoAnswer", last),
    };
    match causes.iter().find_map(|cause| cause.downcast_ref::<Unanswered>()) {
        None => (code, text),
        Some(Unanswered { at, times: 1, .. }) => (code, format!("{at}: {text}")),
        Some(Unanswered { at, times, .. }) => (code, format!("{at}, tried {times} times: {text}")),
    }
}

/// Returns the SDK's message about credentials, without its words for each place ("was not enabled") and on each level.
fn no_credentials(missing: &CredentialsError) -> String {
    const NOTHING_NEW: &[&str] = &["an error occurred while loading credentials", "the credential provider was not enabled"];
    let mut texts = causes(missing).iter().map(ToString::to_string).collect::<Vec<_>>();
    match (missing, texts.get(1)) {
        (CredentialsError::CredentialsNotLoaded(_), Some(attempted)) if attempted.contains("Attempted:") => attempted
            .replace("no credentials found in chain. Attempted:", "there are no AWS credentials; looked for in")
            .replace(
                ": the credential provider was not enabled: environment variable not set",
                ": no AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY",
            )
            .replace(": the credential provider was not enabled: ", ": ")
            .replace(": the credential provider was not enabled", ": nothing is set there"),
        _ => {
            texts.retain(|text| !NOTHING_NEW.contains(&text.as_str()));
            format!("the AWS credentials cannot be loaded: {}", texts.join(": ").trim_end_matches(". Stderr: "))
        }
    }
}

/// An error and what lies behind it, the deepest last.
fn causes<'a>(error: &'a (dyn std::error::Error + 'static)) -> Vec<&'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source()).collect()
}

fn classify<E>(code: &str, status: Option<u16>, failure: &SdkError<E, HttpResponse>) -> Class {
    const THROTTLED: &[&str] = &[
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "SlowDown",
        "PriorRequestNotComplete",
        "BandwidthLimitExceeded",
    ];
    const DENIED: &[&str] = &[
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "AuthorizationError",
        "AuthorizationErrorException",
        "NotAuthorized",
    ];
    const CREDENTIALS: &[&str] = &[
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "AuthFailure",
        "SignatureDoesNotMatch",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "InvalidSignatureException",
        "IncompleteSignature",
        "RequestTimeTooSkewed",
        "NoCredentials",
    ];
    if THROTTLED.contains(&code) {
        Class::Throttled
    } else if DENIED.contains(&code) {
        Class::Denied
    } else if CREDENTIALS.contains(&code) {
        Class::Credentials
    } else if status.is_some_and(|status| (300..500).contains(&status))
        || matches!(failure, SdkError::ConstructionFailure(_))
        || code == "InvalidEndpoint"
    {
        Class::Refused
    } else {
        Class::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::metadata::ErrorMetadata;

    #[test]
    fn an_answer_without_an_error_code_shows_its_status() {
        let answered = |status: u16, metadata: ErrorMetadata| {
            let response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
            from_sdk("s3.GetBucketPolicy", &SdkError::service_error(metadata, response))
        };
        for (status, class, text) in [
            (500, Class::Unknown, "s3.GetBucketPolicy: UnreadableAnswer: HTTP status 500, and nothing that says why"),
            (502, Class::Unknown, "s3.GetBucketPolicy: UnreadableAnswer: HTTP status 502, and nothing that says why"),
            (400, Class::Refused, "s3.GetBucketPolicy: UnreadableAnswer: HTTP status 400, and nothing that says why"),
            (404, Class::Refused, "s3.GetBucketPolicy: NotFound: there is no such thing"),
        ] {
            let error = answered(status, ErrorMetadata::builder().build());
            assert_eq!((error.to_string().as_str(), error.class), (text, class));
        }
        let response = HttpResponse::new(StatusCode::try_from(404).unwrap(), SdkBody::empty());
        let error = from_sdk("sns.ListTopics", &SdkError::service_error(ErrorMetadata::builder().build(), response));
        assert_eq!(error.to_string(), "sns.ListTopics: UnreadableAnswer: HTTP status 404, and nothing that says why");
        let error = answered(500, ErrorMetadata::builder().code("InternalError").message("try again").build());
        assert_eq!(error.to_string(), "s3.GetBucketPolicy: InternalError: try again");
    }
    #[test]
    fn an_answer_that_repeats_a_secret_is_cleaned() {
        let error = Error::new("secretsmanager.CreateSecret", "ValidationException", "hunter2 in {\"password\":\"hunter2\"} is wrong");
        assert_eq!(error.clone().without("hunter2").message, "(secret) in {\"password\":\"(secret)\"} is wrong");
        assert_eq!(error.clone().without("{\"password\":\"hunter2\"}").message, "(secret) in (secret) is wrong");
        assert_eq!(error.clone().without("").message, error.message);
    }
}
