//! What an answer took, counted the same way for every dialect.

/// Tokens that were read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// All input tokens, those read from and written to a cache included. (Anthropic and Bedrock count them apart.)
    pub input: u64,
    /// Input tokens that were read from a cache.
    pub cache_read: Option<u64>,
    /// Input tokens that were written to a cache.
    pub cache_write: Option<u64>,
    /// Of those, the ones that are kept for an hour; the others are kept for five minutes.
    pub cache_write_hour: Option<u64>,
    /// All output tokens, those of reasoning included. (Gemini counts them apart.)
    pub output: u64,
    /// Output tokens of reasoning.
    pub reasoning: Option<u64>,
}

// === impl Usage ===

impl Usage {
    /// Input tokens that no cache had to do with.
    pub const fn fresh_input(&self) -> u64 {
        let cached = match (self.cache_read, self.cache_write) {
            (Some(read), Some(write)) => read.saturating_add(write),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => 0,
        };
        self.input.saturating_sub(cached)
    }

    /// All of them.
    pub const fn total(&self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// Takes over what `later` knows: of a stream's counts the last ones hold, and none of them is an increment.
    pub fn update(&mut self, later: &Self) {
        (self.input, self.output) = (later.input, later.output);
        self.cache_read = later.cache_read.or(self.cache_read);
        self.cache_write = later.cache_write.or(self.cache_write);
        self.cache_write_hour = later.cache_write_hour.or(self.cache_write_hour);
        self.reasoning = later.reasoning.or(self.reasoning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_last_holds_even_if_it_is_nothing() {
        let mut usage = Usage { input: 42, output: 7, cache_read: Some(3), ..Usage::default() };
        usage.update(&Usage { reasoning: Some(1), ..Usage::default() });
        assert_eq!(usage, Usage { cache_read: Some(3), reasoning: Some(1), ..Usage::default() });
    }
}
