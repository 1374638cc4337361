//! The boundary at which a check that fails is caught: whatever goes wrong inside, the request is judged.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// A check did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

/// What `check` says, unless it panics. What it leaves half done is thrown away by its callers.
pub(crate) fn caught<T>(check: impl FnOnce() -> T) -> Result<T, Failed> {
    catch_unwind(AssertUnwindSafe(check)).map_err(|_| Failed)
}
