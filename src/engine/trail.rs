//! The question who changed something behind a run's back: asked on a difference alone, one after the other.

use super::context::Context;
use crate::aws::trail;
use crate::core::foreign::By;
use crate::core::kind::Row;
use crate::core::snapshot::Live;
use jiff::Timestamp;
use tokio::sync::Mutex;

/// The questions of one run.
pub(super) struct Trail {
    /// AWS's time when it began.
    begun: Timestamp,
    /// The answer that every further question would get as well: CloudTrail may not be asked.
    unread: Mutex<Option<By>>,
}

impl Trail {
    pub fn new(begun: Timestamp) -> Self {
        Trail { begun, unread: Mutex::default() }
    }
}

/// Returns who changed a resource since the plan was made, as far as CloudTrail says.
pub(super) async fn who(context: &Context<'_>, kind: &Row, live: &Live) -> By {
    let mut unread = context.trail.unread.lock().await;
    if let Some(unread) = &*unread {
        return unread.clone();
    }
    // The machine that planned may have another clock than AWS.
    let since = context.plan.created.parse::<Timestamp>().map_or(context.trail.begun, |created| created.min(context.trail.begun));
    let by = trail::who(context.aws, kind.name, &[&live.id, &live.name, &live.arn], since).await;
    if matches!(by, By::Unread { .. }) {
        *unread = Some(by.clone());
    }
    by
}
