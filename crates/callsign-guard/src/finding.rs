//! What was found, and where.

use std::ops::Range;

/// What sort of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Personal data.
    Pii,
    /// Keys, tokens, passwords.
    Secrets,
    /// Swear words and slurs.
    Profanity,
}

/// One thing in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What sort of thing it is.
    pub category: Category,
    /// What it is exactly, such as `email` or `aws_access_key_id`; the same word in errors, records and metrics.
    pub kind: &'static str,
    /// Where it stands, in bytes of the text; both ends are character boundaries.
    pub span: Range<usize>,
}

/// Sorts `found` by place and keeps, of findings that overlap, the one that begins first, or else the longest.
pub fn disjoint(found: &mut Vec<Finding>) {
    found.sort_by_key(|finding| (finding.span.start, std::cmp::Reverse(finding.span.end)));
    let mut end = 0;
    found.retain(|finding| {
        let apart = finding.span.start >= end;
        if apart {
            end = finding.span.end;
        }
        apart
    });
}

// === impl Category ===

impl Category {
    /// Its name in reports: `pii`, `secrets` or `profanity`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pii => "pii",
            Self::Secrets => "secrets",
            Self::Profanity => "profanity",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Category, Finding, disjoint};

    #[test]
    fn of_findings_that_overlap_the_first_and_longest_stays() {
        let finding = |span| Finding { category: Category::Pii, kind: "email", span };
        let mut found = vec![finding(5..9), finding(0..3), finding(0..4), finding(3..5), finding(9..10)];
        disjoint(&mut found);
        assert_eq!(found, [finding(0..4), finding(5..9), finding(9..10)]);
    }
}
