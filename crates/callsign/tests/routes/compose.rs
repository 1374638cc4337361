//! Routes within routes: a split whose second half is an alias with a pool and fallbacks.

use callsign_testkit::gateway::Gateway;
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;

use super::record;
use super::scene::{Config, Heard, ask};
use super::speech::{Mode, Speech, WAYS};

/// How the members of the pool are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Well,
    OneDown,
    Down,
}

/// The gateway and what its routes lead to.
struct House {
    gateway: Gateway,
    members: [Upstream; 2],
    others: Upstream,
}

const REQUESTS: usize = 20;

#[tokio::test]
async fn split_reaches_through_an_alias_into_its_pool_and_its_fallbacks() {
    for health in [Health::Well, Health::OneDown, Health::Down] {
        for way in WAYS {
            let house = house(health, way).await;
            for _ in 0..REQUESTS {
                let heard = ask(house.gateway.client(), way, "outer").await;
                let told = record::of_heard(&house.gateway, "outer", &heard).await;
                assert_eq!((&told["ended"], &told["error"]), (&"complete".into(), &serde_json::Value::Null));
                served(health, way.0, &heard);
            }
            shares(health, &house);
        }
    }
}

async fn house(health: Health, way: (Speech, Mode)) -> House {
    let members = [
        Upstream::scripted(member(way, health == Health::Down)).await,
        Upstream::scripted(member(way, health != Health::Well)).await,
    ];
    let others = Upstream::scripted(move |request| {
        let model = request.json()["model"].as_str().expect("a model").to_owned();
        if model == "broken" { Reply::hang_up() } else { way.0.says(way.1, &model) }
    })
    .await;
    let provider = way.0.provider();
    let mut config = Config::default();
    for model in ["direct", "broken", "last", "member"] {
        config.entry(&format!("{provider}/{model}"), &others.url(), "");
    }
    let target = |model: &str| format!("{provider}/{model}");
    config.alias(
        "outer",
        &format!("targets: [{{model: {}, weight: 50}}, {{model: inner, weight: 50}}]", target("direct")),
    );
    let endpoints = members
        .each_ref()
        .map(|member| format!("{{model: {provider}/member, endpoint: '{}'}}", member.url()));
    config.alias(
        "inner",
        &format!(
            "load_balance: {{algorithm: round_robin}}, targets: [{}], fallbacks: [{{target: {}}}, {{target: {}}}]",
            endpoints.join(", "),
            target("broken"),
            target("last"),
        ),
    );
    House { gateway: config.start().await, members, others }
}

fn member(way: (Speech, Mode), down: bool) -> impl Fn(&Received) -> Reply + Send + Sync + 'static {
    move |_| if down { Reply::json(503, way.0.error("no 503")) } else { way.0.says(way.1, "member") }
}

fn served(health: Health, speech: Speech, heard: &Heard) {
    let text = heard.text();
    assert_eq!(heard.model(), format!("{}/{text}", speech.provider()));
    assert_eq!(heard.header("x-callsign-alias"), Some("outer"));
    match (text.as_str(), health) {
        ("direct", _) | ("member", Health::Well) => assert_eq!(heard.attempts(), 1),
        ("member", Health::OneDown) => assert!(heard.attempts() <= 2, "{heard:?}"),
        // Members that were found out to be down may be passed over, but for the last of them.
        ("last", Health::Down) => assert!((1..=4).contains(&heard.attempts()), "{heard:?}"),
        _ => panic!("{text} answered while the pool was {health:?}"),
    }
}

fn shares(health: Health, house: &House) {
    let others = house.others.received();
    let asked = |model: &str| others.iter().filter(|request| request.json()["model"] == model).count();
    let direct = asked("direct");
    assert!(direct.abs_diff(REQUESTS / 2) <= 2, "{direct} of {REQUESTS} are not half");
    let pooled = REQUESTS - direct;
    let [first, second] = house.members.each_ref().map(|member| member.received().len());
    match health {
        Health::Well => {
            assert!(first.abs_diff(second) <= 1 && first + second == pooled, "{first} and {second}");
        }
        Health::OneDown => assert_eq!((first, asked("last")), (pooled, 0)),
        Health::Down => assert_eq!(asked("last"), pooled),
    }
}

#[tokio::test]
async fn record_tells_the_way_through_nested_routes() {
    let way = (Speech::OpenAi, Mode::Whole);
    let house = house(Health::Down, way).await;
    let mut told = None;
    for _ in 0..REQUESTS {
        let heard = ask(house.gateway.client(), way, "outer").await;
        if heard.text() == "last" {
            told = Some(record::of_heard(&house.gateway, "outer", &heard).await);
            break;
        }
    }
    let told = told.expect("half of the requests go to the pool");
    let down = ("openai/member", Some("unavailable"), Some(503));
    let expected =
        [down, down, ("openai/broken", Some("unavailable"), None), ("openai/last", None, Some(200))];
    record::tells(record::attempts(&told), &expected);
    assert!(!told["decisions"].as_array().expect("decisions").is_empty(), "{told}");
}
