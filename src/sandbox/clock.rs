//! The sandbox's time: tokio's clock, run faster.

use std::str::FromStr;
use std::time::Duration;
use tokio::time::Instant;

/// The speed of sandbox time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// This many sandbox seconds a second.
    Times(f64),
    /// Every state settles before the next request. Windows that AWS counts in hours or days stay.
    Instant,
}

impl Default for Speed {
    fn default() -> Self {
        Speed::Times(100.0)
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<f64>() {
            _ if text == "instant" => Ok(Speed::Instant),
            Ok(times) if times.is_finite() && times > 0.0 && times <= 1e6 => Ok(Speed::Times(times)),
            _ => Err(format!("`{text}` is no speed; give sandbox seconds a second, such as 100, or `instant`")),
        }
    }
}

/// Under `Speed::Instant`, what falls due within this many milliseconds happens at once.
pub const SETTLES_WITHIN: i64 = 45 * 60 * 1000;

/// A removal that is further off is of what lingers in lists after its end: while somebody may decide, nobody waits for it.
pub const LINGERS_FROM: i64 = 5 * 60 * 1000;

#[derive(Debug)]
pub struct Clock {
    begun: Instant,
    /// Sandbox milliseconds since the epoch when it was begun.
    from: i64,
    speed: Speed,
}

impl Clock {
    pub fn begin(from: i64, speed: Speed) -> Self {
        Clock { begun: Instant::now(), from, speed }
    }

    /// Sandbox milliseconds since the epoch.
    pub fn now(&self) -> i64 {
        let times = match self.speed {
            Speed::Times(times) => times,
            Speed::Instant => 1.0,
        };
        self.from + (self.begun.elapsed().as_secs_f64() * times * 1000.0) as i64
    }

    /// Returns the time that so many sandbox seconds take; none where every state settles at once.
    pub fn lasts(&self, seconds: f64) -> Duration {
        match self.speed {
            Speed::Times(times) => Duration::try_from_secs_f64(seconds / times).unwrap_or(Duration::ZERO),
            Speed::Instant => Duration::ZERO,
        }
    }

    pub fn speed(&self) -> Speed {
        self.speed
    }
}
