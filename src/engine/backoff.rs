//! Repeats of calls during an apply: the pauses between them, and the moment to give up.

use super::context::Context;
use crate::aws::{Class, Error, Result};
use crate::core::address::Address;
use crate::core::backoff::Backoff;
use crate::core::event::Event;
use std::time::Duration;

/// The most repeats of a call that AWS throttled or left unanswered; the SDK has repeated each of these by itself already.
const TRIES: u32 = 6;
/// The pause before the second try, and the longest between two.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(15);

/// Pauses between tries of one call.
pub(super) struct Pause<'a> {
    context: &'a Context<'a>,
    step: usize,
    address: &'a Address,
    /// Codes that pass by themselves: a new role that is not known everywhere yet, a subnet that still holds the network
    /// interface of what was just deleted.
    passing: &'a [&'a str],
    /// The time that those are waited out.
    patience: Duration,
    tries: u32,
    passed: Duration,
    pauses: Backoff,
}

impl<'a> Pause<'a> {
    pub fn new(context: &'a Context<'a>, step: usize, address: &'a Address, passing: &'a [&'a str], patience: Duration) -> Self {
        Pause { context, step, address, passing, patience, tries: 0, passed: Duration::ZERO, pauses: Backoff::new(FIRST, LONGEST) }
    }

    /// Waits if the call is worth repeating; otherwise, or once the run is interrupted, hands the error back.
    pub async fn before_retry(&mut self, error: &Error) -> Result<()> {
        let again = match error.class {
            Class::Throttled | Class::Unknown => self.tries < TRIES,
            Class::Refused => error.is(self.passing) && self.passed < self.patience,
            Class::Denied | Class::Credentials => false,
        };
        if !again || self.context.cancelled() {
            return Err(error.clone());
        }
        // Steps that were refused together do not come back together.
        let pause = self.pauses.pause().mul_f64(1.0 + (self.step % 8) as f64 / 16.0);
        self.context.say(Event::Retrying {
            step: self.step,
            address: self.address.clone(),
            reason: error.to_string(),
            seconds: pause.as_secs_f64(),
        });
        if !self.context.sleep(pause).await {
            return Err(error.clone());
        }
        self.tries += 1;
        self.passed += pause;
        Ok(())
    }
}

/// Pauses between looks whether something is ready: often enough that little is lost, and seldom enough that AWS is not flooded.
pub(super) struct Wait {
    next: Duration,
    beat: Duration,
    waited: Duration,
    limit: Duration,
}

impl Wait {
    /// Waits for a change that has just begun: the first look comes well before its typical time is over.
    ///
    /// `minutes` is the typical time, `held` the minutes that it may rest on purpose. The time is up after eight times the one and
    /// all of the other, and never before ten minutes.
    pub fn begun(minutes: f32, held: f32) -> Self {
        let rest = Duration::from_secs_f32(held.max(0.0) * 60.0);
        let typical = Duration::from_secs_f32(minutes.max(0.05) * 60.0);
        let beat = (typical / 6).clamp(Duration::from_secs(2), Duration::from_secs(30));
        Wait {
            next: beat.max(typical.mul_f32(0.75)),
            beat,
            waited: Duration::ZERO,
            limit: (typical * 8).max(Duration::from_secs(600)) + rest,
        }
    }

    /// Waits for a change that has been under way for nobody knows how long.
    pub fn under_way(minutes: f32, held: f32) -> Self {
        let wait = Wait::begun(minutes, held);
        Wait { next: wait.beat, ..wait }
    }

    /// Waits for the next look; false if the run was interrupted meanwhile. The error says that the time is up.
    pub async fn next(&mut self, context: &Context<'_>) -> Result<bool> {
        if self.waited > self.limit {
            let minutes = self.waited.as_secs() / 60;
            let message = format!("AWS is not done after {minutes} minutes; the next run goes on from there");
            return Err(Error::new("wait", "StillNotReady", message));
        }
        let pause = std::mem::replace(&mut self.next, self.beat);
        self.waited += pause;
        Ok(context.sleep(pause).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_called_stuck_while_it_rests_on_purpose() {
        let minutes = |wait: Wait| wait.limit.as_secs() / 60;
        assert_eq!(minutes(Wait::begun(0.1, 0.0)), 10);
        assert_eq!(minutes(Wait::begun(5.0, 0.0)), 40);
        // A deployment that bakes for an hour, with a hook that waits for somebody for a day.
        assert_eq!(minutes(Wait::begun(65.0, 1500.0)), 8 * 65 + 1500);
        assert_eq!(minutes(Wait::under_way(65.0, 1500.0)), 8 * 65 + 1500);
    }
}
