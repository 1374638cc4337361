//! What is said of a text that is not YAML, in words of what was typed.

use granit_parser::{ErrorKind, ScanError};

use super::report_depth;
use crate::diagnostic::{Code, Findings, Span};

/// Says where a text stops being YAML, and why.
pub(super) fn report(text: &str, error: &ScanError, findings: &mut Findings<'_>) {
    let start = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let next = text.get(start..).and_then(|rest| rest.chars().next()).filter(|next| *next != '\n');
    let span = Span::new(start..start + next.map_or(0, char::len_utf8));
    let kind = error.kind();
    if matches!(kind, ErrorKind::RecursionLimitExceeded) {
        return report_depth(span, findings);
    }
    if matches!(kind, ErrorKind::UnknownAnchor) {
        let found = findings.report(Code::BadAnchor, span, "no anchor of this name stands before it");
        found
            .label("not defined")
            .help("mark a value with `&name` first, or quote the text if `*` belongs to it");
        return;
    }
    let (message, help) = reword(kind);
    findings.report(Code::Syntax, span, message).label("here").help(help);
}

const QUOTE: &str = "quote a text that holds `: ` or ` #`, or begins with a sign such as `@`, `%` or `*`";

/// The parser's own messages speak of tokens and productions; these speak of what was typed.
fn reword(kind: &ErrorKind) -> (String, &'static str) {
    use ErrorKind as E;
    let (message, help) = match kind {
        E::TabNotAllowed
        | E::TabInBlockIndentation
        | E::TabInIndentation
        | E::TabAtBlockScalarStart
        | E::TabInPlainScalar => ("a tab cannot indent YAML", "indent with spaces, usually two"),
        E::UnexpectedEofFlowSequence | E::ExpectedFlowSequenceSeparator => {
            ("a `[` list is not closed", "put `,` between its parts and `]` at its end")
        }
        E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping
        | E::ExpectedFlowMappingSeparator => {
            ("a `{` mapping is not closed", "put `,` between its parts and `}` at its end")
        }
        E::UnclosedQuotedScalar => ("a quoted text is not closed", "add the closing quote"),
        E::UnclosedFlowCollection { .. } => ("a bracket is not closed", "add the closing `]` or `}`"),
        E::MismatchedFlowCollectionEnd { .. } | E::MisplacedFlowCollectionEnd => {
            ("a bracket closes what was not opened", "pair `[` with `]` and `{` with `}`")
        }
        E::SimpleKeyExpected
        | E::InvalidSimpleKey
        | E::ExpectedBlockMappingKey
        | E::MappingKeyNotAllowed
        | E::MappingValueNotAllowed
        | E::InvalidColonPlacement => (
            "this is not a `key: value` pair",
            "write a space after the `:`, and indent it like its neighbours",
        ),
        E::InvalidIndentation | E::ExpectedBlockSequenceEntry => {
            ("the indentation does not fit the lines above", "indent it like its neighbours")
        }
        E::UnexpectedCharacter { character } => {
            return (format!("`{}` cannot stand here", character.escape_debug()), QUOTE);
        }
        E::UnexpectedEof => ("the file ends too early", "finish the last line"),
        other => return (format!("this is not YAML: {}", plain_words(other)), QUOTE),
    };
    (message.to_owned(), help)
}

fn plain_words(kind: &ErrorKind) -> String {
    let text = kind.to_string();
    text.trim_end_matches('.').to_owned()
}
