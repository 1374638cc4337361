//! Pools of members that are open, closed, busy and slow.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// A pool of which these positions are open, all alike.
fn open(positions: &[usize]) -> Vec<(usize, Seat<'static>)> {
    let seat = |position: usize| Seat {
        name: NAMES[position % NAMES.len()],
        weight: Weight::ONE,
        load: 0,
        latency: Duration::ZERO,
    };
    positions.iter().map(|position| (*position, seat(*position))).collect()
}

fn weighing(weights: &[u64]) -> Vec<(usize, Seat<'static>)> {
    let mut seats = open(&(0..weights.len()).collect::<Vec<_>>());
    for ((_, seat), weight) in seats.iter_mut().zip(weights) {
        seat.weight = Weight(*weight);
    }
    seats
}

/// Members with these loads, and latencies in milliseconds.
fn busy(figures: &[(u32, u64)]) -> Vec<(usize, Seat<'static>)> {
    let mut seats = open(&(0..figures.len()).collect::<Vec<_>>());
    for ((_, seat), (load, latency)) in seats.iter_mut().zip(figures) {
        (seat.load, seat.latency) = (*load, Duration::from_millis(*latency));
    }
    seats
}

fn at(algorithm: Algorithm, seats: &[(usize, Seat<'_>)], of: usize, turn: u64) -> Option<usize> {
    pick(algorithm, seats, of, Draw { turn, dice: &mut Dice::new(turn), prompt: None })
}

fn hashed(seats: &[(usize, Seat<'_>)], of: usize, prompt: u64) -> Option<usize> {
    let draw = Draw { turn: 0, dice: &mut Dice::new(0), prompt: Some(prompt) };
    pick(Algorithm::ConsistentHash, seats, of, draw)
}

fn without(seats: &[(usize, Seat<'static>)], gone: usize) -> Vec<(usize, Seat<'static>)> {
    seats.iter().filter(|(position, _)| *position != gone).copied().collect()
}

/// How often each of `of` positions is picked in these turns.
fn counts(
    algorithm: Algorithm,
    seats: &[(usize, Seat<'_>)],
    of: usize,
    turns: std::ops::Range<u64>,
) -> Vec<u64> {
    let mut counts = vec![0; of];
    turns.for_each(|turn| counts[at(algorithm, seats, of, turn).unwrap()] += 1);
    counts
}

const ALL: [Algorithm; 5] = [
    Algorithm::RoundRobin,
    Algorithm::LeastConnections,
    Algorithm::Weighted,
    Algorithm::LeastLatency,
    Algorithm::ConsistentHash,
];

#[test]
fn nobody_is_picked_where_nobody_is_open_and_the_only_one_where_there_is_one() {
    for algorithm in ALL {
        for turn in 0..20 {
            assert_eq!(at(algorithm, &[], 3, turn), None, "{algorithm:?}");
            assert_eq!(at(algorithm, &[], 0, turn), None, "{algorithm:?}");
            assert_eq!(at(algorithm, &open(&[2]), 3, turn), Some(2), "{algorithm:?}");
        }
    }
    assert_eq!(hashed(&[], 3, 7), None);
    assert_eq!(hashed(&open(&[2]), 3, 7), Some(2));
}

#[test]
fn round_robin_deals_the_turns_of_the_closed_to_all_the_open() {
    let cases: [(&[usize], [usize; 12]); 4] = [
        (&[0, 1, 2, 3], [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]),
        (&[0, 2, 3], [0, 0, 2, 3, 0, 2, 2, 3, 0, 3, 2, 3]),
        (&[0, 3], [0, 0, 3, 3, 0, 0, 3, 3, 0, 0, 3, 3]),
        (&[1], [1; 12]),
    ];
    for (positions, expected) in cases {
        let found: Vec<_> =
            (0..12).map(|turn| at(Algorithm::RoundRobin, &open(positions), 4, turn).unwrap()).collect();
        assert_eq!(found, expected, "{positions:?}");
    }
}

#[test]
fn a_hash_without_a_prompt_goes_round() {
    for positions in [&[0, 1, 2, 3, 4][..], &[0, 3, 4], &[1]] {
        for turn in 0..60 {
            let seats = open(positions);
            let round = at(Algorithm::RoundRobin, &seats, 5, turn);
            assert_eq!(at(Algorithm::ConsistentHash, &seats, 5, turn), round, "{positions:?} {turn}");
        }
    }
}

#[test]
fn weights_of_nothing_are_never_picked() {
    let seats = weighing(&[0, 3, 0]);
    for turn in 0..100 {
        assert_eq!(at(Algorithm::Weighted, &seats, 3, turn), Some(1));
        assert_eq!(hashed(&seats, 3, turn), Some(1));
    }
    assert_eq!(at(Algorithm::Weighted, &weighing(&[0, 0]), 2, 1), None);
    assert_eq!(hashed(&weighing(&[0, 0]), 2, 1), None);
}

/// One request's attempts share a turn; who comes second must not hang on who came first.
#[test]
fn those_whom_a_member_failed_are_spread_over_the_others() {
    let cases: [(Algorithm, &[u64]); 3] = [
        (Algorithm::RoundRobin, &[1, 1, 1, 1]),
        (Algorithm::LeastConnections, &[1, 1, 1, 1, 1]),
        (Algorithm::Weighted, &[10, 20, 30, 40]),
    ];
    for (algorithm, weights) in cases {
        let (seats, of) = (weighing(weights), weights.len());
        for first in 0..of {
            let rest = without(&seats, first);
            let failed = (0..30_000).filter(|turn| at(algorithm, &seats, of, *turn) == Some(first));
            let seconds: Vec<usize> = failed.filter_map(|turn| at(algorithm, &rest, of, turn)).collect();
            let whole: u64 = rest.iter().map(|(_, seat)| seat.weight.0).sum();
            for (second, seat) in &rest {
                let count = seconds.iter().filter(|position| *position == second).count() as u64;
                let expected = seconds.len() as u64 * seat.weight.0 / whole;
                assert!(count.abs_diff(expected) <= 20, "{algorithm:?} {first} {second}: {count} {expected}");
            }
        }
    }
}

/// A name, the loads and latencies of two members, and who may be picked.
type Case = (&'static str, [(u32, u64); 2], &'static [usize]);

#[test]
fn of_two_the_one_with_the_shorter_wait_is_picked() {
    let cases: [Case; 8] = [
        ("quicker", [(0, 100), (0, 200)], &[0]),
        ("quicker, yet with a queue", [(2, 100), (0, 200)], &[1]),
        ("equal waits, shorter queue", [(1, 100), (0, 200)], &[1]),
        ("equal in all", [(1, 100), (1, 100)], &[0, 1]),
        ("nothing known of one", [(0, 1), (0, 0)], &[1]),
        ("nothing known of one that is being tried", [(0, 100), (1, 0)], &[0]),
        ("being tried, the other busier", [(1, 100), (1, 0)], &[1]),
        ("nothing known of both", [(2, 0), (1, 0)], &[1]),
    ];
    for (name, figures, expected) in cases {
        let seats = busy(&figures);
        let mut found: Vec<_> =
            (0..100).map(|seed| at(Algorithm::LeastLatency, &seats, 2, seed).unwrap()).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, expected, "{name}");
    }
}

/// Of n members by speed, the k-th wins against the n - k slower ones: so many pairs of n * (n - 1) / 2.
#[test]
fn every_pair_of_members_is_as_likely() {
    let seats = busy(&[(0, 10), (0, 20), (0, 30), (0, 40), (0, 50)]);
    let mut dice = Dice::new(7);
    let mut counts = [0u32; 5];
    for turn in 0..10_000 {
        let draw = Draw { turn, dice: &mut dice, prompt: None };
        counts[pick(Algorithm::LeastLatency, &seats, 5, draw).unwrap()] += 1;
    }
    for (count, expected) in counts.into_iter().zip([4_000u32, 3_000, 2_000, 1_000, 0]) {
        assert!(count.abs_diff(expected) < 200, "{counts:?}");
    }
    assert_eq!(counts[4], 0);
}

#[test]
fn a_hash_shares_prompts_out_by_weight() {
    let (weights, seats) = ([1u64, 2, 3, 4], weighing(&[1, 2, 3, 4]));
    let mut counts = [0u64; 4];
    let mut prompts = Dice::new(1);
    (0..20_000).for_each(|_| counts[hashed(&seats, 4, prompts.throw()).unwrap()] += 1);
    for (count, weight) in counts.into_iter().zip(weights) {
        assert!(count.abs_diff(weight * 2_000) < 300, "{counts:?}");
    }
}

prop_compose! {
    /// Which of up to eight members are open, at least one, and of how many.
    fn any_pool()(of in 1..=8usize)(open in prop::sample::subsequence((0..of).collect::<Vec<_>>(), 1..=of), of in Just(of))
        -> (Vec<usize>, usize) { (open, of) }
}

proptest! {
    #[test]
    fn round_robin_is_fair_over_any_window((positions, of) in any_pool(), start in 0..u64::MAX / 2, turns in 0..300u64) {
        let counts = counts(Algorithm::RoundRobin, &open(&positions), of, start..start + turns);
        let of_open = || positions.iter().map(|position| counts[*position]);
        let slack = if positions.len() == of { 1 } else { 2 };
        prop_assert!(of_open().max().unwrap() - of_open().min().unwrap() <= slack, "{counts:?}");
        prop_assert_eq!(of_open().sum::<u64>(), turns);
    }

    #[test]
    fn round_robin_is_exact_over_every_full_round((positions, of) in any_pool(), start in 0..u64::MAX / 2) {
        let turns = (of * positions.len()) as u64;
        let counts = counts(Algorithm::RoundRobin, &open(&positions), of, start..start + turns);
        for position in positions {
            prop_assert_eq!(counts[position], of as u64);
        }
    }

    #[test]
    fn round_robin_leaves_the_open_their_own_turns((positions, of) in any_pool(), turn: u64) {
        let own = usize::try_from(turn % of as u64).unwrap();
        let picked = at(Algorithm::RoundRobin, &open(&positions), of, turn).unwrap();
        prop_assert!(positions.contains(&picked));
        prop_assert!(picked == own || !positions.contains(&own));
    }

    #[test]
    fn least_connections_never_picks_a_busier_one(loads in prop::collection::vec(0..4u32, 1..9), turn: u64) {
        let seats = busy(&loads.iter().map(|load| (*load, 0)).collect::<Vec<_>>());
        let picked = at(Algorithm::LeastConnections, &seats, loads.len(), turn).unwrap();
        prop_assert_eq!(Some(&loads[picked]), loads.iter().min());
    }

    #[test]
    fn least_connections_lets_equals_take_turns(loads in prop::collection::vec(0..3u32, 1..9), start in 0..u64::MAX / 2) {
        let seats = busy(&loads.iter().map(|load| (*load, 0)).collect::<Vec<_>>());
        let idlest: Vec<usize> = (0..loads.len()).filter(|at| Some(&loads[*at]) == loads.iter().min()).collect();
        let turns = (loads.len() * idlest.len()) as u64;
        let counts = counts(Algorithm::LeastConnections, &seats, loads.len(), start..start + turns);
        for position in idlest {
            prop_assert_eq!(counts[position], loads.len() as u64);
        }
    }

    #[test]
    fn weighted_keeps_every_share_whoever_is_closed(
        (positions, of) in any_pool(),
        weights in prop::collection::vec(1..=100u64, 8),
        start: u64,
        turns in 1..=3_000u64,
    ) {
        let mut seats = open(&positions);
        for (position, seat) in &mut seats {
            seat.weight = Weight(weights[*position]);
        }
        let whole: u64 = seats.iter().map(|(_, seat)| seat.weight.0).sum();
        let mut counts = vec![0; of];
        for turn in 0..turns {
            counts[at(Algorithm::Weighted, &seats, of, start.wrapping_add(turn)).unwrap()] += 1;
        }
        for (position, seat) in seats {
            prop_assert!((counts[position] * whole).abs_diff(turns * seat.weight.0) < 6 * whole, "{counts:?}");
        }
    }

    #[test]
    fn a_member_that_vanishes_takes_only_its_own_prompts_along(
        weights in prop::collection::vec(1..5u64, 2..8),
        gone: prop::sample::Index,
        prompts in prop::collection::vec(any::<u64>(), 50),
    ) {
        let seats = weighing(&weights);
        let gone = gone.index(weights.len());
        let rest = without(&seats, gone);
        for prompt in prompts {
            let (before, after) = (hashed(&seats, weights.len(), prompt), hashed(&rest, weights.len(), prompt));
            prop_assert!(before == after || before == Some(gone));
            prop_assert!(after.is_some_and(|after| after != gone));
        }
    }

    #[test]
    fn latency_never_picks_the_slowest_of_all(figures in prop::collection::vec((0..5u32, 1..50u64), 2..8), seed: u64) {
        let cost = |(load, latency): (u32, u64)| (u64::from(load) + 1) * latency;
        let picked = cost(figures[at(Algorithm::LeastLatency, &busy(&figures), figures.len(), seed).unwrap()]);
        let costs = figures.iter().map(|figure| cost(*figure));
        prop_assert!(costs.clone().filter(|cost| *cost >= picked).count() >= 2, "{figures:?}");
    }
}
