//! `OpenMetrics` text turned into the older format that Prometheus and others read when nobody asks for more.

/// How metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/openmetrics-text`, with units and exemplars.
    OpenMetrics,
    /// `text/plain; version=0.0.4`
    Plain,
}

// === impl Format ===

impl Format {
    /// The best that somebody who sends this `Accept` reads.
    pub fn accepted(accept: Option<&str>) -> Self {
        let accept = accept.unwrap_or_default();
        let mut offers = accept.split(',').map(|offer| offer.split(';').map(str::trim));
        let wanted = offers.any(|mut offer| {
            offer.next() == Some("application/openmetrics-text")
                && !offer.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        });
        if wanted { Self::OpenMetrics } else { Self::Plain }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Plain => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// The same metrics in the older format: names in full, no units, no exemplars.
pub(super) fn plain(open: &str) -> String {
    let mut told = String::with_capacity(open.len());
    let mut help: Option<(&str, &str)> = None;
    for line in open.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ');
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            describe(&mut told, name, kind, help.take());
        } else if !line.starts_with('#') {
            told.push_str(without_exemplar(line));
            told.push('\n');
        }
    }
    told
}

fn describe(told: &mut String, name: &str, kind: &str, help: Option<(&str, &str)>) {
    let (suffix, kind) = match kind {
        "counter" => ("_total", "counter"),
        "info" => ("_info", "gauge"),
        "unknown" => ("", "untyped"),
        kind => ("", kind),
    };
    let about = help.filter(|(of, _)| *of == name).map_or("", |(_, about)| about);
    told.extend(["# HELP ", name, suffix, " ", about, "\n# TYPE ", name, suffix, " ", kind, "\n"]);
}

/// What stands behind the value. A label may hold the same signs, so only what follows the labels counts.
fn without_exemplar(line: &str) -> &str {
    let labels_end = end_of_labels(line);
    let behind = line.get(labels_end..).unwrap_or_default();
    behind.find(" # ").and_then(|at| line.get(..labels_end + at)).unwrap_or(line)
}

fn end_of_labels(line: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in line.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '}' | ' ' if !quoted => return at,
            _ => {}
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openmetrics_is_told_to_those_alone_who_ask_for_it() {
        let prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        for accept in [prometheus, "application/openmetrics-text"] {
            assert_eq!(Format::accepted(Some(accept)), Format::OpenMetrics, "{accept}");
        }
        for accept in
            [None, Some("*/*"), Some("text/plain"), Some("application/openmetrics-text;q=0, text/plain")]
        {
            assert_eq!(Format::accepted(accept), Format::Plain, "{accept:?}");
        }
    }

    #[test]
    fn older_format_has_names_in_full_and_no_exemplars() {
        let open = "# HELP a_seconds Time.\n# TYPE a_seconds histogram\n# UNIT a_seconds seconds\n\
            a_seconds_bucket{x=\"} # {\\\"\",le=\"1.0\"} 2 # {trace_id=\"00\"} 0.5\n\
            # HELP b Things.\n# TYPE b counter\nb_total 3\n# HELP c Build.\n# TYPE c info\nc_info{v=\"1\"} 1\n# EOF\n";
        let expected = "# HELP a_seconds Time.\n# TYPE a_seconds histogram\n\
            a_seconds_bucket{x=\"} # {\\\"\",le=\"1.0\"} 2\n\
            # HELP b_total Things.\n# TYPE b_total counter\nb_total 3\n# HELP c_info Build.\n# TYPE c_info gauge\nc_info{v=\"1\"} 1\n";
        assert_eq!(plain(open), expected);
    }
}
