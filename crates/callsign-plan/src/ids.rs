//! Places in the catalog's tables. An id is only good for the catalog that gave it.

/// Where an alias stands in [`crate::catalog::Catalog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AliasId(pub u32);

/// Where a target stands in [`crate::catalog::Catalog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetId(pub u32);
