//! Repeats of calls during an apply: the pauses between them, and the moment to give up.

use super::context::Context;
use crate::aws::{Class, Error, Result, principal};
use crate::core::address::Address;
use crate::core::backoff::Backoff;
use crate::core::event::Event;
use std::time::Duration;

/// The most repeats of a call that AWS throttled or left unanswered; the SDK has repeated each of these by itself already.
const TRIES: u32 = 6;
/// The pause before the second try, and the longest between two.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(15);
/// The time after which AWS shows what is new to all its services: what is unknown by then is not there.
/// <https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>
const SHOWN: Duration = Duration::from_secs(2 * 60);

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
            Class::Refused if is_unseen(error) => error.is(self.passing) && self.passed < self.patience.min(SHOWN),
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

/// True for a refusal of what something else has been given the name of: it is too new to be known everywhere, or not there at all.
fn is_unseen(error: &Error) -> bool {
    error.code.ends_with("NotFound") || error.is(&[principal::UNKNOWN, "RoleNotAssumable", "InvalidSecurityGroup"])
}

/// Pauses between looks whether something is ready: soon at first, since nobody knows how quick AWS is today, and then in
/// proportion to the time that has passed, so that a wait is hardly ever longer by a fifth than what it waits for.
pub(super) struct Wait {
    typical: Duration,
    waited: Duration,
    limit: Duration,
}

/// The code of a wait whose time is up.
pub(super) const STILL_NOT_READY: &str = "StillNotReady";

/// The first look comes so soon, and sooner where a tenth of the typical time is less.
const SOON: Duration = Duration::from_secs(5);
/// The share of the time that has passed, until the next look.
const SHARE: f32 = 0.2;
/// The longest pause between two looks, or a quarter of the typical time where that is longer.
const RARELY: Duration = Duration::from_secs(120);

impl Wait {
    /// For a state that a call has just begun, or somebody else some time ago.
    ///
    /// `minutes` is the typical time, `held` how long it may rest on purpose. The time is up after eight times the one and all
    /// of the other, and never before ten minutes.
    pub fn new(minutes: f32, held: f32) -> Self {
        let rest = Duration::from_secs_f32(held.max(0.0) * 60.0);
        let typical = Duration::from_secs_f32(minutes.max(0.05) * 60.0);
        Wait { typical, waited: Duration::ZERO, limit: (typical * 8).max(Duration::from_secs(600)) + rest }
    }

    /// Waits for the next look; false if the run was interrupted meanwhile. The error says that the time is up.
    pub async fn next(&mut self, context: &Context<'_>) -> Result<bool> {
        if self.waited > self.limit {
            let minutes = self.waited.as_secs() / 60;
            let message = format!("AWS is not done after {minutes} minutes; the next run goes on from there");
            return Err(Error::new("wait", STILL_NOT_READY, message));
        }
        let pause = self.pause();
        self.waited += pause;
        Ok(context.sleep(pause).await)
    }

    fn pause(&self) -> Duration {
        let tenth = self.typical / 10;
        let first = SOON.min(tenth).max(Duration::from_secs(1));
        // Each look comes twice as late as the one before it, up to a tenth of the typical time.
        let pause = if self.waited * 2 <= tenth { self.waited } else { self.waited.mul_f32(SHARE) };
        pause.clamp(first, RARELY.max(self.typical / 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_called_stuck_while_it_rests_on_purpose() {
        let minutes = |wait: Wait| wait.limit.as_secs() / 60;
        assert_eq!(minutes(Wait::new(0.1, 0.0)), 10);
        assert_eq!(minutes(Wait::new(5.0, 0.0)), 40);
        // A deployment that bakes for an hour, with a hook that waits for somebody for a day.
        assert_eq!(minutes(Wait::new(65.0, 1500.0)), 8 * 65 + 1500);
    }

    /// The moments, in seconds, at which is looked until a state that takes so long is seen to be over.
    fn looks(minutes: f32, takes: f32) -> Vec<f32> {
        let mut wait = Wait::new(minutes, 0.0);
        let mut looks = Vec::new();
        while looks.last().is_none_or(|last| *last < takes) {
            wait.waited += wait.pause();
            looks.push(wait.waited.as_secs_f32());
        }
        looks
    }

    #[test]
    fn a_wait_is_hardly_longer_than_what_it_waits_for_however_quick_aws_is() {
        for minutes in [0.5, 2.0, 5.0, 8.0, 20.0] {
            for times in [0.1, 0.3, 1.0, 2.0, 5.0] {
                let takes = minutes * 60.0 * times;
                let looks = looks(minutes, takes);
                let over = looks.last().unwrap_or(&0.0) / takes;
                assert!(over <= 1.35 && looks.len() <= 50, "{minutes} min, {times} times: {over} in {} looks", looks.len());
            }
        }
        assert_eq!(looks(8.0, 15.0), [5.0, 10.0, 20.0]);
    }
}
