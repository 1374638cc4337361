//! History as whoever asks finds it: after another start, beside other writers, with too much of it, and on disks that fail.
#![expect(clippy::expect_used, reason = "tests report by panicking")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use callsign_store::history::{self, History, Kept, Minute, Past, Place, Wanted};

/// Minutes since 1970 that it is now.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock").as_secs() / 60
}

fn place(path: &Path) -> Place {
    Place { path: path.to_owned(), retention: Duration::from_hours(24), size: 64 << 20 }
}

fn minute(minute: u64, name: &str, text: &str) -> Minute {
    Minute { minute, kind: "alias", name: name.into(), text: text.into() }
}

/// Opens it as this writer, who has these numbers to tell, all of them at every asking.
fn open(place: Place, writer: &str, minutes: Vec<Minute>) -> (History, Past, JoinHandle<()>) {
    history::start(place, writer, Box::new(move || minutes.clone())).expect("a thread")
}

/// Lets it write everything, and end.
fn close(history: History, thread: JoinHandle<()>) {
    drop(history);
    thread.join().expect("no panic");
}

fn kept(number: u64, minute: u64) -> Kept {
    Kept {
        id: format!("id-{number:06}").into(),
        began_ms: minute * 60_000,
        alias: Some(if number.is_multiple_of(2) { "even" } else { "odd" }.into()),
        targets: vec![Arc::from("p/first"), format!("p/{number}").into()],
        ended: if number < 3 { "broken" } else { "complete" },
        text: format!("{{\"number\":{number}}}"),
    }
}

fn numbers(past: &Past, wanted: &Wanted) -> Vec<String> {
    past.records(wanted).expect("a file that can be read")
}

#[test]
fn what_was_kept_is_found_after_another_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new/history.db");
    let minutes =
        vec![minute(now() - 1, "a", "before"), minute(now(), "a", "now"), minute(now(), "b", "other")];
    let (history, past, thread) = open(place(&path), "first", minutes);
    (0..5).for_each(|number| history.keep(kept(number, now())));
    assert_eq!(past.record("id-000009").expect("nothing is no error"), None);
    close(history, thread);
    let (history, past, thread) = open(place(&path), "second", vec![minute(now(), "a", "more")]);
    assert_eq!(past.record("id-000002").expect("a record"), Some("{\"number\":2}".to_owned()));
    let all = past.minutes(("alias", "a"), (0, now()), 0).expect("minutes");
    assert_eq!(all, [(now() - 1, "before".to_owned()), (now(), "now".to_owned())]);
    close(history, thread);
    // Both wrote of this minute, and neither wrote over the other's.
    let mut all = past.minutes(("alias", "a"), (now(), now()), u64::MAX).expect("minutes");
    all.sort();
    assert_eq!(all, [(now(), "more".to_owned()), (now(), "now".to_owned())]);
    let others = past.minutes(("alias", "a"), (now(), now()), 0).expect("minutes");
    assert_eq!(others, [(now(), "now".to_owned())], "what this process remembers itself is left out");
    assert_eq!(
        fs::metadata(&path)
            .map(|file| std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777)
            .ok(),
        Some(0o600)
    );
}

#[test]
fn records_are_found_by_what_they_are_and_in_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let (history, past, thread) = open(place(&folder.path().join("history.db")), "one", Vec::new());
    (0..6).for_each(|number| history.keep(kept(number, now())));
    close(history, thread);
    let text = |text: &str| Some(text.to_owned());
    let all = Wanted { most: 10, ..Wanted::default() };
    for (wanted, expected) in [
        (Wanted { most: 2, ..all.clone() }, vec![5, 4]),
        (Wanted { before: text("id-000004"), most: 2, ..all.clone() }, vec![3, 2]),
        (Wanted { alias: text("even"), ..all.clone() }, vec![4, 2, 0]),
        (Wanted { target: text("p/3"), ..all.clone() }, vec![3]),
        (Wanted { target: text("p/first"), ended: text("broken"), ..all.clone() }, vec![2, 1, 0]),
        (Wanted { target: text("p/"), ..all.clone() }, vec![]),
        (Wanted { alias: text("'; DROP TABLE records; --"), ..all.clone() }, vec![]),
    ] {
        let expected: Vec<String> =
            expected.iter().map(|number| format!("{{\"number\":{number}}}")).collect();
        assert_eq!(numbers(&past, &wanted), expected, "{wanted:?}");
    }
}

#[test]
fn file_that_cannot_be_read_is_set_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.db");
    fs::write(&path, "not a database at all, but longer than the head of one would be: ".repeat(40))
        .expect("a file");
    let (history, past, thread) = open(place(&path), "one", Vec::new());
    history.keep(kept(1, now()));
    close(history, thread);
    let names =
        fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let aside = names.filter(|name| name.to_string_lossy().contains("unreadable")).count();
    assert_eq!(aside, 1);
    assert!(past.record("id-000001").expect("a file that can be read").is_some());
}

#[test]
fn database_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.db");
    let theirs = rusqlite::Connection::open(&path).expect("a database");
    theirs.execute_batch("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)").expect("a table");
    let (history, _, thread) = open(place(&path), "one", Vec::new());
    history.keep(kept(1, now()));
    close(history, thread);
    let count: i64 =
        theirs.query_row("SELECT COUNT(*) FROM sqlite_master", [], |row| row.get(0)).expect("a count");
    assert_eq!(count, 1);
}

#[test]
fn disk_that_takes_nothing_costs_nobody_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "").expect("a file");
    let (history, past, thread) = open(place(&folder.path().join("file/history.db")), "one", Vec::new());
    (0..20_000).for_each(|number| history.keep(kept(number, now())));
    close(history, thread);
    assert_eq!(past.record("id-000001").expect("nothing is no error"), None);
}

#[test]
fn what_is_old_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.db");
    let old = now() - 25 * 60;
    let (history, past, thread) =
        open(place(&path), "one", vec![minute(old, "a", "old"), minute(now(), "a", "new")]);
    history.keep(kept(1, old));
    history.keep(kept(2, now()));
    close(history, thread);
    let (history, _, thread) = open(place(&path), "two", Vec::new());
    close(history, thread);
    assert_eq!(
        past.minutes(("alias", "a"), (0, u64::MAX), u64::MAX).expect("minutes"),
        [(now(), "new".to_owned())]
    );
    assert_eq!(numbers(&past, &Wanted { most: 9, ..Wanted::default() }), ["{\"number\":2}"]);
}

#[test]
fn file_stays_within_its_size_and_keeps_the_newest() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.db");
    let bounds = Place { size: 1 << 20, ..place(&path) };
    let (mut last, begin) = (None, now() - 1000);
    for round in 0..12 {
        let (history, past, thread) = open(bounds.clone(), "one", Vec::new());
        for number in 0..300 {
            let number = round * 300 + number;
            history.keep(Kept { text: "x".repeat(1000), ..kept(number, begin + number / 4) });
        }
        close(history, thread);
        last = Some(past);
    }
    let size = fs::metadata(&path).expect("a file").len();
    assert!(size <= 3 << 19, "{size} bytes");
    let past = last.expect("a reader");
    assert!(past.record("id-003599").expect("a record").is_some(), "the newest is there");
    assert!(past.record("id-000000").expect("no record").is_none(), "the oldest has gone");
}
