//! Pauses, drawn many times.

use proptest::prelude::*;

use super::*;

#[test]
fn pauses_reach_from_nothing_to_the_doubled_backoff() {
    let cases = [
        (0, 0, 0),
        (0, 40, 0),
        (100, 0, 100),
        (100, 1, 200),
        (100, 5, 3_200),
        (100, 9, 30_000),
        (100, u32::MAX, 30_000),
        (1, 14, 16_384),
        (60_000, 0, 30_000),
        (u64::MAX, 31, 30_000),
    ];
    for (backoff, retry, longest) in cases {
        let mut dice = Dice::new(backoff ^ u64::from(retry));
        let (backoff, longest) = (Duration::from_millis(backoff), Duration::from_millis(longest));
        let pauses: Vec<Duration> = (0..1_000).map(|_| pause(backoff, retry, &mut dice)).collect();
        let mean = pauses.iter().sum::<Duration>() / 1_000;
        assert!(pauses.iter().all(|pause| *pause <= longest), "{backoff:?} {retry}");
        assert!(pauses.iter().max() >= Some(&(longest * 98 / 100)), "{backoff:?} {retry}");
        assert!(pauses.iter().min() <= Some(&(longest * 2 / 100)), "{backoff:?} {retry}");
        assert!(mean.abs_diff(longest / 2) <= longest / 20, "{backoff:?} {retry}: {mean:?}");
    }
}

proptest! {
    #[test]
    fn no_pause_is_longer_than_the_cap(seconds: u64, nanos in 0..1_000_000_000u32, retry: u32, seed: u64) {
        prop_assert!(pause(Duration::new(seconds, nanos), retry, &mut Dice::new(seed)) <= CAP);
    }
}
