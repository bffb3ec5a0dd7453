//! Reservations: which lines one covers, and how far an hour of it goes.
//!
//! | of | covers | page |
//! |---|---|---|
//! | databases | the engine and family in any size, with a standby or without; a standby counts as another instance | <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithReservedDBInstances.html> |
//! | caches | the engine and family in any size; those of Redis cover Valkey as well, which counts four fifths | <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.Reserved.html> |
//! | search domains | the very type, in whatever role | <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ri.html> |

use crate::core::bill::Line;
use crate::core::commitment::{Commitment, Committed, units};
use crate::core::money::Decimal;
use crate::pricing::tariffs::opensearch::SURCHARGE;

/// The thing that is reserved, as the catalogue names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reserved<'a> {
    /// The key of its price on demand: `rds.instance.postgresql.single_az.db.t4g.medium`.
    pub key: String,
    /// The normalized units of an hour of one of it.
    pub units: Decimal,
    pub class: &'a str,
    service: Committed,
}

/// The engine, class and standby that a key on demand is for.
struct Running<'a> {
    engine: &'a str,
    class: &'a str,
    multi_az: bool,
}

impl<'a> Reserved<'a> {
    /// None of a Savings Plan, and of one that says too little.
    pub fn of(one: &'a Commitment) -> Option<Self> {
        let (class, service) = (one.class.as_deref()?, one.service);
        let key = match service {
            Committed::Rds => {
                // The catalogue names engines as AWS's price list does.
                let engine = one.engine.as_deref().map(|engine| if engine == "postgres" { "postgresql" } else { engine })?;
                let zones = if one.multi_az == Some(true) { "multi_az" } else { "single_az" };
                format!("rds.instance.{engine}.{zones}.{class}")
            }
            Committed::Elasticache => format!("elasticache.node.{}.{class}", one.engine.as_deref()?),
            Committed::Opensearch => format!("opensearch.instance.{class}"),
            Committed::ComputeSavingsPlan | Committed::DatabaseSavingsPlan | Committed::Ec2 => return None,
        };
        let units = units_of(service, &running(service, &key)?)?;
        Some(Reserved { key, units, class, service })
    }

    /// Returns the key of a part of its price: `reserved.hour.1yr.no_upfront.rds.instance.…`.
    pub fn price_key(&self, part: &str, one: &Commitment) -> String {
        format!("reserved.{part}.{}yr.{}.{}", one.years, one.payment.words().replace(' ', "_"), self.key)
    }

    /// True for a line of its own engine, which it covers before those of another.
    pub fn is_own(&self, line: &Line) -> bool {
        let engine = |key| running(self.service, key).map(|running| running.engine);
        engine(&line.key) == engine(&self.key)
    }

    /// Returns the normalized units of an hour of a line that it can cover.
    pub fn covers(&self, line: &Line) -> Option<Decimal> {
        if line.unit != "hour" || line.what.starts_with(SURCHARGE) {
            return None;
        }
        let (own, other) = (running(self.service, &self.key)?, running(self.service, &line.key)?);
        let family = |class: &str| class.rsplit_once('.').map(|(family, _)| family.to_owned());
        let fits = match self.service {
            Committed::Opensearch => other.class == self.class,
            Committed::Elasticache => {
                let engine = own.engine == other.engine || (own.engine, other.engine) == ("redis", "valkey");
                engine && family(own.class) == family(other.class)
            }
            _ => own.engine == other.engine && family(own.class) == family(other.class),
        };
        if fits { units_of(self.service, &other) } else { None }
    }
}

fn running(service: Committed, key: &str) -> Option<Running<'_>> {
    match service {
        Committed::Rds => {
            let (engine, rest) = key.strip_prefix("rds.instance.")?.split_once('.')?;
            let (zones, class) = rest.split_once('.')?;
            Some(Running { engine, class, multi_az: zones == "multi_az" })
        }
        Committed::Elasticache => {
            let (engine, class) = key.strip_prefix("elasticache.node.")?.split_once('.')?;
            Some(Running { engine, class, multi_az: false })
        }
        Committed::Opensearch => Some(Running { engine: "", class: key.strip_prefix("opensearch.instance.")?, multi_az: false }),
        Committed::ComputeSavingsPlan | Committed::DatabaseSavingsPlan | Committed::Ec2 => None,
    }
}

fn units_of(service: Committed, running: &Running<'_>) -> Option<Decimal> {
    if service == Committed::Opensearch {
        return Some(Decimal::ONE);
    }
    let size = running.class.rsplit_once('.').map(|(_, size)| size)?;
    let times = match (running.multi_az, running.engine) {
        (true, _) => Decimal::TWO,
        (false, "valkey") => Decimal::new(8, 1),
        (false, _) => Decimal::ONE,
    };
    Some(units(size)? * times)
}
