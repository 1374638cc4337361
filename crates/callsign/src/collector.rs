//! Where traces go if the configuration does not say: what OpenTelemetry's own variables say.
//!
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>

use std::time::Duration;

use callsign_plan::tracing::{Collector, Environment, Protocol};

/// What the environment says. Of two variables, the one of traces counts before the one of everything.
pub(crate) fn find(variable: &dyn Fn(&str) -> Option<String>) -> Environment {
    let either = |end: &str| {
        let names = [format!("OTEL_EXPORTER_OTLP_TRACES_{end}"), format!("OTEL_EXPORTER_OTLP_{end}")];
        names.iter().find_map(|name| variable(name))
    };
    let headers = either("HEADERS").map(|written| pairs(&written)).unwrap_or_default();
    let patience = either("TIMEOUT").and_then(|written| written.trim().parse().ok());
    let mut attributes =
        variable("OTEL_RESOURCE_ATTRIBUTES").map(|written| pairs(&written)).unwrap_or_default();
    attributes.extend(variable("OTEL_SERVICE_NAME").map(|name| ("service.name".to_owned(), name)));
    Environment {
        collector: collector(variable),
        headers: headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        patience: patience.map(Duration::from_millis),
        attributes: attributes.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
    }
}

/// Pairs as in `baggage`: `name=value,name=value`, with percents before what has no place there.
/// <https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable>
fn pairs(written: &str) -> Vec<(String, String)> {
    let pairs = written.split(',').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.map(|(name, value)| (name.trim().to_owned(), decoded(value.trim())));
    pairs.filter(|(name, value)| !name.is_empty() && !value.is_empty()).collect()
}

/// Without percents; what is not written so stays as it is.
fn decoded(written: &str) -> String {
    let mut parts = written.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let (Some(byte), Some(rest)) = (byte, part.get(2..)) else { return written.to_owned() };
        bytes.push(byte);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap_or_else(|_| written.to_owned())
}

fn collector(variable: &dyn Fn(&str) -> Option<String>) -> Option<Collector> {
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
    use secrecy::ExposeSecret as _;

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
            let found = read(variables).collector;
            let found = found.map(|found| (found.endpoint.to_string(), found.protocol));
            assert_eq!(found, expected, "{variables:?}");
        }
    }

    fn read(variables: &[(&str, &str)]) -> Environment {
        find(&|name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn who_sends_and_with_what_is_read_as_baggage() {
        let found = read(&[
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=all"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", " authorization = Bearer%20t0ken ,x=1%,=2,y="),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,team=%C3%BC,k=v=w"),
            ("OTEL_SERVICE_NAME", "our models"),
        ]);
        let headers = found.headers.iter().map(|(name, value)| format!("{name}: {}", value.expose_secret()));
        assert_eq!(headers.collect::<Vec<_>>(), ["authorization: Bearer t0ken", "x: 1%"]);
        assert_eq!(found.patience, Some(Duration::from_millis(2_500)));
        let attributes = found.attributes.iter().map(|(name, value)| format!("{name}={value}"));
        let expected = ["service.name=a", "team=\u{fc}", "k=v=w", "service.name=our models"];
        assert_eq!(attributes.collect::<Vec<_>>(), expected);
        assert_eq!(read(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")]).patience, None);
    }
}
