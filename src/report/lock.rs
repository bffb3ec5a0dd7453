//! The lock of a stack, in words.

use super::{paint, text_width};
use crate::core::lock::LockSeen;
use crate::core::visible::line;

/// Says who holds the lock, or who held it last.
pub fn render(seen: Option<&LockSeen>) -> String {
    let Some(seen) = seen else { return "free: nobody has held it so far\n".into() };
    let age = seen.age_seconds.map(|age| format!(", renewed {} ago", paint::duration(age))).unwrap_or_default();
    let number = seen.fence.map(|fence| format!(", as its holder number {fence}")).unwrap_or_default();
    let holder = seen.holder.as_deref().map_or_else(|| "somebody".into(), |holder| line(holder).into_owned());
    let text = match (seen.held, seen.expired) {
        (true, _) => format!("held by {holder}{number}{age}"),
        (false, true) => format!("free: {holder} has let it run out{number}{age}; the next run takes over"),
        (false, false) => format!("free: {holder} held it last{number}"),
    };
    format!("{}\n", paint::wrap(&text, text_width(), 2))
}
