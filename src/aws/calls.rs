//! Counts every request that leaves, repeats included, by operation.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Requests so far, by `service.Operation`. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<BTreeMap<String, usize>>>);

impl Calls {
    pub fn counts(&self) -> BTreeMap<String, usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// The interceptor for the client of one service.
    pub(super) fn of(&self, service: &'static str) -> Tally {
        Tally { service, calls: self.clone() }
    }
}

#[derive(Debug)]
pub(super) struct Tally {
    service: &'static str,
    calls: Calls,
}

impl Intercept for Tally {
    fn name(&self) -> &'static str {
        "Tally"
    }
    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = cfg.load::<Metadata>().map(|metadata| metadata.name().to_owned()).unwrap_or_default();
        *self.calls.0.lock().unwrap_or_else(PoisonError::into_inner).entry(format!("{}.{operation}", self.service)).or_default() += 1;
        Ok(())
    }
}
