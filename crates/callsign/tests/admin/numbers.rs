//! Aliases, targets, history and the live stream tell what came, and nothing where nothing did.

use callsign_testkit::deadline::soon;
use serde_json::{Value, json};

use super::scene::{CONFIG, ask, gateway, get, launch, try_get};

fn names(told: &Value) -> Vec<&str> {
    told["aliases"].as_array().expect("a list").iter().filter_map(|alias| alias["name"].as_str()).collect()
}

#[tokio::test]
async fn aliases_are_told_with_their_routes_and_shares() {
    let gateway = gateway().await;
    let told = get(&gateway, "/api/v1/aliases").await;
    assert_eq!(names(&told), ["dead", "pool", "safe", "talk"]);
    assert_eq!((&told["total"], &told["page"], &told["per_page"]), (&json!(4), &json!(1), &json!(50)));
    let [dead, pool, safe, talk] = [0, 1, 2, 3].map(|number| &told["aliases"][number]);
    assert_eq!(
        (&dead["hidden"], &talk["hidden"], &talk["description"]),
        (&json!(true), &json!(false), &json!("For everybody"))
    );
    assert_eq!(
        talk["route"],
        json!({"kind": "split", "by": "request", "parts": [
            {"weight": 75.0, "share": 0.75, "route": {"kind": "target", "name": "demo/chatty"}},
            {"weight": 25.0, "share": 0.25, "route": {"kind": "target", "name": "demo/other"}},
        ]})
    );
    assert_eq!(pool["route"]["algorithm"], "round_robin");
    assert_eq!(
        safe["route"]["fallbacks"],
        json!([{"on": ["rate_limited"], "route": {"kind": "alias", "name": "talk"}}])
    );
    assert_eq!(safe["guardrails"], json!(["max_cost $0.10", "mask pii"]));
    let shares = |alias: &Value| -> Vec<(String, Value)> {
        let targets = alias["targets"].as_array().expect("a list");
        targets
            .iter()
            .map(|target| {
                (target["name"].as_str().unwrap_or_default().to_owned(), target["configured"].clone())
            })
            .collect()
    };
    assert_eq!(
        shares(talk),
        [("demo/chatty".to_owned(), json!(0.75)), ("demo/other".to_owned(), json!(0.25))]
    );
    // The shares of an alias that is only fallen back on are nobody's shares of this one.
    assert_eq!(shares(safe)[0], ("demo/limited".to_owned(), Value::Null));
    assert_eq!(talk["numbers"]["p50_ms"], Value::Null);
    assert_eq!(talk["numbers"]["total"], 0);
}

#[tokio::test]
async fn what_was_asked_is_counted_for_alias_target_and_everything() {
    // Each worker takes its own turns at the parts of a split.
    let gateway = launch(CONFIG).arg("--workers").arg("1").start().await;
    for _ in 0..8 {
        ask(&gateway, "talk").await;
    }
    ask(&gateway, "safe").await;
    ask(&gateway, "dead").await;
    let talk = get(&gateway, "/api/v1/aliases/talk").await;
    assert_eq!((&talk["numbers"]["total"], &talk["numbers"]["error_share"]), (&json!(8), &json!(0.0)));
    assert!(
        talk["numbers"]["p95_ms"].is_u64() && talk["numbers"]["requests_per_second"].as_f64() > Some(0.0),
        "{talk}"
    );
    assert_eq!((&talk["targets"][0]["seen"], &talk["targets"][1]["seen"]), (&json!(0.75), &json!(0.25)));
    let safe = get(&gateway, "/api/v1/aliases/safe").await;
    assert_eq!(safe["conditions"], json!({"rate_limited": 1}));
    assert_eq!(
        (&safe["numbers"]["errors_per_second"], &safe["targets"][0]["numbers"]["error_share"]),
        (&json!(0.0), &json!(1.0))
    );
    let dead = get(&gateway, "/api/v1/aliases/dead").await;
    assert_eq!((&dead["numbers"]["error_share"], &dead["conditions"]), (&json!(1.0), &json!({})));
    // The busiest comes first.
    assert_eq!(names(&get(&gateway, "/api/v1/aliases").await)[0], "talk");
    let targets = get(&gateway, "/api/v1/targets?search=LIMITED").await;
    assert_eq!((&targets["total"], &targets["targets"][0]["provider"]), (&json!(1), &json!("demo")));
    assert_eq!(targets["targets"][0]["numbers"]["total"], 2);
    let history = get(&gateway, "/api/v1/history").await;
    let sum =
        |column: &Value| column.as_array().expect("a list").iter().filter_map(Value::as_u64).sum::<u64>();
    assert_eq!((sum(&history["requests"]), sum(&history["errors"])), (10, 1));
    assert_eq!(sum(&history["conditions"]["rate_limited"]), 1);
    assert_eq!(history["times_ms"].as_array().map(Vec::len), Some(60));
    let limited = get(&gateway, "/api/v1/history?target=demo%2Flimited").await;
    assert_eq!(sum(&limited["conditions"]["rate_limited"]), 2);
    assert_eq!(sum(&get(&gateway, "/api/v1/history?alias=dead").await["errors"]), 1);
}

#[tokio::test]
async fn live_numbers_come_at_once_and_every_second() {
    let gateway = gateway().await;
    ask(&gateway, "talk").await;
    let mut live = try_get(&gateway, "/api/v1/live").await;
    assert_eq!(live.header("content-type"), Some("text/event-stream"));
    // Two of them may come in one piece.
    let mut events = String::new();
    while events.matches("\n\n").count() < 2 {
        events += &soon("an event", live.read_until("\n\n")).await;
    }
    for event in events.split_terminator("\n\n") {
        let data = event.strip_prefix("event: numbers\ndata: ").expect("an event");
        let told: Value = serde_json::from_str(data.trim()).expect("JSON");
        assert_eq!((&told["all"]["total"], &told["aliases"]["talk"]["total"]), (&json!(1), &json!(1)));
        assert_eq!(
            (&told["breakers"], &told["reload"]),
            (&json!({}), &json!({"generation": 1, "rejected": false}))
        );
    }
    // Who looks on keeps no gateway from its end, and learns of it.
    gateway.signal_end();
    let (_, ended) = live.drain().await;
    assert!(ended.is_ok(), "the stream ends in order");
}

#[tokio::test]
async fn ten_thousand_aliases_are_paged_and_searched() {
    let aliases: String = (0..10_000)
        .fold(String::new(), |all, number| all + &format!("  many.{number}: {{target: chatty}}\n"));
    let gateway = launch(&(CONFIG.to_owned() + &aliases)).start().await;
    let page = get(&gateway, "/api/v1/aliases?page=51&per_page=200").await;
    assert_eq!((&page["total"], page["aliases"].as_array().map(Vec::len)), (&json!(10_004), Some(4)));
    let beyond = get(&gateway, "/api/v1/aliases?page=99999&per_page=200").await;
    assert_eq!(beyond["aliases"], json!([]));
    let found = get(&gateway, "/api/v1/aliases?search=MANY.777&per_page=3").await;
    assert_eq!((&found["total"], names(&found)), (&json!(11), vec!["many.777", "many.7770", "many.7771"]));
    assert_eq!(get(&gateway, "/api/v1/aliases?search=everybody").await["total"], 1);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_in_one_form() {
    let gateway = gateway().await;
    for (path, status) in [
        ("/api/v1/aliases?page=0", 400),
        ("/api/v1/aliases?per_page=201", 400),
        ("/api/v1/aliases?page=x", 400),
        ("/api/v1/aliases/nobody", 404),
        ("/api/v1/aliases/%ff", 404),
        ("/api/v1/history?alias=a&target=b", 400),
        ("/api/v1/history?step_s=61", 400),
        ("/api/v1/history?from_ms=0", 400),
        ("/api/v1/exchanges?limit=x", 400),
        ("/api/v1/exchanges/none", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/plan", 405),
        ("/api/v1/playground/v1/models", 405),
    ] {
        let answer = try_get(&gateway, path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json().await["error"]["message"].is_string(), "{path}");
    }
}
