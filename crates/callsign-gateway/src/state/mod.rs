//! What outlives a request: the compiled world, and the count of what is under way.

pub(crate) mod reach;
pub(crate) mod tally;
pub(crate) mod world;
