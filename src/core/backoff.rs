//! The rhythm of trying again: soon at first, then seldom.

use std::time::Duration;

/// Pauses between tries, each twice as long as the one before it, up to a longest. They never end: whoever tries takes as
/// many as there are to be more tries, and does the waiting by its own clock.
#[derive(Debug, Clone)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Backoff { next: first, longest }
    }

    /// The same in seconds.
    pub const fn seconds(first: u64, longest: u64) -> Self {
        Backoff::new(Duration::from_secs(first), Duration::from_secs(longest))
    }

    /// Pauses before looks, of which the first is taken at once.
    pub fn looks(self) -> impl Iterator<Item = Duration> {
        std::iter::once(Duration::ZERO).chain(self)
    }

    /// The next pause.
    pub fn pause(&mut self) -> Duration {
        let pause = self.next.min(self.longest);
        self.next = pause.saturating_mul(2);
        pause
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.pause())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let seconds = |pauses: &mut dyn Iterator<Item = Duration>| pauses.take(5).map(|pause| pause.as_secs()).collect::<Vec<_>>();
        assert_eq!(seconds(&mut Backoff::seconds(1, 6)), [1, 2, 4, 6, 6]);
        assert_eq!(seconds(&mut Backoff::seconds(1, 60).looks()), [0, 1, 2, 4, 8]);
        assert_eq!(Backoff::new(Duration::MAX, Duration::MAX).nth(2), Some(Duration::MAX));
    }
}
