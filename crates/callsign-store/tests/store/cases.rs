//! What a store does, whatever keeps it.

use std::pin::Pin;
use std::time::{Duration, SystemTime};

use callsign_plan::storage::Limits;
use callsign_store::{ConversationError, Owner, Store, StoreError};
use tokio::task::JoinSet;

use crate::scene::{Scene, day, keep, limits, owner, response, turns};

pub(crate) type Case = fn(Scene) -> Pin<Box<dyn Future<Output = ()>>>;

pub(crate) fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("put_comes_back_as_it_was", |scene| Box::pin(put_comes_back_as_it_was(scene))),
        ("put_is_seen_at_once", |scene| Box::pin(put_is_seen_at_once(scene))),
        ("conversation_runs_from_its_root", |scene| Box::pin(conversation_runs_from_its_root(scene))),
        ("owners_do_not_see_each_other", |scene| Box::pin(owners_do_not_see_each_other(scene))),
        ("delete_forgets_and_breaks_the_chain", |scene| Box::pin(delete_forgets_and_breaks_the_chain(scene))),
        ("circle_of_ids_ends", |scene| Box::pin(circle_of_ids_ends(scene))),
        ("conversation_is_bounded", |scene| Box::pin(conversation_is_bounded(scene))),
        ("what_rests_expires", |scene| Box::pin(what_rests_expires(scene))),
        ("longest_rested_make_room", |scene| Box::pin(longest_rested_make_room(scene))),
        ("size_is_bounded", |scene| Box::pin(size_is_bounded(scene))),
        ("what_is_kept_survives_a_restart", |scene| Box::pin(what_is_kept_survives_a_restart(scene))),
        ("writers_side_by_side_lose_nothing", |scene| Box::pin(writers_side_by_side_lose_nothing(scene))),
        ("flood_is_written_in_order", |scene| Box::pin(flood_is_written_in_order(scene))),
    ]
}

async fn get(store: &Store, id: &str, now: SystemTime) -> bool {
    store.get(id, owner("ann"), now).await.unwrap().is_some()
}

async fn fails(store: &Store, id: &str, now: SystemTime) -> ConversationError {
    store.conversation(id, owner("ann"), now).await.expect_err(id)
}

async fn put_comes_back_as_it_was(mut scene: Scene) {
    let store = scene.open(limits());
    store.check().await.unwrap();
    let mut odd = response("resp_é'\"$1?", Some("resp_gone"));
    odd.input = String::from("[1.0e-5, \"\\u0000\\ud800 ü 🦀\",\n {\"b\":1,\"a\":2,\"a\":3}]");
    odd.output = String::from("[]");
    odd.created_unix = -1;
    keep(&store, &[response("a", None), odd.clone()], day(0)).await;
    for expected in [response("a", None), odd] {
        assert_eq!(store.get(&expected.id, owner("ann"), day(1)).await, Ok(Some(expected)));
    }
    assert_eq!(store.get("b", owner("ann"), day(1)).await, Ok(None));
    let mut again = response("a", None);
    again.output = String::from("[\"another\"]");
    keep(&store, std::slice::from_ref(&again), day(1)).await;
    assert_eq!(store.get("a", owner("ann"), day(1)).await, Ok(Some(again)), "a name has one response");
}

async fn put_is_seen_at_once(mut scene: Scene) {
    let store = scene.open(limits());
    let mut previous: Option<String> = None;
    for number in 0..300 {
        let id = format!("r{number}");
        drop(store.put(response(&id, previous.as_deref()), day(0)));
        assert!(get(&store, &id, day(0)).await, "{id}");
        assert_eq!(turns(&store, &id, day(0)).await.len(), number + 1, "{id}");
        previous = Some(id);
    }
    store.flush().await.unwrap();
    let another = scene.another(limits());
    assert_eq!(turns(&another, "r299", day(0)).await.len(), 300, "what is written is seen elsewhere");
}

async fn conversation_runs_from_its_root(mut scene: Scene) {
    let store = scene.open(limits());
    let kept = [("a", None), ("b", Some("a")), ("c", Some("b")), ("c2", Some("b")), ("d", Some("c"))];
    keep(&store, &kept.map(|(id, previous)| response(id, previous)), day(0)).await;
    for (id, expected) in [("a", vec!["a"]), ("d", vec!["a", "b", "c", "d"]), ("c2", vec!["a", "b", "c2"])] {
        assert_eq!(turns(&store, id, day(1)).await, expected);
    }
    let conversation = store.conversation("b", owner("ann"), day(1)).await.unwrap();
    let expected = r#"[{"role":"user","content":"to a"},{"type":"message","text":"from a"},{"role":"user","content":"to b"},{"type":"message","text":"from b"}]"#;
    assert_eq!(conversation.items(), expected);
    let missing = ConversationError::Missing { id: "nobody".to_owned() };
    assert_eq!(fails(&store, "nobody", day(1)).await, missing);
}

async fn owners_do_not_see_each_other(mut scene: Scene) {
    let store = scene.open(limits());
    keep(&store, &[response("a", None)], day(0)).await;
    for other in [owner("bob"), owner(""), Owner::ANYONE] {
        assert_eq!(store.get("a", other, day(0)).await, Ok(None));
        assert_eq!(store.delete("a", other, day(0)).await, Ok(false));
        let refused = store.conversation("a", other, day(0)).await;
        assert_eq!(refused, Err(ConversationError::Missing { id: "a".to_owned() }));
        // Going on from somebody else's response gets nothing of it, and the same name may be used by both.
        let mut guess = response("b", Some("a"));
        let mut same = response("a", None);
        (guess.owner, same.owner, same.model) = (other, other, "other".to_owned());
        drop(store.put(guess.clone(), day(0)));
        let refused = store.conversation("b", other, day(0)).await;
        assert_eq!(refused, Err(ConversationError::Broken { id: "b".to_owned() }), "not written yet");
        store.flush().await.unwrap();
        let refused = store.conversation("b", other, day(0)).await;
        assert_eq!(refused, Err(ConversationError::Broken { id: "b".to_owned() }), "written");
        keep(&store, &[same], day(0)).await;
        assert_eq!(store.get("a", owner("ann"), day(0)).await, Ok(Some(response("a", None))));
        assert_eq!(store.delete("a", other, day(0)).await, Ok(true));
        assert_eq!(store.get("a", owner("ann"), day(0)).await, Ok(Some(response("a", None))));
    }
}

async fn delete_forgets_and_breaks_the_chain(mut scene: Scene) {
    let store = scene.open(limits());
    keep(&store, &[response("a", None), response("b", Some("a")), response("c", Some("b"))], day(0)).await;
    assert_eq!(store.delete("b", owner("ann"), day(0)).await, Ok(true));
    assert_eq!(store.delete("b", owner("ann"), day(0)).await, Ok(false));
    assert!(!get(&store, "b", day(0)).await);
    assert_eq!(fails(&store, "c", day(0)).await, ConversationError::Broken { id: "c".to_owned() });
    assert_eq!(turns(&store, "a", day(0)).await, ["a"]);
    // What is deleted while it waits to be written never comes back.
    for number in 0..50 {
        let id = format!("x{number}");
        drop(store.put(response(&id, None), day(0)));
        assert_eq!(store.delete(&id, owner("ann"), day(0)).await, Ok(true), "{id}");
        assert!(!get(&store, &id, day(0)).await, "{id}");
    }
    for id in ["a", "c"] {
        assert_eq!(store.delete(id, owner("ann"), day(0)).await, Ok(true));
    }
    assert_eq!(store.sweep(day(365)).await, Ok(0), "nothing is left that could expire");
}

async fn circle_of_ids_ends(mut scene: Scene) {
    let few = Limits { turns: 50, ..limits() };
    let store = scene.open(few);
    for written in [true, false] {
        let circle = [response("a", None), response("b", Some("a")), response("a", Some("b"))];
        let own = response("self", Some("self"));
        for response in circle.into_iter().chain([own]) {
            let receipt = store.put(response, day(0));
            if written {
                receipt.written().await.unwrap();
            }
        }
        for id in ["a", "b", "self"] {
            let error = fails(&store, id, day(0)).await;
            let told = matches!(error, ConversationError::Broken { .. } | ConversationError::TooLong { .. });
            assert!(told, "{id}: {error}");
        }
    }
}

async fn conversation_is_bounded(mut scene: Scene) {
    let few = Limits { turns: 3, conversation: 10_000, ..limits() };
    let store = scene.open(few);
    let mut long = response("long", Some("b"));
    long.input = format!("[\"{}\"]", "x".repeat(10_000));
    let all = [
        response("a", None),
        response("b", Some("a")),
        response("c", Some("b")),
        response("d", Some("c")),
        long,
    ];
    for written in [false, true] {
        if written {
            keep(&store, &all, day(0)).await;
        } else {
            for response in &all {
                drop(store.put(response.clone(), day(0)));
            }
        }
        assert_eq!(turns(&store, "c", day(0)).await.len(), 3);
        let error = fails(&store, "d", day(0)).await;
        let too_long = ConversationError::TooLong { id: "d".to_owned(), turns: 4, limit: 3 };
        assert_eq!(error, too_long, "written {written}");
        let error = fails(&store, "long", day(0)).await;
        let ConversationError::TooLarge { id, limit: 10_000, .. } = &error else { panic!("{error}") };
        assert_eq!(id, "long");
        store.flush().await.unwrap();
    }
    let size = Limits { size: Some(5_000), ..limits() };
    let mut huge = response("huge", None);
    huge.response = "x".repeat(6_000);
    let refused = scene.reopen(size).put(huge, day(0)).written().await;
    if scene.lasts() {
        assert!(matches!(refused, Err(StoreError::TooLarge { limit: 5_000, .. })), "{refused:?}");
    }
}

async fn what_rests_expires(mut scene: Scene) {
    let month = Limits { ttl: Duration::from_hours(24 * 30), ..limits() };
    let store = scene.open(month);
    keep(&store, &[response("a", None), response("old", None)], day(0)).await;
    keep(&store, &[response("b", Some("a"))], day(20)).await;
    assert!(get(&store, "old", day(29)).await);
    // Nobody has swept yet: what has expired is not shown all the same.
    assert!(!get(&store, "old", day(30)).await);
    assert_eq!(fails(&store, "old", day(30)).await, ConversationError::Missing { id: "old".to_owned() });
    assert_eq!(
        turns(&store, "b", day(49)).await,
        ["a", "b"],
        "a conversation lives as long as its last turn"
    );
    assert_eq!(store.sweep(day(29)).await, Ok(0));
    assert_eq!(store.sweep(day(30)).await, Ok(1));
    assert_eq!(store.sweep(day(30)).await, Ok(0));
    assert!(!get(&store, "old", day(0)).await, "what is swept is gone");
    assert!(get(&store, "a", day(49)).await);
    keep(&store, &[response("new", None)], day(60)).await;
    assert!(!get(&store, "a", day(0)).await, "a write sweeps as well");
    assert!(get(&store, "new", day(60)).await);
}

async fn longest_rested_make_room(mut scene: Scene) {
    let store = scene.open(Limits { entries: 5, ..limits() });
    let first = [response("a", None), response("b", None), response("a2", Some("a")), response("c", None)];
    keep(&store, &first, day(0)).await;
    keep(&store, &[response("d", None), response("e", None)], day(0)).await;
    // `b` rested longest: `a` was gone on with later.
    for (id, kept) in [("a", true), ("a2", true), ("b", false), ("c", true), ("d", true), ("e", true)] {
        assert_eq!(get(&store, id, day(0)).await, kept, "{id}");
    }
    keep(&store, &[response("f", None)], day(0)).await;
    for (id, kept) in [("a", false), ("a2", false), ("c", true), ("f", true)] {
        assert_eq!(get(&store, id, day(0)).await, kept, "{id}: a conversation goes as a whole");
    }
}

async fn size_is_bounded(mut scene: Scene) {
    let store = scene.open(Limits { size: Some(20_000), ..limits() });
    for number in 0..20 {
        let mut large = response(&format!("r{number}"), None);
        large.response = "x".repeat(5_000);
        keep(&store, &[large], day(0)).await;
    }
    let mut kept = Vec::new();
    for number in 0..20 {
        if get(&store, &format!("r{number}"), day(0)).await {
            kept.push(number);
        }
    }
    assert_eq!(kept, [17, 18, 19], "as many of the last as fit");
}

async fn what_is_kept_survives_a_restart(mut scene: Scene) {
    let store = scene.open(limits());
    let mut previous: Option<String> = None;
    for number in 0..20 {
        let id = format!("r{number}");
        keep(&store, &[response(&id, previous.as_deref())], day(0)).await;
        previous = Some(id);
    }
    drop(store);
    let store = scene.reopen(limits());
    assert_eq!(turns(&store, "r19", day(1)).await.len(), 20);
    keep(&store, &[response("r20", Some("r19"))], day(1)).await;
    assert_eq!(turns(&store, "r20", day(1)).await.len(), 21);
    assert_eq!(store.get("r7", owner("ann"), day(1)).await, Ok(Some(response("r7", Some("r6")))));
}

async fn writers_side_by_side_lose_nothing(mut scene: Scene) {
    let stores = [scene.open(limits()), scene.another(limits())];
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let store = stores[writer % 2].clone();
        writers.spawn(async move {
            let mut previous: Option<String> = None;
            for number in 0..100 {
                let id = format!("w{writer}-{number}");
                let receipt = store.put(response(&id, previous.as_deref()), day(0));
                if number % 10 == 9 {
                    receipt.written().await.unwrap_or_else(|error| panic!("{id}: {error}"));
                }
                previous = Some(id);
            }
        });
    }
    writers.join_all().await;
    for writer in 0..8 {
        // Each is read where it was not written.
        let store = &stores[(writer + 1) % 2];
        let last = format!("w{writer}-99");
        assert_eq!(turns(store, &last, day(0)).await.len(), 100, "{last}");
    }
}

async fn flood_is_written_in_order(mut scene: Scene) {
    let store = scene.open(limits());
    let ids: Vec<_> = (0..1_000).map(|number| format!("r{number}")).collect();
    let mut receipts = vec![store.put(response("r0", None), day(0))];
    for pair in ids.windows(2) {
        receipts.push(store.put(response(&pair[1], Some(&pair[0])), day(0)));
    }
    for receipt in receipts {
        assert_eq!(receipt.written().await, Ok(()));
    }
    assert_eq!(turns(&store, "r999", day(0)).await, ids);
}
