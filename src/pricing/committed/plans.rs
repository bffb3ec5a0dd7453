//! Savings Plans: which lines one covers, and at which rate.
//!
//! | plan | covers | page |
//! |---|---|---|
//! | Compute | vCPU and memory of tasks on Fargate, in any region; not spare capacity, licences and scratch space | <https://aws.amazon.com/savingsplans/compute-pricing/> |
//! | Database | databases of the seventh generation and newer, and caches of Valkey | <https://aws.amazon.com/savingsplans/database-pricing/> |

use crate::core::bill::{Line, Rated};
use crate::core::commitment::{Commitment, Committed, generation};
use crate::core::money::{Decimal, from_float};
use crate::pricing::catalog::Catalog;
use crate::pricing::catalog::unit::counts;

/// True for a line that a plan can cover.
pub(super) fn covers(plan: Committed, line: &Line) -> bool {
    let newer = |class: &str| class.split('.').nth(1).and_then(generation).is_some_and(|generation| generation >= 7);
    match plan {
        Committed::ComputeSavingsPlan => {
            let rest = line.key.strip_prefix("ecs.fargate.").and_then(|rest| rest.split_once('.'));
            rest.is_some_and(|(platform, what)| matches!(platform, "x86" | "arm" | "windows") && matches!(what, "vcpu_hour" | "gb_hour"))
        }
        Committed::DatabaseSavingsPlan => {
            let database = line.key.strip_prefix("rds.instance.").and_then(|rest| rest.splitn(3, '.').nth(2));
            database.or_else(|| line.key.strip_prefix("elasticache.node.valkey.")).is_some_and(newer)
        }
        Committed::Rds | Committed::Elasticache | Committed::Opensearch | Committed::Ec2 => false,
    }
}

/// Returns what a unit of a line costs on demand; None where that is not known, or is not one price.
pub(super) fn price(line: &Line) -> Option<Decimal> {
    match &line.price {
        Rated::Priced(priced) => match priced.bands.as_slice() {
            [band] if band.from.is_zero() => Some(band.usd.dollars()),
            _ => None,
        },
        Rated::Unpriced(_) => None,
    }
}

/// Returns what a unit of a line costs under a plan: by its own contract, or as the catalogue has it.
pub(super) fn rate(plan: &Commitment, line: &Line, catalog: &Catalog) -> Option<Decimal> {
    let price = price(line)?;
    if let Some(discount) = plan.discount.and_then(from_float) {
        return Some(price * (Decimal::ONE - discount));
    }
    let found = catalog.price(&line.region, &rate_key(plan, &line.key)).filter(|found| counts(&found.unit) == line.unit)?;
    Some(found.first().dollars()).filter(|rate| *rate > Decimal::ZERO)
}

/// Returns the key of a plan's rate: `savings_plan.compute.1yr.no_upfront.ecs.fargate.x86.vcpu_hour`.
pub(super) fn rate_key(plan: &Commitment, key: &str) -> String {
    let name = if plan.service == Committed::DatabaseSavingsPlan { "database" } else { "compute" };
    format!("savings_plan.{name}.{}yr.{}.{key}", plan.years, plan.payment.words().replace(' ', "_"))
}
