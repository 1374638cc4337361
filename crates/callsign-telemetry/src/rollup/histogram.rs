//! Times counted in buckets whose width grows with them: a percentile is off by a thirty-second at most, whatever the times.

/// How many times of each length there were. Only lengths that were seen take room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// Buckets and counts above 0, sorted by bucket.
    counts: Vec<(u16, u32)>,
    total: u64,
}

/// Each doubling has so many buckets; what is shorter, in milliseconds, has one of its own.
const EACH: u64 = 16;
/// The logarithm of that.
const BITS: u32 = EACH.trailing_zeros();
/// Longer times count as this long: 74 hours.
const LONGEST: u64 = (1 << 28) - 1;

// === impl Histogram ===

impl Histogram {
    /// Counts a time.
    pub fn add(&mut self, milliseconds: u64) {
        self.add_to(bucket(milliseconds), 1);
    }

    /// Counts all that `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.counts {
            self.add_to(*bucket, *count);
        }
    }

    /// Forgets what `other` has counted.
    pub fn subtract(&mut self, other: &Self) {
        for (bucket, gone) in &other.counts {
            let Ok(place) = self.counts.binary_search_by_key(bucket, |(bucket, _)| *bucket) else { continue };
            let Some((_, count)) = self.counts.get_mut(place) else { continue };
            let left = count.saturating_sub(*gone);
            self.total -= u64::from(*count - left);
            *count = left;
        }
        self.counts.retain(|(_, count)| *count > 0);
    }

    /// The time that so many thousandths of all do not pass, in milliseconds; `None` where there are none.
    pub fn percentile(&self, thousandths: u64) -> Option<u64> {
        let rank = (self.total * thousandths).div_ceil(1000).max(1);
        let mut seen = 0;
        self.counts.iter().find_map(|(bucket, count)| {
            seen += u64::from(*count);
            (seen >= rank).then(|| middle(*bucket))
        })
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The buckets that hold any, with their counts.
    pub(super) fn counts(&self) -> &[(u16, u32)] {
        &self.counts
    }

    pub(super) fn add_to(&mut self, bucket: u16, count: u32) {
        match self.counts.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(place) => {
                if let Some((_, known)) = self.counts.get_mut(place) {
                    let more = known.saturating_add(count);
                    self.total += u64::from(more - *known);
                    *known = more;
                }
            }
            Err(place) => {
                self.counts.insert(place, (bucket, count));
                self.total += u64::from(count);
            }
        }
    }
}

/// Where a time is counted.
fn bucket(milliseconds: u64) -> u16 {
    let time = milliseconds.min(LONGEST);
    if time < EACH {
        return u16::try_from(time).unwrap_or_default();
    }
    let doubling = time.ilog2() - BITS;
    let place = u64::from(doubling + 1) * EACH + ((time >> doubling) - EACH);
    u16::try_from(place).unwrap_or(u16::MAX)
}

/// The middle of a bucket.
fn middle(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    let Some(doubling) = (bucket / EACH).checked_sub(1) else { return bucket };
    let doubling = doubling.min(40);
    let first = (EACH + bucket % EACH) << doubling;
    first + ((1_u64 << doubling) - 1) / 2
}
