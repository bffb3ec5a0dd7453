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
    fn key(self, part: &str) -> String {
        format!("s3.{}.{part}", self.name())
    }
}

pub fn storage(class: Class, gb: Given) -> Charge {
    // An object that has just arrived in Intelligent-Tiering lies in its tier for frequent access.
    let part = if class == Class::IntelligentTiering { "frequent.storage" } else { "storage" };
    Charge::usage(format!("storage {}", class.name()), class.key(part), "GB-month", gb)
}

/// PUT, COPY, POST and LIST.
pub fn writes(class: Class, requests: Given) -> Charge {
    Charge::usage("PUT, COPY, POST, LIST requests", class.key("requests_tier1"), "1k requests", requests.per(1_000))
}

/// GET and all the rest.
pub fn reads(class: Class, requests: Given) -> Charge {
    Charge::usage("GET and other requests", class.key("requests_tier2"), "1k requests", requests.per(1_000))
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
