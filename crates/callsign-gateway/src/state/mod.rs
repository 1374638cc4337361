//! What outlives a request: the compiled world, how targets are doing, and the count of what is under way.

pub(crate) mod books;
pub(crate) mod clock;
pub(crate) mod patience;
pub(crate) mod policies;
pub(crate) mod prices;
pub(crate) mod reach;
pub(crate) mod shortfall;
pub(crate) mod tally;
pub(crate) mod vitals;
pub(crate) mod world;
