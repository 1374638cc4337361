//! What a configuration says of the gateway as a whole, by its keys: listeners, the admin listener, history, storage, traces, prices.
//! No secret is in it; of an address it says what stands before its query.

use std::collections::BTreeMap;

use super::{time, timeouts};
use crate::catalog::{Admin, Limits, Listener, Parts};
use crate::history::{History, Kept};
use crate::storage::{self, Engine, Storage};
use crate::tracing::{Collector, Content, Protocol, Tracing};

type Settings = BTreeMap<String, String>;

/// Everything that is no alias and no target.
pub(super) fn of(parts: &Parts) -> Settings {
    let mut settings = Settings::new();
    parts.listeners.iter().for_each(|listener| told_listener(listener, &mut settings));
    settings.insert("admin".to_owned(), parts.admin.as_ref().map_or_else(|| "none".to_owned(), admin));
    history(&parts.history, &mut settings);
    storage(&parts.storage, &mut settings);
    tracing(&parts.tracing, &mut settings);
    let mut write = |key: &str, value: Option<String>| {
        settings.extend(value.map(|value| (key.to_owned(), value)));
    };
    timeouts(&parts.timeouts, &mut write);
    write("prices.file", parts.prices.file.as_ref().map(|path| path.display().to_string()));
    write("prices.url", parts.prices.url.as_deref().map(place));
    write("prices.refresh", parts.prices.url.is_some().then(|| time(parts.prices.refresh)));
    let authorities = parts.upstream_ca.as_ref().map(|path| path.display().to_string());
    write("overrides.upstream_tls_ca_path", authorities);
    settings
}

fn told_listener(listener: &Listener, settings: &mut Settings) {
    let key = format!("listeners.{}", listener.name);
    settings.insert(format!("{key}.timeout"), time(listener.timeout));
    let (limits, usual) = (listener.limits, Limits::default());
    let written = [
        ("body", limits.body.to_string(), limits.body != usual.body),
        ("head_time", time(limits.head_time), limits.head_time != usual.head_time),
        ("body_time", time(limits.body_time), limits.body_time != usual.body_time),
        ("connections", limits.connections.to_string(), limits.connections != usual.connections),
        ("in_flight", limits.in_flight.to_string(), limits.in_flight != usual.in_flight),
    ];
    for (name, value, _) in written.into_iter().filter(|(.., differs)| *differs) {
        settings.insert(format!("{key}.limits.{name}"), value);
    }
    settings.insert(key, format!("{}:{}", listener.address, listener.port));
}

fn admin(admin: &Admin) -> String {
    let mut told = format!("{}:{}", admin.address, admin.port);
    if admin.token.is_some() {
        told.push_str(", with a token");
    }
    match &admin.tls {
        Some(tls) if tls.client_ca.is_some() => told.push_str(", with TLS and certificates of clients"),
        Some(_) => told.push_str(", with TLS"),
        None => {}
    }
    for host in &admin.hosts {
        told.push_str(", as ");
        told.push_str(host);
    }
    told
}

fn history(history: &History, settings: &mut Settings) {
    let kept = match &history.kept {
        Kept::Usually => None,
        Kept::At(path) => Some(path.display().to_string()),
        Kept::Nowhere => Some("nowhere".to_owned()),
    };
    let usual = History::default();
    let retention = (history.retention != usual.retention).then(|| time(history.retention));
    let size = (history.size != usual.size).then(|| history.size.to_string());
    let each = history.exchanges_per_second;
    let each = (each != usual.exchanges_per_second).then(|| each.to_string());
    for (key, value) in
        [("path", kept), ("retention", retention), ("max_size", size), ("exchanges_per_second", each)]
    {
        settings.extend(value.map(|value| (format!("history.{key}"), value)));
    }
}

fn storage(storage: &Storage, settings: &mut Settings) {
    let engine = match &storage.engine {
        Engine::Automatic => None,
        Engine::Memory => Some("memory".to_owned()),
        Engine::Sqlite { path: None } => Some("sqlite".to_owned()),
        Engine::Sqlite { path: Some(path) } => Some(format!("sqlite at {}", path.display())),
        Engine::Postgres { .. } => Some("postgres".to_owned()),
    };
    let (limits, usual) = (storage.limits, storage::Limits::default());
    let entries = (limits.entries != usual.entries).then(|| limits.entries.to_string());
    let ttl = (limits.ttl != usual.ttl).then(|| time(limits.ttl));
    let size = limits.size.map(|size| size.to_string());
    for (key, value) in [("type", engine), ("max_entries", entries), ("max_size", size), ("ttl", ttl)] {
        settings.extend(value.map(|value| (format!("state_storage.{key}"), value)));
    }
}

fn tracing(tracing: &Tracing, settings: &mut Settings) {
    let mut write = |key: &str, value: Option<String>| {
        settings.extend(value.map(|value| (format!("tracing.{key}"), value)));
    };
    write("endpoint", tracing.collector.as_ref().map(collector));
    let exporters: Vec<String> = tracing.exporters.iter().map(collector).collect();
    write("exporters", (!exporters.is_empty()).then(|| exporters.join("; ")));
    let percent = |share: u32| format!("{} %", f64::from(share) / 10_000.0);
    write("random_sampling", tracing.share.map(percent));
    write("trace_arch_internal", tracing.detail.phases.then(|| "true".to_owned()));
    let prefixes = &tracing.detail.header_prefixes;
    write("span_attributes.header_prefixes", (!prefixes.is_empty()).then(|| prefixes.join(", ")));
}

fn collector(collector: &Collector) -> String {
    let protocol = match collector.protocol {
        Protocol::Grpc => "grpc",
        Protocol::Http => "http",
    };
    let content = match collector.content {
        Content::Untold => "",
        Content::Told => ", with what was said",
    };
    format!("{} by {protocol}{content}", place(&collector.endpoint))
}

/// An address without what may be a secret: who asks, and what stands behind its path.
fn place(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}
