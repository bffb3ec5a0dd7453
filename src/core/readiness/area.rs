//! The areas that a score is made of.

use super::super::code::Category;

/// A side of a stack that a score is given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    Network,
    Data,
    Security,
    Reliability,
    Observability,
    Cost,
    Delivery,
    Integration,
}

/// The codes of readiness are one family.
pub const FAMILY: &str = "RDY";

impl Area {
    pub const ALL: [Area; 8] =
        [Area::Network, Area::Data, Area::Security, Area::Reliability, Area::Observability, Area::Cost, Area::Delivery, Area::Integration];

    /// Returns the points that it is worth; those of all areas are a hundred.
    #[must_use]
    pub const fn weight(self) -> u32 {
        match self {
            Area::Network => 12,
            Area::Data => 18,
            Area::Security => 18,
            Area::Reliability => 16,
            Area::Observability => 12,
            Area::Cost => 6,
            Area::Delivery => 10,
            Area::Integration => 8,
        }
    }

    /// Returns the category of the codes that are about it.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Area::Network => Category::Network,
            Area::Data => Category::Data,
            Area::Security => Category::Security,
            Area::Reliability => Category::Reliability,
            Area::Observability => Category::Observability,
            Area::Cost => Category::Cost,
            Area::Delivery => Category::Delivery,
            Area::Integration => Category::Integration,
        }
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        self.category().name()
    }
}
