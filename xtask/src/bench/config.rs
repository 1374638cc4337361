//! The contenders' configuration files, as text. Pure.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use clap::ValueEnum;

use super::scenario::{Answer, PerAnswer};

/// What the aliases of a Callsign mean, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Routes {
    /// Each alias names one target.
    Plain,
    /// The alias for plain answers is a split; one part is a pool of two, and a fallback stands behind it.
    Routed,
    /// As `Plain`, beside aliases that nobody asks for.
    Crowded,
}

/// Who looks at exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Observers {
    /// What the defaults say.
    Usual,
    /// Nobody more than must: no admin listener, no history.
    None,
    /// Everybody: an access log in JSON, all traces sent, history in a file; metrics are counted in any case.
    All,
}

const CROWD: usize = 10_000;
const TARGETS: usize = 10;

/// What is not written here is nginx's default. Bodies of 100 KB stay in memory, and connections are never recycled:
/// both spare nginx work that the default settings would give it.
pub(super) fn nginx(folder: &Path, servers: &str) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 64m;
    client_body_buffer_size 256k;
    keepalive_requests 100000000;
    tcp_nodelay on;
    proxy_http_version 1.1;
    proxy_set_header Connection \"\";
{servers}}}
"
    )
}

/// One kind of answer, on a port of its own.
pub(super) fn nginx_server(answer: Answer, address: SocketAddr, upstream: SocketAddr) -> String {
    let model = answer.model();
    let buffering = if answer == Answer::Plain { "on" } else { "off" };
    format!(
        "    upstream {model} {{ server {upstream}; keepalive 64; keepalive_requests 100000000; }}
    server {{
        listen {address};
        location / {{ proxy_pass http://{model}; proxy_buffering {buffering}; }}
        location = /v1/models {{ return 200 '{{}}'; }}
    }}
"
    )
}

/// Callsign with an alias for each kind of answer.
pub(super) fn callsign(address: SocketAddr, upstream: &PerAnswer<SocketAddr>, routes: Routes) -> String {
    let entry = |model: &str, upstream: &SocketAddr| {
        format!("  - model: custom/{model}\n    base_url: http://{upstream}\n    access_key: bench\n")
    };
    let own = Answer::ALL.iter().map(|answer| entry(answer.model(), upstream.of(*answer)));
    let extra = (0..TARGETS).filter(|_| routes == Routes::Crowded);
    let extra = extra.map(|target| entry(&format!("extra-{target}"), upstream.of(Answer::Plain)));
    let aliases = Answer::ALL.iter().map(|answer| alias(*answer, upstream, routes));
    format!(
        "version: v0.4.0
listeners:
  - type: model
    name: bench
    address: {}
    port: {}
model_providers:
{}model_aliases:
{}{}",
        address.ip(),
        address.port(),
        own.chain(extra).collect::<String>(),
        aliases.collect::<String>(),
        if routes == Routes::Crowded { crowd() } else { String::new() },
    )
}

/// What is written of observers; `collector` takes traces.
pub(super) fn observation(observers: Observers, folder: &Path, collector: SocketAddr) -> String {
    let history = folder.join("history.db");
    match observers {
        Observers::Usual => String::new(),
        Observers::None => "admin: {enabled: false}\nhistory: {enabled: false}\n".to_owned(),
        Observers::All => format!(
            "admin: {{port: 0}}\nhistory: {{path: {}}}\n\
             tracing: {{endpoint: 'http://{collector}', protocol: http, random_sampling: 100}}\n",
            history.display()
        ),
    }
}

fn alias(answer: Answer, upstream: &PerAnswer<SocketAddr>, routes: Routes) -> String {
    if (answer, routes) == (Answer::Plain, Routes::Routed) {
        return routed(upstream.of(Answer::Plain));
    }
    format!("  bench-{0}:\n    target: custom/{0}\n", answer.model())
}

/// All ways lead to one model server. The fallback would lead elsewhere, and its answer would end the run.
fn routed(upstream: &SocketAddr) -> String {
    format!(
        "  bench-plain:
    targets:
      - {{model: bench-pool, weight: 90}}
      - {{model: custom/plain, weight: 10}}
    fallbacks:
      - {{target: custom/burst}}
  bench-pool:
    load_balance: {{algorithm: round_robin}}
    targets:
      - {{model: custom/plain, endpoint: \"http://{upstream}/one\"}}
      - {{model: custom/plain, endpoint: \"http://{upstream}/two\"}}
"
    )
}

fn crowd() -> String {
    let targets: Vec<String> =
        (0..TARGETS).map(|target| format!("{{model: custom/extra-{target}, weight: 10}}")).collect();
    let targets = targets.join(", ");
    (0..CROWD).fold(String::new(), |mut text, number| {
        // Writing to a string cannot fail.
        writeln!(text, "  crowd-{number}: {{targets: [{targets}]}}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(routes: Routes) -> String {
        let upstream = PerAnswer::try_new(|_| "127.0.0.1:9".parse::<SocketAddr>()).unwrap();
        callsign("127.0.0.1:8".parse().unwrap(), &upstream, routes)
    }

    #[test]
    fn setups_differ_in_what_their_names_say_alone() {
        let plain = text(Routes::Plain);
        for (routes, targets, pools, fallbacks) in
            [(Routes::Plain, 0, 0, 0), (Routes::Routed, 2, 1, 1), (Routes::Crowded, CROWD, 0, 0)]
        {
            let text = text(routes);
            let count = |word: &str| text.matches(word).count();
            assert_eq!((count("targets:"), count("load_balance:")), (targets, pools), "{routes:?}");
            assert_eq!((count("fallbacks:"), count("bench-burst:")), (fallbacks, 1), "{routes:?}");
            let (head, _) = plain.split_once("model_aliases:").unwrap();
            assert!(text.starts_with(head), "{routes:?}");
        }
        assert_eq!(text(Routes::Crowded).matches("weight: 10}").count(), CROWD * TARGETS);
    }
}
