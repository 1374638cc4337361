//! Each house rule, kept and broken.

use super::*;

fn check(path: &str, text: &str, expected: &[&str]) {
    let found = review(Path::new(path), text);
    assert_eq!(found.len(), expected.len(), "{path}: {found:?}");
    for (breach, part) in found.iter().zip(expected) {
        assert!(breach.contains(part), "`{breach}` does not say `{part}`");
    }
}

#[test]
fn a_good_file_has_no_breach() {
    check("a.rs", "//! Holds a.\n\nfn a() {}\n// TODO(#12): b\npub struct Alias;\n", &[]);
}

#[test]
fn a_file_must_say_what_it_holds() {
    check("a.rs", "fn a() {}\n", &["open the file"]);
    check("utils.rs", "//! Holds a.\n", &["not `utils.rs`"]);
}

#[test]
fn a_note_needs_a_number() {
    check("a.rs", "//! Holds a.\n// TODO: later\nfn a() {} // FIXME(me)\n/// XXX\n", &["2: ", "3: "]);
    check("a.rs", "//! Holds a.\nconst NOTE: &str = \"TODO\";\n", &[]);
}

#[test]
fn empty_words_end_no_type() {
    check(
        "a.rs",
        "//! Holds a.\npub(crate) struct RequestHandler;\nenum Data {}\npub trait Context<'a> {}\n",
        &["2: `RequestHandler`", "3: `Data`", "4: `Context`"],
    );
    check("a.rs", "//! Holds a.\nstruct Database;\nuse anyhow::Context;\n    type Data = Bytes;\n", &[]);
}

#[test]
fn lengths_count_without_tests() {
    let function = |lines: usize| format!("fn a(\n) {{\n{}}}\n", "    b();\n".repeat(lines - 3));
    check("a.rs", &format!("//! Holds a.\n{}", function(60)), &[]);
    check("a.rs", &format!("//! Holds a.\n{}", function(61)), &["2: a function of 61 lines"]);
    check("a.rs", &format!("//! Holds a.\n#[cfg(test)]\n{}", function(61)), &[]);
    check("a/tests.rs", &format!("//! Holds a.\n{}", function(61)), &[]);

    let file = |lines: usize| format!("//! Holds a.\n{}", "// b\n".repeat(lines - 1));
    check("a.rs", &file(500), &[]);
    check("a.rs", &file(501), &["at most 500 lines"]);
    check("a.rs", &format!("{}#[cfg(test)]\n{}", file(500), file(500)), &[]);
}

#[test]
fn methods_are_measured_to_their_own_brace() {
    let method = format!(
        "//! Holds a.\nimpl A {{\n    pub async fn a() {{\n{}    }}\n}}\n",
        "        b();\n".repeat(59)
    );
    check("a.rs", &method, &["3: a function of 61 lines"]);
}
