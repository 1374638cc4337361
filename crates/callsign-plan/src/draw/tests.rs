//! Shares that are kept, keys that stay.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn weights(of: &[u64]) -> impl Iterator<Item = Weight> + Clone {
    of.iter().map(|weight| Weight(*weight))
}

fn named<'a>(names: &'a [&'a str], weights: &'a [u64]) -> impl Iterator<Item = (&'a str, Weight)> {
    names.iter().copied().zip(weights.iter().map(|weight| Weight(*weight)))
}

/// Weights as people write them, and as nobody does.
fn any_weights() -> impl Strategy<Value = Vec<u64>> {
    let part = prop_oneof![
        4 => (0..=100u64).prop_map(|percent| percent * Weight::ONE.0),
        2 => 0..=Weight::WHOLE.0,
        1 => Just(0),
        1 => any::<u64>(),
    ];
    prop::collection::vec(part, 1..40)
}

/// The furthest that the count of any arc of the circle is away from its share, among the first `turns` turns.
///
/// Between the points of `n` turns, in order, the excess of an arc from the i-th to the j-th, both within it, is
/// `1 + d(j) - d(i)` with `d(i) = i - n * x(i)`, and its lack without the two is the same turned round.
fn furthest_from_share(step: u64, turns: u32) -> f64 {
    let circle = 2f64.powi(64);
    let mut points: Vec<f64> = Vec::new();
    let mut furthest = 0f64;
    for turn in 0..turns {
        #[expect(clippy::cast_precision_loss, reason = "points are 10,000 times further apart")]
        let point = u64::from(turn).wrapping_mul(step) as f64 / circle;
        points.insert(points.partition_point(|other| *other < point), point);
        let (mut place, mut low, mut high) = (0.0, f64::MAX, f64::MIN);
        for point in &points {
            let ahead = place - f64::from(turn + 1) * point;
            low = if ahead < low { ahead } else { low };
            high = if ahead > high { ahead } else { high };
            place += 1.0;
        }
        furthest = furthest.max(1.0 + high - low);
    }
    furthest
}

/// The documented bound, for every arc of the circle, hence for every part of every split, from every start on.
#[test]
fn no_arc_of_the_circle_is_five_away_from_its_share_within_10_000_turns() {
    let furthest = furthest_from_share(STEP, 10_000);
    assert!((4.6..4.7).contains(&furthest), "{furthest}");
}

#[test]
fn the_part_whose_turn_it_is_is_known_by_hand() {
    let percent = Weight::ONE.0;
    let cases: [(&[u64], [usize; 10]); 5] = [
        (&[50 * percent, 50 * percent], [0, 0, 1, 0, 1, 1, 0, 1, 0, 0]),
        (&[95 * percent, 5 * percent], [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]),
        (&[5 * percent, 95 * percent], [1; 10]),
        (&[0, 100 * percent, 0], [1; 10]),
        (&[u64::MAX, u64::MAX, u64::MAX], [1, 0, 2, 1, 2, 1, 0, 2, 1, 0]),
    ];
    for (parts, expected) in cases {
        let found: Vec<_> = (0..10).map(|turn| in_turn(weights(parts), turn).unwrap()).collect();
        assert_eq!(found, expected, "{parts:?}");
    }
}

#[test]
fn nothing_is_drawn_from_nothing() {
    for parts in [&[][..], &[0], &[0, 0, 0]] {
        assert_eq!(in_turn(weights(parts), 7), None, "{parts:?}");
        assert_eq!(by_key("alias", b"key", parts.iter().map(|weight| ("a", Weight(*weight)))), None);
    }
}

#[test]
fn a_client_with_a_rhythm_still_meets_every_part() {
    let halves = [Weight::WHOLE.0 / 2; 2];
    for rhythm in 2..=64 {
        let of_second =
            (0..1_000).filter(|round| in_turn(weights(&halves), round * rhythm) == Some(1)).count();
        assert!((450..=550).contains(&of_second), "every {rhythm}th: {of_second}");
    }
}

/// Replicas of different versions serve one caller: these may never change. Taken from a second implementation, with
/// logarithms of 60 digits.
#[test]
fn choices_stay_what_they_were() {
    let prints = [
        ("", 0x4821_8226_ff3c_d4bf),
        ("a", 0x2971_c9eb_fb09_c2ca),
        ("12345678", 0xf54d_bbd9_4886_60b6),
        ("123456789", 0x85ac_b96b_4ea4_3b76),
        ("naïve", 0xcf2a_058d_c103_4943),
    ];
    for (text, print) in prints {
        assert_eq!(fingerprint(text.as_bytes()), print, "{text}");
    }
    let choices = |alias: &str, names: &[&str], weights: &[u64]| -> String {
        let choose = |user| by_key(alias, format!("user-{user}").as_bytes(), named(names, weights)).unwrap();
        (0..40).map(|user| choose(user).to_string()).collect()
    };
    let names = ["openai/gpt-4o", "anthropic/claude-sonnet-4-5", "openai/gpt-4o"];
    assert_eq!(choices("fast", &names, &[5, 90, 5]), "2111121121111111111111111111111121110111");
    let names = ["a", "b", "c", "d"];
    assert_eq!(choices("smart", &names, &[1; 4]), "1131310301233223100033321221330110113031");
}

/// The last binary digit may be off by one.
#[test]
fn a_distance_is_a_logarithm() {
    let cases: [(u64, u64); 6] = [
        (0, 64 << FRACTION_BITS),
        (1, 63 << FRACTION_BITS),
        (u64::MAX >> 1, 1 << FRACTION_BITS),
        (u64::MAX - 1, 1),
        (u64::MAX, 0),
        (0x0123_4567_89ab_cdef, 1_126_084_545_955_828_431),
    ];
    for (hash, expected) in cases {
        assert!(distance(hash).abs_diff(expected) <= 1, "{hash:#x}: {}", distance(hash));
    }
}

const KEYS: u32 = 100_000;

/// How many of the first `keys` keys each part gets.
fn counts(keys: u32, names: &[&str], weights: &[u64]) -> Vec<u32> {
    let mut counts = vec![0; names.len()];
    for key in 0..keys {
        counts[by_key("alias", &key.to_le_bytes(), named(names, weights)).unwrap()] += 1;
    }
    counts
}

/// Whether a fair draw would bring a count of about this size: within four and a half standard deviations.
fn fair(count: u32, draws: u32, share: f64) -> bool {
    let expected = f64::from(draws) * share;
    (f64::from(count) - expected).abs() <= 4.5 * (expected * (1.0 - share)).sqrt()
}

#[test]
fn keys_are_shared_out_by_weight() {
    let cases: [(u32, &[&str], &[u64]); 5] = [
        (KEYS, &["openai/gpt-4o", "openai/gpt-4o-mini", "off"], &[5, 95, 0]),
        (KEYS, &["a", "b"], &[500_000, 99_500_000]),
        (10_000, &["a", "b"], &[50, 50]),
        (10_000, &["a", "b", "c", "d", "e", "f", "g"], &[1, 2, 3, 4, 5, 6, 79]),
        (10_000, &["same", "same", "other", "same"], &[10, 20, 30, 40]),
    ];
    for (keys, names, weights) in cases {
        let whole: u64 = weights.iter().sum();
        for (count, weight) in counts(keys, names, weights).into_iter().zip(weights) {
            let share = f64::from(u32::try_from(*weight).unwrap()) / f64::from(u32::try_from(whole).unwrap());
            assert!(fair(count, keys, share), "{names:?} {weights:?}: {count} for {weight}");
        }
    }
}

#[test]
fn one_key_goes_different_ways_under_different_aliases() {
    let of = |alias, key: u32| by_key(alias, &key.to_le_bytes(), named(&["a", "b"], &[30, 70])).unwrap();
    let mut pairs: HashMap<(usize, usize), u32> = HashMap::new();
    for key in 0..20_000 {
        *pairs.entry((of("one", key), of("two", key))).or_default() += 1;
    }
    for (pair, share) in [((0, 0), 0.09), ((0, 1), 0.21), ((1, 0), 0.21), ((1, 1), 0.49)] {
        assert!(fair(pairs[&pair], 20_000, share), "{pair:?}: {}", pairs[&pair]);
    }
}

#[test]
fn growing_from_5_to_10_moves_a_twentieth_and_only_there() {
    let of =
        |key: u32, weights| by_key("alias", &key.to_le_bytes(), named(&["new", "old"], weights)).unwrap();
    let mut moved = 0;
    for key in 0..KEYS {
        match (of(key, &[5, 95]), of(key, &[10, 90])) {
            (1, 0) => moved += 1,
            (before, after) => assert_eq!(before, after, "{key}"),
        }
    }
    assert!(fair(moved, KEYS, 0.05), "{moved}");
}

#[test]
fn where_alias_and_key_end_makes_a_difference() {
    let prints = [("ab", "c"), ("a", "bc"), ("abc", ""), ("", "abc"), ("abc", "\0"), ("", ""), ("", "\0")];
    let hashes = prints.map(|(alias, key)| fold(fold(0, alias.as_bytes()), key.as_bytes()));
    for (place, hash) in hashes.iter().enumerate() {
        assert!(!hashes[..place].contains(hash), "{:?}", prints[place]);
    }
}

proptest! {
    /// Every beginning of a window is a window too: one walk of 10,000 turns tries a hundred lengths.
    #[test]
    fn any_window_of_turns_keeps_every_share(parts in any_weights(), start: u64) {
        let whole: u128 = parts.iter().map(|weight| u128::from(*weight)).sum();
        prop_assume!(whole > 0);
        let mut counts = vec![0u128; parts.len()];
        for turn in 0..10_000u64 {
            counts[in_turn(weights(&parts), start.wrapping_add(turn)).unwrap()] += 1;
            if turn % 97 != 0 && turn != 9_999 {
                continue;
            }
            for (count, weight) in counts.iter().zip(&parts) {
                let expected = u128::from(turn + 1) * u128::from(*weight);
                prop_assert!((count * whole).abs_diff(expected) < 5 * whole, "{turn}: {count} for {weight}");
                prop_assert!(*weight > 0 || *count == 0);
            }
        }
    }

    #[test]
    fn a_key_moves_only_to_a_part_that_grew_against_its_own(
        (before, after) in prop::collection::vec((any::<u64>(), any::<u64>()), 1..12).prop_map(|both| {
            both.into_iter().map(|(before, after)| (before % 1_000, after % 1_000)).unzip::<_, _, Vec<_>, Vec<_>>()
        }),
        keys in prop::collection::vec(any::<u64>(), 100),
        namesakes: bool,
    ) {
        let all = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        let names = if namesakes { ["a", "a", "b", "b", "a", "c", "c", "c", "c", "c", "d", "a"] } else { all };
        for key in keys {
            let key = key.to_le_bytes();
            let from = by_key("alias", &key, named(&names, &before));
            let to = by_key("alias", &key, named(&names, &after));
            if let (Some(from), Some(to)) = (from, to) && from != to {
                prop_assert!(after[to] * before[from] > before[to] * after[from]);
            }
        }
    }

    #[test]
    fn the_order_of_parts_does_not_matter(
        parts in prop::collection::hash_map("[a-z]{1,3}", 0..5u64, 1..10).prop_flat_map(|parts| {
            let parts: Vec<(String, u64)> = parts.into_iter().collect();
            (Just(parts.clone()), Just(parts).prop_shuffle())
        }),
        keys in prop::collection::vec(any::<Vec<u8>>(), 20),
    ) {
        let (one, other) = parts;
        let choose = |parts: &[(String, u64)], key: &[u8]| {
            let chosen = by_key("x", key, parts.iter().map(|(name, weight)| (name.as_str(), Weight(*weight))));
            chosen.map(|position| parts[position].0.clone())
        };
        for key in keys {
            prop_assert_eq!(choose(&one, &key), choose(&other, &key));
        }
    }

    #[test]
    fn a_part_without_weight_is_as_good_as_absent(
        parts in prop::collection::vec(0..4u64, 1..8),
        keys in prop::collection::vec(any::<u64>(), 50),
    ) {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let (kept, weighing): (Vec<_>, Vec<_>) = names.into_iter().zip(parts.clone()).filter(|(_, w)| *w > 0).unzip();
        for key in keys {
            let key = key.to_le_bytes();
            let whole = by_key("x", &key, named(&names, &parts)).map(|position| names[position]);
            let thinned = by_key("x", &key, named(&kept, &weighing)).map(|position| kept[position]);
            prop_assert_eq!(whole, thinned);
        }
    }

    /// Against the logarithm of floats, where those are precise enough to tell.
    #[test]
    fn distances_agree_with_floats(hash: u64) {
        #[expect(clippy::cast_precision_loss, reason = "the tolerance allows for it")]
        let (float, fixed) = (64.0 - (hash as f64 + 1.0).log2(), distance(hash) as f64 / 2f64.powi(57));
        prop_assert!((float - fixed).abs() < 1e-13, "{} {}", float, fixed);
    }
}
