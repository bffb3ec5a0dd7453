//! The output of a benchmark program: each figure beside its limit. It fails if one is over.

#![allow(clippy::print_stdout, reason = "a benchmark says what it measured")]
#![allow(dead_code, reason = "each program uses its part")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

pub struct Sheet {
    over: bool,
}

impl Sheet {
    pub fn new(title: &str) -> Self {
        println!("\n{title}");
        Sheet { over: false }
    }

    /// One figure that is the same on every run.
    pub fn figure(&mut self, what: &str, measured: f64, unit: &str, limit: Option<f64>) {
        self.row(what, &format!("{measured:.1} {unit}"), measured, unit, limit);
    }

    /// Times of several runs; the median is held against the limit.
    pub fn times(&mut self, what: &str, mut runs: Vec<Duration>, limit: Option<Duration>) {
        runs.sort_unstable();
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let [Some(least), Some(middle), Some(most)] =
            [runs.first(), runs.get(runs.len() / 2), runs.last()].map(|time| time.copied().map(millis))
        else {
            return;
        };
        let shown = format!("{middle:.1} ms ({least:.1} to {most:.1}, {} runs)", runs.len());
        self.row(what, &shown, middle, "ms", limit.map(millis));
    }

    fn row(&mut self, what: &str, shown: &str, measured: f64, unit: &str, limit: Option<f64>) {
        let verdict = match limit {
            None => String::new(),
            Some(limit) if measured <= limit => format!("within {limit} {unit}"),
            Some(limit) => {
                self.over = true;
                format!("OVER {limit} {unit}")
            }
        };
        println!("  {what:<58} {shown:<42} {verdict}");
    }

    pub fn end(self) -> ExitCode {
        if self.over { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Returns the time of each of some runs, after one that does not count; without the time to drop its answer.
pub fn runs<T>(count: usize, mut work: impl FnMut() -> T) -> Vec<Duration> {
    std::hint::black_box(work());
    let time = |_| {
        let begun = Instant::now();
        let answer = std::hint::black_box(work());
        let time = begun.elapsed();
        drop(answer);
        time
    };
    (0..count).map(time).collect()
}
