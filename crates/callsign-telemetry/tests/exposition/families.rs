//! What exchanges come to in the exposition, and how much of it there may be.

use std::collections::BTreeMap;
use std::time::Duration;

use callsign_telemetry::exchange::{Ended, Exchange, Finding};
use callsign_telemetry::metrics::{
    self, BreakerState, Build, Exposition, Format, Meter, Now, Reloads, Spans, TargetNow,
};

use super::sample::{attempt, served};

/// A gateway that has met everything there is a metric for.
pub(super) fn everything() -> (Exposition, Now) {
    let (mut meter, exposition) = metrics::start();
    meter.saw(&served(), &|_| true);
    let mut estimated = served();
    estimated.attempts[0].spent.as_mut().expect("it is served").is_estimate = true;
    estimated.losses = Some("seed, messages[2].name;changed".into());
    estimated.resumed = Some(12);
    estimated.findings =
        vec![Finding { category: "pii", kind: "email".into(), action: "mask", direction: "input", count: 2 }];
    meter.saw(&estimated, &|_| true);
    meter.saw(&failed(), &|_| true);
    (exposition, now())
}

/// One that two targets failed.
fn failed() -> Exchange {
    let attempts = vec![
        attempt("openai/gpt-4o-mini", Some("unavailable"), None),
        attempt("groq/llama", Some("rate_limited"), None),
    ];
    Exchange { status: 503, error: Some("upstream_unreachable"), ended: Ended::Refused, attempts, ..served() }
}

fn now() -> Now {
    let target = |name: &str, breaker| TargetNow { name: name.into(), breaker, in_flight: 2 };
    Now {
        exchanges: 3,
        connections: 4,
        missed: 1,
        targets: vec![
            target("openai/gpt-4o-mini", BreakerState::Closed),
            target("groq/llama", BreakerState::Open),
        ],
        generation: 2,
        since: 1.5,
        rejected: true,
        reloads: Reloads { installed: 1, unchanged: 2, rejected: 3 },
        spans: Spans { exported: 5, failed: 6, dropped: 7 },
        began: 1.0,
        build: Build { version: "0.0.0" },
    }
}

fn told(exposition: &Exposition, format: Format) -> String {
    exposition.tell(&now(), format).expect("a text")
}

/// Each series with its value.
fn series(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.rsplit_once(' ')).map(|(name, value)| (name.into(), value.into())).collect()
}

#[track_caller]
fn check(series: &BTreeMap<String, String>, name: &str, value: &str) {
    let found = series.get(name).map(String::as_str);
    assert_eq!(found, Some(value), "{name} among {:#?}", series.keys().collect::<Vec<_>>());
}

const OF_MODEL: &str = r#"gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="fast",gen_ai_response_model="gpt-4o-mini""#;

#[test]
fn exchanges_are_counted_by_what_came_of_them() {
    let (exposition, _) = everything();
    let series = series(&told(&exposition, Format::Plain));
    let cases = [
        (
            r#"callsign_exchanges_total{alias="fast",operation="chat",ended="complete",status="2xx",error=""}"#,
            "2",
        ),
        (
            r#"callsign_exchanges_total{alias="fast",operation="chat",ended="refused",status="5xx",error="upstream_unreachable"}"#,
            "1",
        ),
        (r#"callsign_attempts_total{alias="fast",target="openai/gpt-4o-mini",condition=""}"#, "2"),
        (r#"callsign_attempts_total{alias="fast",target="groq/llama",condition="rate_limited"}"#, "1"),
        (r#"callsign_tokens_total{alias="fast",target="openai/gpt-4o-mini",kind="cache_read"}"#, "1200"),
        (r#"callsign_tokens_total{alias="fast",target="openai/gpt-4o-mini",kind="reasoning"}"#, "80"),
        (r#"callsign_cost_dollars_total{alias="fast",target="openai/gpt-4o-mini"}"#, "0.003"),
        (r#"callsign_usage_estimates_total{target="openai/gpt-4o-mini"}"#, "1"),
        (
            r#"callsign_guard_findings_total{category="pii",kind="email",action="mask",direction="input"}"#,
            "2",
        ),
        (r#"callsign_losses_total{feature="messages.name",fate="changed"}"#, "1"),
        (r#"callsign_streams_resumed_total{alias="fast"}"#, "1"),
        (r#"callsign_breaker_state{target="groq/llama",state="open"}"#, "1"),
        (r#"callsign_breaker_state{target="groq/llama",state="closed"}"#, "0"),
        (r#"callsign_attempts_in_flight{target="groq/llama"}"#, "2"),
        (r#"callsign_reloads_total{outcome="rejected"}"#, "3"),
        (r#"callsign_spans_total{outcome="dropped"}"#, "7"),
        ("callsign_configuration_generation", "2"),
        ("callsign_configuration_rejected", "1"),
        ("callsign_records_missed_total", "1"),
        (r#"callsign_build_info{version="0.0.0"}"#, "1"),
        (r#"callsign_own_seconds_bucket{le="0.0002",alias="fast"}"#, "3"),
        (r#"callsign_first_token_seconds_count{alias="fast"}"#, "2"),
    ];
    for (name, value) in cases {
        check(&series, name, value);
    }
}

#[test]
fn conventional_metrics_carry_the_conventions_attributes() {
    let (exposition, _) = everything();
    let series = series(&told(&exposition, Format::Plain));
    let tokens = [
        ("input", "2000"),
        ("output", "202"),
        ("cache_read_input", "1200"),
        ("cache_write_input", "200"),
        ("reasoning_output", "80"),
    ];
    for (kind, count) in tokens {
        check(&series, &format!("gen_ai_client_inference_usage_{kind}_tokens_total{{{OF_MODEL}}}"), count);
    }
    check(&series, &format!("gen_ai_client_operation_duration_seconds_count{{{OF_MODEL}}}"), "2");
    check(&series, &format!("gen_ai_client_operation_time_to_first_chunk_seconds_sum{{{OF_MODEL}}}"), "0.6");
    // Two seconds for a hundred tokens after the first.
    check(
        &series,
        &format!("gen_ai_client_operation_time_per_output_chunk_seconds_sum{{{OF_MODEL}}}"),
        "0.04",
    );
    let failed = OF_MODEL.replace("openai", "groq").replace("gpt-4o-mini", "llama");
    let failed = format!(
        "gen_ai_client_operation_duration_seconds_count{{{failed},error_type=\"upstream_unreachable\"}}"
    );
    check(&series, &failed, "1");
}

#[test]
fn exemplars_carry_traces_where_they_can_be_told() {
    let (exposition, _) = everything();
    let open = told(&exposition, Format::OpenMetrics);
    assert!(open.contains(r#" # {trace_id="0af7651916cd43dd8448eb211c80319c"} 2.3"#), "{open}");
    assert!(open.ends_with("# EOF\n"));
    assert!(!told(&exposition, Format::Plain).contains("trace_id"));
}

#[test]
fn names_that_clients_invent_never_become_labels() {
    let (mut meter, exposition) = metrics::start();
    for number in 0..100 {
        let mut exchange = served();
        let asked = exchange.asked.as_mut().expect("it asks");
        (asked.alias, asked.name) = (None, format!("invented-{number}").into());
        exchange.attempts = vec![attempt(&format!("openai/invented-{number}"), None, None)];
        exchange.losses = Some(format!("invented-{number}, messages[0].invented-{number}").into());
        meter.saw(&exchange, &|_| false);
    }
    let text = told(&exposition, Format::Plain);
    assert!(!text.contains("invented"), "{text}");
    check(&series(&text), r#"callsign_attempts_total{alias="",target="openai/*",condition=""}"#, "100");
    check(&series(&text), r#"callsign_losses_total{feature="messages.*",fate="dropped"}"#, "100");
}

#[test]
fn series_stay_bounded_whatever_comes() {
    let (mut meter, exposition) = metrics::start();
    let met = |meter: &mut Meter, round: usize| {
        for number in 0..5_000 {
            let mut exchange = served();
            let asked = exchange.asked.as_mut().expect("it asks");
            asked.alias = Some(format!("alias-{round}-{number}").into());
            exchange.attempts = vec![attempt(&format!("openai/model-{round}-{number}"), None, None)];
            exchange.took = Duration::from_millis(1);
            meter.saw(&exchange, &|_| true);
        }
    };
    met(&mut meter, 0);
    let first = told(&exposition, Format::Plain);
    met(&mut meter, 1);
    let second = told(&exposition, Format::Plain);
    let lines = |text: &str| text.lines().count();
    assert_eq!(lines(&first), lines(&second), "new names make new series for ever");
    let other = series(&second)
        .into_iter()
        .find(|(name, _)| name.starts_with(r#"callsign_exchanges_total{alias="other""#));
    assert_eq!(other.map(|(_, count)| count).as_deref(), Some("9000"));
}

#[test]
fn request_for_nothing_in_the_catalog_is_counted() {
    let (mut meter, exposition) = metrics::start();
    let refused = Exchange {
        asked: None,
        attempts: Vec::new(),
        error: Some("not_found"),
        status: 404,
        ended: Ended::Refused,
        ..served()
    };
    meter.saw(&refused, &|_| true);
    let name =
        r#"callsign_exchanges_total{alias="",operation="",ended="refused",status="4xx",error="not_found"}"#;
    check(&series(&told(&exposition, Format::Plain)), name, "1");
}
