//! Where traces go if the configuration does not say: what OpenTelemetry's own variables say.
//!
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>

use callsign_plan::tracing::{Collector, Protocol};

/// The collector of the environment. Headers and times are read by the library that sends.
pub(crate) fn find(variable: &dyn Fn(&str) -> Option<String>) -> Option<Collector> {
    let is_off = variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || variable("OTEL_TRACES_EXPORTER").is_some_and(|value| value.trim() == "none");
    if is_off {
        return None;
    }
    let protocol = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
    let protocol = match protocol.into_iter().find_map(variable).as_deref().map(str::trim) {
        Some("grpc") => Protocol::Grpc,
        _ => Protocol::Http,
    };
    let of_traces = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    let of_all = || {
        let base = variable("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        let base = base.trim().trim_end_matches('/');
        Some(if protocol == Protocol::Http { format!("{base}/v1/traces") } else { base.to_owned() })
    };
    let endpoint = of_traces.map(|endpoint| endpoint.trim().to_owned()).or_else(of_all)?;
    Some(Collector::at(endpoint.into(), protocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_mean_what_opentelemetry_says() {
        let told = |endpoint: &str, protocol| Some((endpoint.to_owned(), protocol));
        let (base, traces) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
        let protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
        let cases: [(&[_], _); 7] = [
            (&[], None),
            (&[(base, "http://a:4318")], told("http://a:4318/v1/traces", Protocol::Http)),
            (&[(base, "http://a/otlp/")], told("http://a/otlp/v1/traces", Protocol::Http)),
            (&[(base, "http://a:4317"), (protocol, "grpc")], told("http://a:4317", Protocol::Grpc)),
            (&[(base, "http://a"), (traces, "http://b/x")], told("http://b/x", Protocol::Http)),
            (&[(base, "http://a"), ("OTEL_SDK_DISABLED", "true")], None),
            (&[(base, "http://a"), ("OTEL_TRACES_EXPORTER", "none")], None),
        ];
        for (variables, expected) in cases {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _): &&(&str, &str)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let found = find(&variable).map(|found| (found.endpoint.to_string(), found.protocol));
            assert_eq!(found, expected, "{variables:?}");
        }
    }
}
