//! Another configuration while the gateway serves: all of it or nothing, and no request the worse for it.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use callsign_testkit::client::Client;
use callsign_testkit::gate::Gate;
use callsign_testkit::gateway::Gateway;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::Value;
use tokio::task::JoinSet;

use super::scene::{CHAT, CHAT_STREAM, COMPLETION, DONE, TOKEN, launch};

/// A configuration whose alias leads to the model of this number.
fn numbered(number: usize, url: &str) -> String {
    format!(
        "listeners: [{{type: model, name: main, port: 0}}]
admin: {{port: 0}}
model_providers:
  - {{model: openai/m-{number}, access_key: $OPENAI_API_KEY, base_url: '{url}'}}
model_aliases:
  fast: {{target: m-{number}}}
"
    )
}

async fn model(gateway: &Gateway) -> String {
    let answer = gateway.client().post("/v1/chat/completions", CHAT).send().await;
    assert_eq!(answer.status, 200);
    answer.header("x-callsign-model").expect("the model that served").to_owned()
}

async fn reload(gateway: &Gateway) -> (u16, Value) {
    let answer = gateway.admin().post("/api/v1/reload", "").send().await;
    (answer.status, answer.json().await)
}

async fn in_force(gateway: &Gateway) -> Value {
    gateway.admin().get("/api/v1/config").send().await.json().await
}

async fn scene() -> (Upstream, Gateway) {
    let upstream = Upstream::always(Reply::json(200, COMPLETION)).await;
    let gateway = launch(&numbered(1, &upstream.url())).start().await;
    (upstream, gateway)
}

#[tokio::test]
async fn changed_file_is_in_force_without_being_asked_for() {
    let (upstream, gateway) = scene().await;
    assert_eq!(model(&gateway).await, "openai/m-1");
    gateway.rewrite(&numbered(2, &upstream.url()));
    gateway.logged("reloaded (revision 2)").await;
    assert_eq!(model(&gateway).await, "openai/m-2");
    std::fs::write(gateway.config_path(), numbered(3, &upstream.url())).unwrap();
    gateway.logged("reloaded (revision 3)").await;
    assert_eq!(model(&gateway).await, "openai/m-3");
}

#[tokio::test]
async fn file_is_followed_the_way_kubernetes_swaps_it() {
    let upstream = Upstream::always(Reply::json(200, COMPLETION)).await;
    let gateway = launch(&numbered(1, &upstream.url())).start().await;
    let folder = gateway.config_path().parent().unwrap().to_owned();
    // What the kubelet makes of a ConfigMap: a link to a file behind a link to a folder of the day.
    let put = |day: &str, number: usize| {
        std::fs::create_dir(folder.join(day)).unwrap();
        std::fs::write(folder.join(day).join("callsign.yaml"), numbered(number, &upstream.url())).unwrap();
        symlink(day, folder.join("..data_tmp")).unwrap();
        std::fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
    };
    put("..2026_01", 2);
    std::fs::remove_file(gateway.config_path()).unwrap();
    symlink(Path::new("..data/callsign.yaml"), gateway.config_path()).unwrap();
    gateway.logged("reloaded (revision 2)").await;
    put("..2026_02", 3);
    std::fs::remove_dir_all(folder.join("..2026_01")).unwrap();
    gateway.logged("reloaded (revision 3)").await;
    assert_eq!(model(&gateway).await, "openai/m-3");
}

#[tokio::test]
async fn operator_asks_for_the_new_file() {
    let (upstream, gateway) = scene().await;
    let (status, told) = reload(&gateway).await;
    assert_eq!(
        (status, &told["outcome"], &told["config"]["revision"]),
        (200, &"unchanged".into(), &1.into())
    );
    gateway.rewrite(&numbered(2, &upstream.url()));
    let (status, told) = reload(&gateway).await;
    assert_eq!(status, 200, "{told}");
    // The file is followed as well: one of the two was first.
    assert!(told["outcome"] == "installed" || told["outcome"] == "unchanged", "{told}");
    assert_eq!(told["config"]["revision"], 2, "{told}");
    assert_eq!(model(&gateway).await, "openai/m-2");
    let refused = gateway.admin().get("/api/v1/reload").send().await;
    assert_eq!(refused.status, 405);
}

#[tokio::test]
async fn sighup_asks_for_the_new_file() {
    let (upstream, gateway) = scene().await;
    gateway.signal_reload();
    gateway.logged("unchanged (revision 1)").await;
    gateway.rewrite(&numbered(2, &upstream.url()));
    gateway.signal_reload();
    gateway.logged("(revision 2)").await;
    assert_eq!(model(&gateway).await, "openai/m-2");
}

#[tokio::test]
async fn bad_file_changes_nothing_and_says_why() {
    let (upstream, gateway) = scene().await;
    let secret = "sk-in-plain-text-5f3e8a";
    let bad =
        numbered(2, &upstream.url()).replace("$OPENAI_API_KEY", secret).replace("target: m-2", "target: m-3");
    gateway.rewrite(&bad);
    gateway.logged("not reloaded, revision 1 stays in force").await;
    let (status, told) = reload(&gateway).await;
    assert_eq!((status, &told["outcome"]), (422, &"rejected".into()));
    let report = told["config"]["rejected"].as_str().unwrap();
    assert!(report.contains("m-3") && report.contains(":6:18"), "{report}");
    assert!(!report.contains(secret) && !gateway.stderr().contains(secret), "{report}");
    assert_eq!(model(&gateway).await, "openai/m-1");
    // The mistake is mended: nothing is wrong any more.
    gateway.rewrite(&numbered(1, &upstream.url()));
    gateway.logged("unchanged (revision 1)").await;
    assert_eq!(in_force(&gateway).await["rejected"], Value::Null);
}

#[tokio::test]
async fn file_that_is_gone_changes_nothing() {
    let (upstream, gateway) = scene().await;
    std::fs::remove_file(gateway.config_path()).unwrap();
    let (status, told) = reload(&gateway).await;
    assert_eq!(status, 422, "{told}");
    gateway.logged("writes one\n\n").await;
    assert_eq!(model(&gateway).await, "openai/m-1");
    gateway.rewrite(&numbered(2, &upstream.url()));
    gateway.logged("reloaded (revision 2)").await;
}

#[tokio::test]
async fn pipe_in_place_of_the_file_keeps_no_later_look_waiting() {
    let (upstream, gateway) = scene().await;
    let pipe = gateway.config_path().with_extension("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    std::fs::rename(&pipe, gateway.config_path()).unwrap();
    let (status, told) = reload(&gateway).await;
    assert_eq!(status, 422, "{told}");
    let report = told["config"]["rejected"].as_str().unwrap();
    assert!(report.contains("is no file that can be read again"), "{report}");
    gateway.rewrite(&numbered(2, &upstream.url()));
    gateway.logged("reloaded (revision 2)").await;
    assert_eq!(model(&gateway).await, "openai/m-2");
}

#[tokio::test]
async fn what_counts_after_a_restart_alone_is_named() {
    let (upstream, gateway) = scene().await;
    gateway.rewrite(&numbered(2, &upstream.url()).replace("name: main", "name: other"));
    gateway.logged("a change of `listeners` counts after a restart").await;
    assert_eq!(in_force(&gateway).await["needs_restart"], serde_json::json!(["listeners"]));
    assert_eq!(model(&gateway).await, "openai/m-2");
}

#[tokio::test]
async fn request_under_way_ends_on_the_configuration_it_began_with() {
    let gate = Gate::closed();
    let reply = Reply::stream().data(TOKEN).wait(&gate).data(TOKEN).data(DONE);
    let upstream = Upstream::always(reply).await;
    let gateway = launch(&numbered(1, &upstream.url())).start().await;
    let mut answer = gateway.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    answer.read_until(TOKEN).await;
    gateway.rewrite(&numbered(2, &upstream.url()));
    gateway.logged("reloaded (revision 2)").await;
    gate.open();
    assert_eq!(answer.header("x-callsign-model"), Some("openai/m-1"));
    assert_eq!(answer.text().await, format!("{TOKEN}{DONE}"));
}

/// Streams until it is told to stop: how many, each of them whole and of one configuration.
async fn stream_on(client: Client, stop: Arc<AtomicBool>) -> usize {
    let mut served = 0;
    while !stop.load(Ordering::Relaxed) {
        let answer = client.post("/v1/chat/completions", CHAT_STREAM).send().await;
        assert_eq!(answer.status, 200);
        let named = answer.header("x-callsign-model").expect("a model").to_owned();
        let text = answer.text().await;
        // The upstream says which model it was asked for, and by which URL.
        let model = named.strip_prefix("openai/m-").expect("a numbered model");
        assert!(text.contains(&format!("\"m-{model} /{model}/v1")), "{named}: {text}");
        assert!(text.ends_with(DONE), "{text}");
        served += 1;
    }
    served
}

#[tokio::test]
async fn no_request_fails_or_sees_two_configurations_while_the_file_changes_a_hundred_times() {
    let upstream = Upstream::scripted(|request| {
        let model = request.json()["model"].as_str().unwrap_or_default().to_owned();
        let said = format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{model} {}\"}}}}]}}\n\n",
            request.target
        );
        Reply::stream().data(said).data(TOKEN).data(DONE)
    })
    .await;
    let url = |number: usize| format!("{}/{number}/v1", upstream.url());
    let gateway = launch(&numbered(1, &url(1))).start().await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        clients.spawn(stream_on(gateway.client(), Arc::clone(&stop)));
    }
    for number in 2..=101 {
        gateway.rewrite(&numbered(number, &url(number)));
        let (status, told) = reload(&gateway).await;
        assert_eq!((status, &told["config"]["revision"]), (200, &number.into()), "{told}");
    }
    stop.store(true, Ordering::Relaxed);
    let served: usize = clients.join_all().await.into_iter().sum();
    assert!(served >= 100, "{served} streams beside a hundred configurations show nothing");
    assert_eq!(model_of_last(&upstream), "m-101");
}

fn model_of_last(upstream: &Upstream) -> String {
    let received = upstream.received();
    let newest = received.iter().filter_map(|request| {
        let model = request.json()["model"].as_str()?.to_owned();
        Some((model.strip_prefix("m-")?.parse::<usize>().ok()?, model))
    });
    newest.max().expect("a request").1
}
