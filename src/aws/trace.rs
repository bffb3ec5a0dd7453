//! The trace of a run: which work stands within which, and what each call came to. Nobody hears it unless somebody wants to.

use crate::core::trace::{Attempt, Moment, Span, SpanId, TraceId, Value};
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata, OrchestratorError};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Takes what is traced, at once: whoever hears must not wait.
pub trait Hear: Debug + Send + Sync {
    /// A span that has ended.
    fn span(&self, span: Span);
    /// One request of a call, and what came of it.
    fn attempt(&self, attempt: &Attempt);
}

/// Names the spans of one run, and hands them on. Clones trace the same run.
#[derive(Debug, Clone, Default)]
pub struct Tracer(Option<Arc<Run>>);

#[derive(Debug)]
struct Run {
    hear: Box<dyn Hear>,
    trace: TraceId,
    root: SpanId,
    /// The number of spans that have a name.
    named: AtomicU64,
}

tokio::task_local! {
    /// The work that is going on.
    static WITHIN: SpanId;
}

impl Tracer {
    /// Traces the run of the span `root`.
    pub fn new(hear: Box<dyn Hear>, trace: TraceId, root: SpanId) -> Self {
        Tracer(Some(Arc::new(Run { hear, trace, root, named: AtomicU64::new(0) })))
    }

    /// Does some work as a span of its own: calls and work within are its children. `failed` says by a word if it went wrong. The
    /// SDK sends from where it is called, so work that spawns tasks of its own has their calls stand under the run.
    pub async fn within<T>(
        &self,
        name: &str,
        attributes: Vec<(&'static str, Value)>,
        work: impl Future<Output = T>,
        failed: impl FnOnce(&T) -> Option<String>,
    ) -> T {
        let Some(run) = &self.0 else { return work.await };
        let (id, parent, began) = (run.name(), run.parent(), Timestamp::now());
        let answer = Box::pin(WITHIN.scope(id, work)).await;
        let (name, failed) = (name.to_owned(), failed(&answer));
        let span =
            Span { id, parent: Some(parent), name, calls: false, began, ended: Timestamp::now(), attributes, moments: Vec::new(), failed };
        run.hear.span(span);
        answer
    }

    /// Notes that a call begins.
    pub(super) fn call(&self, cfg: &mut ConfigBag) {
        let Some(run) = &self.0 else { return };
        let call = Call { id: run.name(), parent: run.parent(), began: Timestamp::now(), moments: Vec::new(), last: None };
        cfg.interceptor_state().store_put(call);
    }

    /// Notes that a request of a call is about to be sent.
    pub(super) fn sends(&self, cfg: &mut ConfigBag) {
        if self.0.is_some() {
            cfg.interceptor_state().store_put(Sent(Instant::now()));
        }
    }

    /// Tells what came of a request.
    pub(super) fn attempted(&self, service: &'static str, context: &FinalizerInterceptorContextRef<'_>, cfg: &mut ConfigBag) {
        let Some(run) = &self.0 else { return };
        let (Some(mut call), Some(operation)) = (cfg.load::<Call>().cloned(), cfg.load::<Metadata>().map(Metadata::name)) else { return };
        let answer = context.response();
        let attempt = Attempt {
            service,
            operation: operation.to_owned(),
            number: cfg.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts),
            seconds: cfg.load::<Sent>().map_or(0.0, |Sent(at)| at.elapsed().as_secs_f64()),
            status: answer.map(|answer| answer.status().as_u16()),
            request: answer
                .and_then(|answer| super::calls::REQUEST_ID.iter().find_map(|name| answer.headers().get(*name)))
                .map(str::to_owned),
            error: context.output_or_error().and_then(Result::err).map(|error| word(error, answer)),
            span: call.id,
        };
        run.hear.attempt(&attempt);
        // One that went wrong is told by the call itself if it is the last.
        if let Some(failed) = call.last.take() {
            call.moments.push(failed.as_moment());
        }
        call.last = Some(Tried { at: Timestamp::now(), attempt });
        cfg.interceptor_state().store_put(call);
    }

    /// Tells what a call came to, all its requests together.
    ///
    /// <https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/>
    pub(super) fn called(&self, cfg: &ConfigBag) {
        let Some(run) = &self.0 else { return };
        let (Some(call), Some(metadata)) = (cfg.load::<Call>().cloned(), cfg.load::<Metadata>()) else { return };
        let Call { id, parent, began, moments, last } = call;
        let mut attributes = vec![("rpc.system", "aws-api".into()), ("rpc.service", metadata.service().into())];
        attributes.push(("rpc.method", metadata.name().into()));
        let last = last.map(|tried| tried.attempt);
        let failed = match last {
            Some(Attempt { number, status, request, error, .. }) => {
                attributes.extend(outcome(status, request, error.as_deref()));
                if number > 1 {
                    attributes.push(("aws.attempts", number.into()));
                }
                error
            }
            // It was never sent: no credentials, for one.
            None => {
                attributes.push(("error.type", "unsent".into()));
                Some("unsent".into())
            }
        };
        let name = format!("{}.{}", metadata.service(), metadata.name());
        run.hear.span(Span { id, parent: Some(parent), name, calls: true, began, ended: Timestamp::now(), attributes, moments, failed });
    }
}

impl Run {
    /// The next name. No other run of the trace has it, since no other has the same root.
    fn name(&self) -> SpanId {
        let number = self.named.fetch_add(1, Ordering::Relaxed);
        SpanId::of(&Sha256::digest(format!("{} {} {number}", self.trace, self.root)).into())
    }

    fn parent(&self) -> SpanId {
        WITHIN.try_with(|within| *within).unwrap_or(self.root)
    }
}

/// A call on its way.
#[derive(Debug, Clone)]
struct Call {
    id: SpanId,
    parent: SpanId,
    began: Timestamp,
    moments: Vec<Moment>,
    last: Option<Tried>,
}

impl Storable for Call {
    type Storer = StoreReplace<Self>;
}

/// The moment at which a request was sent.
#[derive(Debug, Clone, Copy)]
struct Sent(Instant);

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

/// A request that has ended.
#[derive(Debug, Clone)]
struct Tried {
    at: Timestamp,
    attempt: Attempt,
}

impl Tried {
    fn as_moment(&self) -> Moment {
        let Attempt { number, status, request, error, .. } = &self.attempt;
        let mut attributes = vec![("aws.attempt", (*number).into())];
        attributes.extend(outcome(*status, request.clone(), error.as_deref()));
        Moment { at: self.at, name: "retry", attributes }
    }
}

fn outcome(status: Option<u16>, request: Option<String>, error: Option<&str>) -> Vec<(&'static str, Value)> {
    let status = status.map(|status| ("http.response.status_code", status.into()));
    let request = request.map(|request| ("aws.request_id", request.into()));
    let error = error.map(|error| ("error.type", error.into()));
    [status, request, error].into_iter().flatten().collect()
}

/// Returns AWS's code of an error, or a word for why no answer came. Its message is left out: it may repeat what was sent.
fn word<E>(error: &OrchestratorError<E>, answer: Option<&HttpResponse>) -> String {
    if let Some(answer) = answer {
        return code(answer).unwrap_or_else(|| answer.status().as_u16().to_string());
    }
    if error.is_timeout_error() || error.as_connector_error().is_some_and(|error| error.is_timeout()) {
        return "timeout".into();
    }
    if error.is_connector_error() { "unreachable".into() } else { "unsent".into() }
}

/// Returns AWS's code from an answer, as each protocol has it: in a header, as `__type` or `code` of JSON, as `<Code>` of XML.
/// <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>
fn code(answer: &HttpResponse) -> Option<String> {
    let header = ["x-amzn-query-error", "x-amzn-errortype"].iter().find_map(|name| answer.headers().get(*name)).map(str::to_owned);
    let from_body = || {
        let body = std::str::from_utf8(answer.body().bytes()?).ok()?;
        let between = |open: &str, close: char| body.split_once(open)?.1.split(close).next().map(str::to_owned);
        if body.trim_start().starts_with('<') {
            return between("<Code>", '<');
        }
        let json: serde_json::Value = serde_json::from_str(body).ok()?;
        ["__type", "code", "Code"].iter().find_map(|key| json[*key].as_str()).map(str::to_owned)
    };
    let code = header.or_else(from_body)?;
    let code = code.rsplit('#').next().unwrap_or_default().split([':', ';']).next().unwrap_or_default();
    // A code is a word, whatever else somebody puts there.
    let sound =
        !code.is_empty() && code.len() <= 100 && code.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter));
    sound.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use std::sync::Mutex;

    #[test]
    fn a_code_is_found_in_every_protocol() {
        for (header, body, want) in [
            ("", "<ErrorResponse><Error><Code>Throttling</Code><Message>s3cret</Message></Error></ErrorResponse>", Some("Throttling")),
            ("", r#"{"__type":"com.amazonaws.ecs#ClusterNotFoundException","message":"x"}"#, Some("ClusterNotFoundException")),
            ("", r#"{"code":"Refused:s3cret"}"#, Some("Refused")),
            ("ValidationException:http://internal.amazon.com/", "", Some("ValidationException")),
            ("", "<Code>not a word</Code>", None),
            ("", "", None),
        ] {
            let mut answer = HttpResponse::new(StatusCode::try_from(400).unwrap(), SdkBody::from(body));
            if !header.is_empty() {
                answer.headers_mut().insert("x-amzn-errortype", header.to_owned());
            }
            assert_eq!(code(&answer).as_deref(), want, "{header} {body}");
        }
    }

    #[derive(Debug, Clone, Default)]
    struct Ear(Arc<Mutex<Vec<Span>>>);

    impl Hear for Ear {
        fn span(&self, span: Span) {
            self.0.lock().unwrap().push(span);
        }
        fn attempt(&self, _: &Attempt) {}
    }

    #[tokio::test]
    async fn work_within_work_is_its_child_and_no_two_have_one_name() {
        let (ear, root) = (Ear::default(), SpanId::new([7; 8]).unwrap());
        let tracer = Tracer::new(Box::new(ear.clone()), TraceId::new([1; 16]).unwrap(), root);
        let inner = tracer.clone();
        let work = async move {
            inner.within("one", Vec::new(), async {}, |()| None).await;
            inner.within("two", Vec::new(), async {}, |()| Some("Denied".into())).await;
        };
        tracer.within("apply", Vec::new(), work, |()| None).await;
        let spans = ear.0.lock().unwrap().clone();
        let [one, two, apply] = spans.as_slice() else { panic!("{spans:#?}") };
        assert_eq!((one.parent, two.parent, apply.parent), (Some(apply.id), Some(apply.id), Some(root)));
        assert_eq!((one.failed.as_deref(), two.failed.as_deref()), (None, Some("Denied")));
        assert!(one.id != two.id && two.id != apply.id && apply.id != root);
        assert_eq!(Tracer::default().within("unheard", Vec::new(), async { 7 }, |_| None).await, 7);
    }
}
