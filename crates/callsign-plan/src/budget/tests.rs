//! What a budget gives out, second by second.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn second(seconds: u64) -> Moment {
    Moment(Duration::from_secs(seconds))
}

/// How many retries there are at `now`.
fn left(budget: &RetryBudget, now: Moment) -> usize {
    let mut budget = budget.clone();
    (0..1_000).take_while(|_| budget.withdraw(now)).count()
}

/// A budget after so many first attempts, of which all is taken or nothing.
fn after(first_attempts: u32) -> RetryBudget {
    let mut budget = RetryBudget::default();
    (0..first_attempts).for_each(|_| budget.deposit(second(0)));
    budget
}

fn emptied(budget: &RetryBudget, now: Moment) -> RetryBudget {
    let mut budget = budget.clone();
    while budget.withdraw(now) {}
    budget
}

#[test]
fn first_attempts_add_a_fifth_each_up_to_the_cap() {
    for (first_attempts, expected) in
        [(0, 10), (4, 10), (5, 11), (9, 11), (50, 20), (450, 100), (10_000, 100)]
    {
        assert_eq!(left(&after(first_attempts), second(0)), expected, "{first_attempts}");
    }
}

#[test]
fn time_fills_the_reserve_and_no_more() {
    let empty = emptied(&after(1_000), second(0));
    for (seconds, expected) in [(0, 0), (1, 1), (9, 9), (10, 10), (11, 10), (1_000_000, 10)] {
        assert_eq!(left(&empty, second(seconds)), expected, "{seconds}");
    }
    assert_eq!(left(&after(50), second(1_000)), 20, "what was earned stays");
}

#[test]
fn a_second_in_small_pieces_is_a_second() {
    let mut budget = emptied(&after(0), second(0));
    for millis in 1..1_000 {
        assert!(!budget.withdraw(Moment(Duration::from_millis(millis))), "{millis}");
    }
    assert!(budget.withdraw(second(1)));
}

#[test]
fn a_clock_that_steps_back_fills_nothing_twice() {
    let mut budget = emptied(&after(0), second(100));
    assert!(!budget.withdraw(second(50)));
    assert!(!budget.withdraw(second(100)));
    assert!(budget.withdraw(second(101)));
}

proptest! {
    #[test]
    fn retries_never_pass_a_fifth_of_first_attempts_the_reserve_and_the_seconds(
        steps in prop::collection::vec((0..3_000_000_000u64, 0..20u32, 0..20u32), 0..100),
    ) {
        let mut budget = RetryBudget::default();
        let (mut now, mut first_attempts, mut retries) = (0, 0, 0);
        for (passed, firsts, asked) in steps {
            now += passed;
            let moment = Moment(Duration::from_nanos(now));
            (0..firsts).for_each(|_| budget.deposit(moment));
            first_attempts += u64::from(firsts);
            retries += (0..asked).filter(|_| budget.withdraw(moment)).count() as u64;
            prop_assert!(retries * ONE <= first_attempts * ONE / 5 + 10 * ONE + now);
        }
    }

    /// Whoever asks for no more than a fifth of what they send, is never refused.
    #[test]
    fn modest_askers_are_never_refused(rounds in prop::collection::vec(0..100u32, 1..100)) {
        let mut budget = RetryBudget::default();
        for (passed, fives) in (0..).zip(rounds) {
            (0..fives * 5).for_each(|_| budget.deposit(second(passed)));
            prop_assert!((0..fives).all(|_| budget.withdraw(second(passed))));
        }
    }
}
