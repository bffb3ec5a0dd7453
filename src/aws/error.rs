//! One error for every AWS call: what was being done, how it failed, and what to do about it.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A call that failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation}: {code}: {message}{}", request_id.as_deref().map(|id| format!(" (request {id})")).unwrap_or_default())]
pub struct Error {
    /// `ec2.CreateVpc`
    pub operation: &'static str,
    /// AWS's error code, or our word for what kept the call from being answered.
    pub code: String,
    pub message: String,
    pub request_id: Option<String>,
    pub class: Class,
}

/// What a failure means for what to do next.
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
        Error { operation, code: code.to_owned(), message: message.into(), request_id: None, class: Class::Refused }
    }
    /// An answer without a member that AWS always sends.
    pub fn missing(operation: &'static str, member: &str) -> Self {
        Error::new(operation, "IncompleteAnswer", format!("the answer has no `{member}`"))
    }
    pub fn is(&self, codes: &[&str]) -> bool {
        codes.contains(&self.code.as_str())
    }
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self.class {
            Class::Denied => {
                Some(format!("allow `{}` for the identity that `aws sts get-caller-identity` shows", self.operation.replacen('.', ":", 1)))
            }
            Class::Credentials => {
                Some("sign in again (`aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID; `--sandbox` needs no account".into())
            }
            Class::Throttled => Some("AWS limits calls on this account; run it again in a minute".into()),
            Class::Unknown => Some("it may have happened or not; run it again: what exists is found by its tags".into()),
            Class::Refused => None,
        }
    }
}

/// Puts the name of the operation to an SDK failure.
pub trait During<T> {
    /// `operation` as `ec2.CreateVpc`.
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
    let header = |name: &str| failure.raw_response().and_then(|response| response.headers().get(name)).map(String::from);
    let request_id = header("x-amzn-requestid")
        .or_else(|| header("x-amz-request-id"))
        .or_else(|| failure.meta().extra("aws_request_id").map(String::from));
    let (code, message) = match failure.code() {
        Some(code) => (code.to_owned(), failure.message().unwrap_or_default().to_owned()),
        // S3 answers a HEAD without a body: the status is all there is.
        None if status == Some(404) => ("NotFound".to_owned(), "there is no such thing".to_owned()),
        None => {
            let said = status.map(|status| format!("HTTP status {status}, and nothing that says why"));
            (unanswered(failure).to_owned(), said.unwrap_or_else(|| chain(failure)))
        }
    };
    let class = classify(&code, status, failure);
    Error { operation, code, message, request_id, class }
}

fn unanswered<E>(failure: &SdkError<E, HttpResponse>) -> &'static str {
    match failure {
        SdkError::TimeoutError(_) => "Timeout",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "Timeout",
        SdkError::DispatchFailure(dispatch) if dispatch.is_user() || chain(failure).contains("credential") => "NoCredentials",
        SdkError::DispatchFailure(_) => "NoAnswer",
        SdkError::ConstructionFailure(_) => "InvalidRequest",
        _ => "UnreadableAnswer",
    }
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
        "NoCredentials",
    ];
    if THROTTLED.contains(&code) {
        Class::Throttled
    } else if DENIED.contains(&code) {
        Class::Denied
    } else if CREDENTIALS.contains(&code) || chain(failure).contains("credentials") && status.is_none() {
        Class::Credentials
    } else if status.is_some_and(|status| status < 500) || matches!(failure, SdkError::ConstructionFailure(_)) {
        Class::Refused
    } else {
        Class::Unknown
    }
}

/// The whole chain of causes in one line. The SDK's own text for a failure without an answer says nothing.
fn chain<E>(failure: &SdkError<E, HttpResponse>) -> String {
    let mut texts = Vec::new();
    let mut next: Option<&dyn std::error::Error> = match failure {
        SdkError::DispatchFailure(inner) => inner.as_connector_error().map(|error| error as &dyn std::error::Error),
        _ => None,
    };
    while let Some(error) = next {
        texts.push(error.to_string());
        next = error.source();
    }
    // What the SDK calls a failure that it has no kind for.
    texts.retain(|text| text != "other");
    if texts.is_empty() { "no answer".into() } else { texts.join(": ") }
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
        let error = answered(500, ErrorMetadata::builder().code("InternalError").message("try again").build());
        assert_eq!(error.to_string(), "s3.GetBucketPolicy: InternalError: try again");
    }
}
