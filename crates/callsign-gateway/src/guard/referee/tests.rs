//! Verdicts in every form, pieces of long texts, and what is remembered.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::{Instant, advance, sleep};

use super::cut::cut;
use super::verdict::{of_json, of_moderation, of_words, strictest};
use super::{Asked, Memory, Verdict, all, hash};

#[expect(clippy::unnecessary_wraps, reason = "it stands beside none at all")]
fn flagged(kinds: &[&str]) -> Option<Verdict> {
    Some(Verdict { flagged: true, kinds: kinds.iter().map(|kind| (*kind).into()).collect() })
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside none at all")]
fn fine() -> Option<Verdict> {
    Some(Verdict::default())
}

#[test]
fn plain_verdicts_are_read_strictly() {
    for (said, expected) in [
        (r#"{"flagged": false}"#, fine()),
        (r#"{"flagged": false, "categories": ["S1"], "more": 1}"#, fine()),
        (r#"{"flagged": true, "categories": null}"#, flagged(&[])),
        (
            r#"{"flagged": true, "categories": ["a", "b/c.d-e_F", "a", "two words", "ü"]}"#,
            flagged(&["a", "b/c.d-e_F"]),
        ),
        (
            r#"{"flagged": true, "categories": ["1","2","3","4","5","6","7","8","9"]}"#,
            flagged(&["1", "2", "3", "4", "5", "6", "7", "8"]),
        ),
        (r#"{"flagged": "false"}"#, None),
        (r#"{"flagged": null}"#, None),
        (r#"{"categories": []}"#, None),
        (r#"{"flagged": false, "categories": "S1"}"#, None),
        (r#"{"flagged": false, "flagged": true}"#, None),
        (r#"[{"flagged": false}]"#, None),
        (r#"{"flagged": false} {"flagged": true}"#, None),
        ("", None),
    ] {
        assert_eq!(of_json(said.as_bytes()), expected, "{said}");
    }
}

#[test]
fn moderations_are_read_strictly() {
    for (said, expected) in [
        (r#"{"results": [{"flagged": false, "categories": {"hate": false}}]}"#, fine()),
        (
            r#"{"results": [{"flagged": true, "categories": {"hate": true, "self-harm": false, "x": null}}]}"#,
            flagged(&["hate"]),
        ),
        (r#"{"results": [{"flagged": false}, {"flagged": true}]}"#, flagged(&[])),
        (r#"{"results": []}"#, None),
        (r#"{"results": [{}]}"#, None),
        (r#"{"flagged": false}"#, None),
        (r#"{"results": [{"flagged": false, "categories": {"hate": "no"}}]}"#, None),
    ] {
        assert_eq!(of_moderation(said.as_bytes()), expected, "{said}");
    }
}

#[test]
fn words_of_guard_models_are_read_strictly() {
    for (said, expected) in [
        ("safe", fine()),
        ("\n\n Safe.\n", fine()),
        ("SAFE\nS1", fine()),
        ("unsafe\nS1,S10", flagged(&["S1", "S10"])),
        ("unsafe\n S2 , the text was rude", flagged(&["S2"])),
        ("**Unsafe** because of this", flagged(&[])),
        ("unsafe", flagged(&[])),
        (r#"{"flagged": true, "categories": ["S1"]}"#, flagged(&["S1"])),
        (r#"{"flagged": maybe}"#, None),
        ("safe to say that it is not", None),
        ("unsafely", None),
        ("safety", None),
        ("The text is safe", None),
        ("", None),
        ("…", None),
    ] {
        assert_eq!(of_words(said), expected, "{said:?}");
    }
}

#[test]
fn the_strictest_piece_holds_and_a_missing_one_clears_nothing() {
    for (pieces, expected) in [
        (vec![fine(), fine()], fine()),
        (vec![fine(), None], None),
        (vec![None, flagged(&["S1"]), fine(), flagged(&["S1", "S2"])], flagged(&["S1", "S2"])),
    ] {
        assert_eq!(strictest(pieces.clone()), expected, "{pieces:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn as_many_are_asked_at_once_as_may_be() {
    let (under_way, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ask = |number: u64| -> Asked<'_, u64> {
        let (under_way, most) = (&under_way, &most);
        Box::pin(async move {
            most.fetch_max(under_way.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            sleep(Duration::from_secs(number % 3)).await;
            under_way.fetch_sub(1, Ordering::Relaxed);
            number
        })
    };
    let mut done = all((0..20).map(ask), 4).await;
    done.sort_unstable();
    assert_eq!(done, (0..20).collect::<Vec<u64>>());
    assert_eq!(most.into_inner(), 4);
    assert!(all(std::iter::empty::<Asked<'_, u64>>(), 4).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn verdicts_are_forgotten_in_time_and_before_they_are_too_many() {
    let (memory, minute) = (Memory::default(), Duration::from_mins(1));
    let key = |number: u64| hash([number.to_be_bytes().as_slice()]);
    let verdict = || flagged(&["S1"]).unwrap();
    memory.keep(key(0), verdict(), (Instant::now(), Duration::ZERO));
    assert_eq!(memory.len(), 0, "no time, no memory");
    memory.keep(key(0), verdict(), (Instant::now(), minute));
    assert_eq!(memory.recall(&key(0), Instant::now()), Some(verdict()));
    assert_eq!(memory.recall(&key(1), Instant::now()), None);
    advance(minute).await;
    assert_eq!(memory.recall(&key(0), Instant::now()), None);
    for number in 0..50_000 {
        memory.keep(key(number), verdict(), (Instant::now(), minute));
    }
    assert!(memory.len() <= 16_384, "{} are remembered", memory.len());
    assert_eq!(memory.recall(&key(49_999), Instant::now()), Some(verdict()));
}

#[test]
fn parts_of_a_key_are_not_mistaken_for_each_other() {
    assert_ne!(hash([b"ab".as_slice(), b"c"]), hash([b"a".as_slice(), b"bc"]));
    assert_ne!(hash([b"ab".as_slice(), b""]), hash([b"ab".as_slice()]));
}

proptest! {
    #[test]
    fn pieces_hold_the_whole_text(text in "([a-zü€😀]{0,30}[ \n]?){0,40}", most in 16_usize..200) {
        let pieces = cut(&text, most);
        prop_assert!(pieces.iter().all(|piece| piece.len() <= most));
        let mut end = 0;
        for piece in &pieces {
            let start = piece.as_ptr().addr() - text.as_ptr().addr();
            prop_assert!(start <= end, "nothing is left out");
            end = start + piece.len();
        }
        prop_assert_eq!(end, text.len());
    }

    #[test]
    fn a_text_that_grows_keeps_its_pieces(text in "[a-z \n]{0,900}", more in "[a-z \n]{1,300}") {
        let (before, after) = (cut(&text, 64), format!("{text}{more}"));
        let after = cut(&after, 64);
        let kept = &before[..before.len() - 1];
        prop_assert_eq!(kept, &after[..kept.len()]);
    }
}
