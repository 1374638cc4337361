//! One process takes another's place: no connection is refused, no answer is cut, no socket is opened twice.

use std::net::TcpListener;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use callsign_testkit::client::Client;
use callsign_testkit::gate::Gate;
use callsign_testkit::gateway::Gateway;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinSet;

use super::scene::{CHAT_STREAM, DONE, Scene, TOKEN, config, launch};

/// The process that has taken the gateway's place; ended when dropped, as nobody else would.
struct Successor(Pid);

impl Drop for Successor {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = kill_process(self.0, Signal::KILL);
    }
}

/// Has another process take the gateway's place.
async fn succeed(gateway: &Gateway) -> Successor {
    gateway.signal_upgrade();
    gateway.logged("is to take this one's place").await;
    let told = gateway.stderr();
    let number = told.lines().find_map(|line| line.strip_prefix("process ")?.split(' ').next()?.parse().ok());
    Successor(Pid::from_raw(number.expect("a process id")).expect("not process 0"))
}

/// Streams until it is told to stop: how many, each whole.
async fn stream_on(client: Client, stop: Arc<AtomicBool>) -> usize {
    let mut served = 0;
    while !stop.load(Ordering::Relaxed) {
        let answer = client.post("/v1/chat/completions", CHAT_STREAM).send().await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text().await, format!("{TOKEN}{DONE}"));
        served += 1;
    }
    served
}

#[tokio::test]
async fn next_process_takes_the_place_of_the_first_under_load() {
    let Scene { upstream: _upstream, mut gateway } =
        Scene::always(Reply::stream().data(TOKEN).data(DONE)).await;
    let (client, admin) = (gateway.client(), gateway.admin());
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..4 {
        clients.spawn(stream_on(client, Arc::clone(&stop)));
    }
    let _successor = succeed(&gateway).await;
    let first = gateway.ended_by_itself().await;
    assert_eq!(first.code(), Some(0), "{}", gateway.stderr());
    // The first is gone, and whoever answers now is the second.
    assert_eq!(client.post("/v1/chat/completions", CHAT_STREAM).send().await.status, 200);
    assert_eq!(admin.get("/readyz").send().await.status, 200);
    stop.store(true, Ordering::Relaxed);
    let served: usize = clients.join_all().await.into_iter().sum();
    assert!(served >= 4, "{served} streams show nothing");
}

#[tokio::test]
async fn stream_under_way_ends_where_it_began() {
    let gate = Gate::closed();
    let reply = Reply::stream().data(TOKEN).wait(&gate).data(DONE);
    let Scene { upstream: _upstream, mut gateway } = Scene::always(reply).await;
    let mut answer = gateway.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    answer.read_until("\n\n").await;
    let _successor = succeed(&gateway).await;
    gateway.logged("stopping").await;
    gate.open();
    assert_eq!(answer.text().await, DONE);
    assert_eq!(gateway.ended_by_itself().await.code(), Some(0));
}

#[tokio::test]
async fn successor_that_does_not_start_changes_nothing() {
    let Scene { upstream: _upstream, gateway } = Scene::always(Reply::stream().data(TOKEN).data(DONE)).await;
    gateway.rewrite("model_providers: [{model: openai/gpt-4o, acess_key: k}]");
    gateway.signal_upgrade();
    gateway.logged("the process that was to take this one's place has ended").await;
    let answer = gateway.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    assert_eq!(answer.text().await, format!("{TOKEN}{DONE}"));
}

#[tokio::test]
async fn operator_asks_for_the_end() {
    let gate = Gate::closed();
    let reply = Reply::stream().data(TOKEN).wait(&gate).data(DONE);
    let Scene { upstream: _upstream, mut gateway } = Scene::always(reply).await;
    let mut answer = gateway.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    answer.read_until("\n\n").await;
    let admin = gateway.admin();
    assert_eq!(admin.get("/healthz").send().await.status, 200);
    assert_eq!(admin.get("/readyz").send().await.status, 200);
    assert_eq!(admin.post("/api/v1/drain", "").send().await.status, 202);
    gateway.logged("stopping").await;
    let ready = admin.get("/readyz").send().await;
    assert_eq!((ready.status, admin.get("/healthz").send().await.status), (503, 200));
    gate.open();
    assert_eq!(answer.text().await, DONE);
    assert_eq!(gateway.ended_by_itself().await.code(), Some(0));
}

#[tokio::test]
async fn sockets_of_a_service_manager_are_taken() {
    let upstream = Upstream::always(Reply::stream().data(TOKEN).data(DONE)).await;
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::empty()).unwrap();
    let address = socket.local_addr().unwrap();
    let gateway = launch(&config(&upstream.url()))
        .env("LISTEN_FDS", "1")
        .env("LISTEN_FDS_FIRST_FD", &socket.as_raw_fd().to_string())
        .env("LISTEN_FDNAMES", "main")
        .start()
        .await;
    assert_eq!(gateway.address(), address);
    let answer = gateway.client().post("/v1/chat/completions", CHAT_STREAM).send().await;
    assert_eq!(answer.text().await, format!("{TOKEN}{DONE}"));
}

#[tokio::test]
async fn service_manager_is_told_of_start_life_and_end() {
    let upstream = Upstream::always(Reply::stream().data(TOKEN).data(DONE)).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let gateway = launch(&config(&upstream.url()))
        .env("NOTIFY_SOCKET", path.to_str().unwrap())
        .env("WATCHDOG_USEC", "40000")
        .start()
        .await;
    let heard = move || {
        let mut bytes = [0; 128];
        let length = socket.recv(&mut bytes).expect("a message");
        String::from_utf8_lossy(&bytes[..length]).trim().to_owned()
    };
    assert_eq!(heard(), "READY=1");
    assert_eq!(heard(), "WATCHDOG=1");
    gateway.signal_end();
    let last = std::iter::repeat_with(&heard).find(|told| told != "WATCHDOG=1");
    assert_eq!(last.as_deref(), Some("STOPPING=1"));
    gateway.ended().await;
}
