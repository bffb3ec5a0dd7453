//! The words for what was found while a service was watched.

use super::judge::{Counted, FEW_MINUTES};
use super::monitor::{Finding, Health, Measure, Span};
use super::words::{alarm, because, milliseconds, share};
use std::fmt;

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Span::SinceLast => "since the last sample",
            Span::Whole => "since the beginning",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.measure {
            Measure::Errors { now: Counted { requests, .. }, least, .. } if requests < least => {
                write!(f, "{requests} requests, and nothing is said of fewer than {least}")
            }
            Measure::Errors { span, now, before, most, .. } => write!(
                f,
                "{} of {} requests failed {span}, at most {} %, {} before",
                share(*now),
                now.requests,
                most * 100.0,
                share(*before)
            ),
            Measure::Latency { quantile, minutes, .. } if *minutes < FEW_MINUTES => {
                write!(f, "{} can be compared in {minutes} minutes, and nothing is said of fewer than {FEW_MINUTES}", quantile.word())
            }
            Measure::Latency { span, quantile, now, before, slower, minutes, .. } => write!(
                f,
                "{} {} {span}, {} before, too slow in {slower} of {minutes} minutes",
                quantile.word(),
                milliseconds(*now),
                milliseconds(*before)
            ),
            Measure::Health { health: None, unread } => write!(f, "the health of its tasks could not be read{}", because(unread)),
            Measure::Health { health: Some(health), .. } => {
                let Health { desired: _, running, healthy, unhealthy } = health;
                write!(f, "{healthy} of {} healthy, {unhealthy} unhealthy, {running} running", health.all())
            }
            Measure::Crashes { tasks: None, unread, .. } => write!(f, "the tasks that stopped could not be read{}", because(unread)),
            Measure::Crashes { tasks: Some(tasks), most, .. } => {
                write!(f, "{tasks} tasks stopped by themselves, fewer than {most} are allowed")
            }
            Measure::Alarm { name, state, unread } => write!(f, "the alarm `{name}` is {}{}", alarm(*state), because(unread)),
            Measure::Metric { name, value: Some(value), limit, above, .. } => {
                write!(f, "`{name}` is {value}, {} {limit}", if *above { "at most" } else { "at least" })
            }
            Measure::Metric { name, value: None, unread, .. } => write!(f, "`{name}` has no value{}", because(unread)),
            Measure::Unread { reason } => write!(f, "something could not be read: {reason}"),
        }
    }
}
