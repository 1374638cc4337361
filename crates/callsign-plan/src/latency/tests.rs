//! Peaks and what time leaves of them.

use proptest::prelude::*;

use super::*;

fn after(millis: u64) -> Moment {
    Moment(Duration::from_millis(millis))
}

#[test]
fn peaks_count_at_once_and_fade() {
    // Samples as (when, how long), and what is read when; all in milliseconds.
    let cases: [(_, &[(u64, u64)], _, _); 10] = [
        ("nothing known", &[], 5, 0),
        ("the first sample", &[(0, 100)], 0, 100),
        ("a peak counts at once", &[(0, 100), (1, 900)], 1, 900),
        ("a steady target stays", &[(0, 100), (7_000, 100), (14_000, 100)], 14_000, 100),
        ("fades by e in ten seconds", &[(0, 1_000)], 10_000, 368),
        ("and again", &[(0, 1_000)], 20_000, 135),
        ("a lower sample draws down slowly", &[(0, 1_000), (10_000, 100)], 10_000, 431),
        ("hardly, where it comes soon", &[(0, 1_000), (10, 100)], 10, 999),
        ("a clock that steps back", &[(10_000, 1_000), (5_000, 100)], 10_000, 1_000),
        ("a long silence forgets", &[(0, 1_000)], 600_000, 0),
    ];
    for (name, samples, when, expected) in cases {
        let mut average = PeakEwma::default();
        for (at, sample) in samples {
            average.observe(Duration::from_millis(*sample), after(*at));
        }
        let read = average.read(after(when));
        assert!(
            read.abs_diff(Duration::from_millis(expected)) < Duration::from_millis(1),
            "{name}: {read:?}"
        );
    }
}

#[test]
fn a_sample_of_nothing_is_not_the_same_as_no_sample() {
    let mut average = PeakEwma::default();
    average.observe(Duration::ZERO, after(0));
    assert!(!average.read(after(0)).is_zero());
}

#[test]
fn the_longest_of_all_samples_is_cut() {
    let mut average = PeakEwma::default();
    average.observe(Duration::MAX, after(0));
    average.observe(Duration::MAX, after(0));
    assert_eq!(average.read(after(0)), LONGEST);
}

proptest! {
    #[test]
    fn the_figure_lies_between_the_last_sample_and_the_highest(
        samples in prop::collection::vec((0..60_000u64, 1..60_000u64), 1..50),
    ) {
        let mut average = PeakEwma::default();
        let (mut now, mut highest) = (0, 0);
        for (passed, sample) in samples {
            now += passed;
            highest = highest.max(sample);
            average.observe(Duration::from_millis(sample), after(now));
            let read = average.read(after(now));
            prop_assert!(read >= Duration::from_millis(sample) && read <= Duration::from_millis(highest));
            prop_assert!(average.read(after(now + 1)) <= read);
        }
    }

    #[test]
    fn no_clock_and_no_sample_breaks_it(samples in prop::collection::vec((any::<Duration>(), any::<Duration>()), 1..20)) {
        let mut average = PeakEwma::default();
        for (at, sample) in samples {
            average.observe(sample, Moment(at));
            prop_assert!(average.read(Moment(at)) >= sample.min(LONGEST));
            prop_assert!(average.read(Moment(Duration::MAX)) <= LONGEST);
        }
    }
}
