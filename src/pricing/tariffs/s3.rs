//! Buckets: what is kept, by class, and what is asked of them. <https://aws.amazon.com/s3/pricing/>

use crate::pricing::{Charge, Given};

/// A storage class as the catalogue names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Standard,
    StandardIa,
    OnezoneIa,
    IntelligentTiering,
    GlacierInstant,
    GlacierFlexible,
    GlacierDeep,
}

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Class::Standard => "standard",
            Class::StandardIa => "standard_ia",
            Class::OnezoneIa => "onezone_ia",
            Class::IntelligentTiering => "intelligent_tiering",
            Class::GlacierInstant => "glacier_ir",
            Class::GlacierFlexible => "glacier_flexible",
            Class::GlacierDeep => "glacier_deep",
        }
    }
    /// Returns the words that tell requests to another class from those to the one for everyday use.
    fn words(self) -> String {
        if self == Class::Standard { String::new() } else { format!(", {}", self.name()) }
    }
    fn key(self, part: &str) -> String {
        format!("s3.{}.{part}", self.name())
    }
}

pub fn storage(class: Class, gb: Given) -> Charge {
    // An object that has just arrived in Intelligent-Tiering lies in its tier for frequent access.
    let part = if class == Class::IntelligentTiering { "frequent.storage" } else { "storage" };
    Charge::usage(format!("storage {}", class.name()), class.key(part), "GB-month", gb)
}

/// The colder tiers of Intelligent-Tiering: `infrequent`, `archive_instant`, `archive`, `deep_archive`.
pub fn cold_tier(tier: &str, gb: Given) -> Charge {
    let what = format!("storage intelligent_tiering, {}", tier.replace('_', " "));
    Charge::usage(what, format!("s3.intelligent_tiering.{tier}.storage"), "GB-month", gb)
}

/// Watching over objects that move between tiers by themselves. Smaller ones than 128 KB are not watched and not billed.
pub fn monitoring(objects: Given) -> Charge {
    Charge::usage("objects watched by intelligent_tiering", "s3.intelligent_tiering.monitoring", "1k objects", objects.per(1_000))
}

/// PUT, COPY, POST and LIST.
pub fn writes(class: Class, requests: Given) -> Charge {
    let what = format!("PUT, COPY, POST, LIST requests{}", class.words());
    Charge::usage(what, class.key("requests_tier1"), "1k requests", requests.per(1_000))
}

/// GET and all the rest.
pub fn reads(class: Class, requests: Given) -> Charge {
    let what = format!("GET and other requests{}", class.words());
    Charge::usage(what, class.key("requests_tier2"), "1k requests", requests.per(1_000))
}

/// Objects that a lifecycle rule moves into a class.
pub fn transitions(class: Class, requests: Given) -> Charge {
    Charge::usage(format!("moves to {}", class.name()), class.key("lifecycle_transition"), "1k requests", requests.per(1_000))
}

/// Reading what lies in a class for what is rarely read.
pub fn retrieval(class: Class, gb: Given) -> Charge {
    let part = match class {
        Class::GlacierFlexible | Class::GlacierDeep => "retrieval_standard_gb",
        Class::Standard | Class::StandardIa | Class::OnezoneIa | Class::IntelligentTiering | Class::GlacierInstant => "retrieval_gb",
    };
    Charge::usage(format!("reading from {}", class.name()), class.key(part), "GB", gb)
}

/// Objects of an archive that are restored before they can be read, and their bytes; `how` fast: `standard`, `expedited`, `bulk`.
pub fn restores(class: Class, how: &str, objects: Option<Given>, gb: Option<Given>) -> Vec<Charge> {
    let what = |what: &str| format!("{what} from {}, {how}", class.name());
    let requests = |objects: Given| {
        Charge::usage(what("restores"), class.key(&format!("retrieval_{how}_requests")), "1k requests", objects.per(1_000))
    };
    let bytes = |gb: Given| Charge::usage(what("reading"), class.key(&format!("retrieval_{how}_gb")), "GB", gb);
    objects.map(requests).into_iter().chain(gb.map(bytes)).collect()
}
