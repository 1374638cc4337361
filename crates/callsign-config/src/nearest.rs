//! "Did you mean": the known name that is nearest to a mistyped one.

/// The nearest of `known`, if it is near enough to be meant.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (score(&lower, candidate), candidate))
        .filter(|(score, _)| *score >= 0.72)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

fn score(lower: &str, candidate: &str) -> f64 {
    let candidate = candidate.to_lowercase();
    let edits = strsim::normalized_damerau_levenshtein(lower, &candidate);
    // A name that only lacks its end or its provider is meant even where many letters differ.
    let part = candidate.len() >= 4
        && lower.len() >= 4
        && (candidate.contains(lower) || lower.contains(&*candidate));
    if part { edits.max(0.73) } else { edits }
}

/// "did you mean `x`?", where there is one to mean.
pub(crate) fn did_you_mean<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    nearest(name, known).map(|nearest| format!("did you mean `{nearest}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_offered() {
        let known = ["access_key", "base_url", "gpt-4o-mini", "gpt-4o"];
        for (name, expected) in [
            ("acces_key", Some("access_key")),
            ("baseurl", Some("base_url")),
            ("GPT-4o", Some("gpt-4o")),
            ("gpt-4o-mni", Some("gpt-4o-mini")),
            ("zebra", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
