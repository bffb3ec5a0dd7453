//! Watches every request that leaves, repeats included: how many there are by operation, and what AWS called each.

use super::{Tracer, unreachable};
use crate::core::event::Request;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextMut, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Requests so far, by `service.Operation`, and the time of the newest answer. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    counts: Arc<Mutex<BTreeMap<String, usize>>>,
    /// AWS's ids of those that were to change something.
    sent: Arc<Mutex<BTreeSet<String>>>,
    /// Seconds since 1970; 0 before the first answer.
    answered: Arc<AtomicI64>,
    /// Tells of each call, and of the work that it is part of.
    pub tracer: Tracer,
}

tokio::task_local! {
    /// The requests of the work that is being recorded.
    static RECORD: RefCell<Vec<Request>>;
}

/// Runs some work and answers, beside what it does, which requests of it were to change something and were answered, in
/// order. The SDK sends from where it is called, so work that spawns tasks of its own hides their requests.
pub async fn recorded<T>(work: impl Future<Output = T>) -> (T, Vec<Request>) {
    RECORD
        .scope(RefCell::default(), async {
            let answer = work.await;
            (answer, RECORD.with(RefCell::take))
        })
        .await
}

impl Calls {
    pub fn counts(&self) -> BTreeMap<String, usize> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Returns AWS's ids of the requests so far that were to change something.
    pub fn sent(&self) -> BTreeSet<String> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Returns AWS's own time at its newest answer, which no clock of this machine can be wrong about.
    pub fn answered(&self) -> Option<Timestamp> {
        let seconds = self.answered.load(Ordering::Relaxed);
        Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)
    }
    /// The same, and this machine's time before the first answer.
    pub fn now(&self) -> Timestamp {
        self.answered().unwrap_or_else(Timestamp::now)
    }
    /// The interceptor for the client of one service.
    pub(super) fn of(&self, service: &'static str) -> Watch {
        Watch { service, calls: self.clone(), tell: None }
    }
}

#[derive(Debug)]
pub(super) struct Watch {
    service: &'static str,
    calls: Calls,
    /// Takes the address that did not answer, once, while it is tried again.
    tell: Option<fn(&str)>,
}

impl Watch {
    /// Tells of an address that does not answer, while it is tried again.
    pub fn telling(self, tell: Option<fn(&str)>) -> Self {
        Watch { tell, ..self }
    }
    /// Returns the operation: `ec2.CreateVpc`.
    fn operation(&self, cfg: &ConfigBag) -> String {
        format!("{}.{}", self.service, cfg.load::<Metadata>().map(Metadata::name).unwrap_or_default())
    }
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_before_execution(&self, _: &BeforeSerializationInterceptorContextRef<'_>, cfg: &mut ConfigBag) -> Result<(), BoxError> {
        self.calls.tracer.call(cfg);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        unreachable::note(context.request().uri(), cfg);
        self.calls.tracer.sends(cfg);
        *self.calls.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(self.operation(cfg)).or_default() += 1;
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(tell), Some(at)) = (self.tell, unreachable::first_failure(context, cfg)) {
            tell(&at);
        }
        self.calls.tracer.attempted(self.service, context, cfg);
        Ok(())
    }

    fn read_after_execution(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.calls.tracer.called(cfg);
        Ok(())
    }

    fn modify_before_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        unreachable::name(context, cfg);
        Ok(())
    }

    // Errors are answers, too.
    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.response().headers();
        if let Some(time) = headers.get("date").and_then(|date| DateTimeParser::new().parse_timestamp(date).ok()) {
            self.calls.answered.fetch_max(time.as_second(), Ordering::Relaxed);
        }
        let operation = self.operation(cfg);
        if let Some(id) = REQUEST_ID.iter().find_map(|name| headers.get(*name)).filter(|_| !reads(&operation)) {
            self.calls.sent.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
            // Outside of recorded work there is nothing to record.
            let _ = RECORD.try_with(|record| record.borrow_mut().push(Request { operation, id: id.to_owned() }));
        }
        Ok(())
    }
}

/// The headers in which answers carry the id, S3's last. <https://docs.aws.amazon.com/AmazonS3/latest/API/get-request-ids.html>
pub(super) const REQUEST_ID: [&str; 2] = ["x-amzn-requestid", "x-amz-request-id"];

/// True for an operation that changes nothing, which AWS's names tell by how they begin. There may be hundreds of them while
/// something is waited for.
fn reads(operation: &str) -> bool {
    let name = operation.split_once('.').map_or(operation, |(_, name)| name);
    ["Describe", "List", "Get", "Head", "Lookup"].iter().any(|word| name.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_is_told_by_its_name() {
        for (operation, want) in [
            ("ec2.DescribeVpcs", true),
            ("s3.HeadBucket", true),
            ("s3.GetBucketPolicy", true),
            ("cloudtrail.LookupEvents", true),
            ("s3.PutBucketPolicy", false),
            ("sns.CreateTopic", false),
        ] {
            assert_eq!(reads(operation), want, "{operation}");
        }
    }
}
