//! ElastiCache: Redis and Valkey. How its kinds may be named stands here.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod parameter_group;
pub mod replication_group;
pub mod subnet_group;

use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;

/// ElastiCache keeps names in lower case, `max` characters long at most.
pub(crate) fn name_problem(name: Option<&str>, max: usize) -> Option<Problem> {
    let name = name.filter(|name| !is_symbolic(name))?;
    let good = (1..=max).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--");
    (!good).then(|| {
        Problem::new("name", format!("`{name}` cannot be the name"))
            .help(format!("up to {max} of a-z, 0-9 and single hyphens, a letter first, no hyphen at the end"))
    })
}
