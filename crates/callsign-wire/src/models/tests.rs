//! Lists read as each dialect's SDK expects them.

use super::*;

const ROWS: [ModelRow<'static>; 3] = [
    ModelRow { id: "fast.v1", owned_by: "callsign" },
    ModelRow { id: "openai/gpt-4o", owned_by: "openai" },
    ModelRow { id: "q\"uote", owned_by: "x" },
];

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn documents_have_the_dialects_form() {
    insta::assert_snapshot!("openai_list", text(openai_list(&ROWS)));
    insta::assert_snapshot!("openai_list_empty", text(openai_list(&[])));
    insta::assert_snapshot!("openai_model", text(openai_model(&ROWS[1])));
    insta::assert_snapshot!("anthropic_list", text(anthropic_list(&ROWS[..2], &Page::default()).unwrap()));
    insta::assert_snapshot!("anthropic_list_empty", text(anthropic_list(&[], &Page::default()).unwrap()));
    insta::assert_snapshot!("anthropic_model", text(anthropic_model(&ROWS[2])));
}

#[test]
fn pages_are_read_from_the_query() {
    let after = |id: &'static str| Cursor::After(id.into());
    let cases = [
        ("", 20, Cursor::Start),
        ("beta=true&x", 20, Cursor::Start),
        ("limit=1000", 1000, Cursor::Start),
        ("limit=&after_id=", 20, Cursor::Start),
        ("after_id=openai%2Fgpt-4o&limit=1", 1, after("openai/gpt-4o")),
        ("before_id=a+b", 20, Cursor::Before("a b".into())),
    ];
    for (query, limit, cursor) in cases {
        assert_eq!(Page::from_query(query), Ok(Page { limit, cursor }), "{query}");
    }
    for query in ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=99999999999999999999"] {
        assert_eq!(Page::from_query(query), Err(PageError::Limit), "{query}");
    }
    assert_eq!(Page::from_query("after_id=a&before_id=b"), Err(PageError::TwoCursors));
    assert_eq!(PageError::TwoCursors.param(), "before_id");
    assert_eq!(PageError::Limit.param(), "limit");
}

#[test]
fn pages_are_cut_as_the_reference_says() {
    let ids: Vec<String> = (0..50).map(|number| format!("m{number}")).collect();
    let rows: Vec<_> = ids.iter().map(|id| ModelRow { id, owned_by: "x" }).collect();
    let cases = [
        ("", Some((0, 19)), true),
        ("limit=50", Some((0, 49)), false),
        ("limit=49", Some((0, 48)), true),
        ("after_id=m19", Some((20, 39)), true),
        ("after_id=m39", Some((40, 49)), false),
        ("after_id=m29", Some((30, 49)), false),
        ("after_id=m49", None, false),
        ("before_id=m30", Some((10, 29)), true),
        ("before_id=m20", Some((0, 19)), false),
        ("before_id=m3&limit=2", Some((1, 2)), true),
        ("before_id=m0", None, false),
    ];
    for (query, expected, more) in cases {
        let page = Page::from_query(query).unwrap();
        let (found, has_more) = page.of(&rows).unwrap();
        let edges = found.first().zip(found.last()).map(|(first, last)| (first.id, last.id));
        let expected =
            expected.map(|(first, last): (usize, usize)| (ids[first].as_str(), ids[last].as_str()));
        assert_eq!((edges, has_more), (expected, more), "{query}");
    }
}

#[test]
fn unknown_cursor_is_named() {
    for (query, param) in [("after_id=x", "after_id"), ("before_id=x", "before_id")] {
        let error = anthropic_list(&ROWS, &Page::from_query(query).unwrap()).unwrap_err();
        assert_eq!(error, PageError::UnknownCursor { param });
        assert_eq!(error.to_string(), format!("`{param}` names no model of the list"));
        assert_eq!(error.param(), param);
    }
}

#[test]
fn every_page_after_the_other_gives_the_whole_list() {
    let mut seen = Vec::new();
    let mut page = Page { limit: 2, cursor: Cursor::Start };
    loop {
        let (rows, more) = page.of(&ROWS).unwrap();
        seen.extend_from_slice(rows);
        if !more {
            break;
        }
        page.cursor = Cursor::After(rows[rows.len() - 1].id.into());
    }
    assert_eq!(seen, ROWS);
}
