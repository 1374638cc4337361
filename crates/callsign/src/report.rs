//! How diagnostics look: the place, the line with its mistake underlined, and what to write instead.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use callsign_config::Loaded;
use callsign_config::diagnostic::{Diagnostic, Label, Severity};

/// Lines between two places that are still shown as one piece of text.
const NEAR: usize = 12;
/// A longer line is shown in part.
const LONGEST_LINE: usize = 16 << 10;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Tells on stderr what there is to say about a file, and how much of it; nothing if there is nothing.
pub(crate) fn print(path: &Path, bytes: &[u8], loaded: &Loaded) {
    if loaded.diagnostics.is_empty() {
        return;
    }
    let name = path.display().to_string();
    let report = render(&name, bytes, loaded, &Renderer::styled());
    anstream::eprint!("{report}{name}: {}\n", tally(loaded));
}

/// "3 errors, 1 warning".
pub(crate) fn tally(loaded: &Loaded) -> String {
    let counts = [
        (Severity::Error, "error", "errors"),
        (Severity::Unserved, "part not served yet", "parts not served yet"),
        (Severity::Warning, "warning", "warnings"),
    ];
    let counted = counts.map(|(severity, one, many)| match loaded.count(severity) {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    });
    let counted: Vec<_> = counted.into_iter().flatten().collect();
    if counted.is_empty() { "ok".to_owned() } else { counted.join(", ") }
}

/// All diagnostics of a file as text, one after another.
pub(crate) fn render(name: &str, bytes: &[u8], loaded: &Loaded, renderer: &Renderer) -> String {
    let text = Text { name, text: &masked(bytes, &loaded.secrets) };
    let renderer = renderer.clone().decor_style(DecorStyle::Ascii);
    loaded.diagnostics.iter().fold(String::new(), |mut report, diagnostic| {
        // Writing to a string cannot fail.
        _ = write!(report, "{}\n\n", renderer.render(&[text.group(diagnostic)]));
        report
    })
}

/// The text with its secrets starred out and Windows' line ends blanked, every other byte in its place.
fn masked<'b>(bytes: &'b [u8], secrets: &[Range<usize>]) -> Cow<'b, str> {
    if secrets.is_empty() && !bytes.contains(&b'\r') {
        return String::from_utf8_lossy(bytes);
    }
    let mut starred = bytes.to_vec();
    starred.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b' ');
    for secret in secrets {
        if let Some(secret) = starred.get_mut(secret.clone()) {
            secret.fill(b'*');
        }
    }
    Cow::Owned(String::from_utf8_lossy(&starred).into_owned())
}

struct Text<'t> {
    name: &'t str,
    text: &'t str,
}

/// Some neighbouring lines, and where they begin.
struct Window<'t> {
    text: Cow<'t, str>,
    /// Where the window begins in the whole text; what was cut off in front counts as one sign.
    start: usize,
    first_line: usize,
}

// === impl Text ===

impl Text<'_> {
    fn group(&self, diagnostic: &Diagnostic) -> Group<'_> {
        let main = &diagnostic.label;
        let title = clean(&diagnostic.message);
        let code = diagnostic.code.slug();
        let title = match diagnostic.severity() {
            Severity::Error => Level::ERROR.primary_title(title).id(code),
            Severity::Unserved => Level::WARNING.with_name("unserved").primary_title(title),
            Severity::Warning => Level::WARNING.primary_title(title).id(code),
        };
        let (near, far): (Vec<_>, Vec<_>) =
            diagnostic.others.iter().partition(|other| other.line.abs_diff(main.line) <= NEAR);
        let mut group = self.add(Group::with_title(title), main, &near);
        for other in far {
            group = self.add(group, other, &[]);
        }
        match &diagnostic.help {
            Some(help) => group.element(Level::HELP.message(clean(help))),
            None => group,
        }
    }

    /// Adds the lines of a label and of others near it.
    fn add<'g>(&'g self, group: Group<'g>, main: &Label, near: &[&Label]) -> Group<'g> {
        let window = self.window(main, near);
        let mut snippet = Snippet::source(window.text.clone()).line_start(window.first_line);
        snippet = snippet.annotation(annotation(AnnotationKind::Primary, main, &window));
        for label in near {
            snippet = snippet.annotation(annotation(AnnotationKind::Context, label, &window));
        }
        match window.text {
            Cow::Borrowed(_) => group.element(snippet.path(self.name)),
            // The column cannot be counted in a line that is shown in part.
            Cow::Owned(_) => group
                .element(Origin::path(self.name).line(main.line).char_column(main.column))
                .element(snippet),
        }
    }

    fn window(&self, main: &Label, near: &[&Label]) -> Window<'_> {
        let labels = || std::iter::once(&main).chain(near);
        let first_line = labels().map(|label| label.line).min().unwrap_or(1);
        let start = labels().map(|label| label.span.start).min().unwrap_or(0);
        let end = labels().map(|label| label.span.start).max().unwrap_or(0);
        let top = if self.text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
        let start =
            self.text.get(..start).and_then(|before| before.rfind('\n')).map_or(top, |place| place + 1);
        let end = self
            .text
            .get(end..)
            .and_then(|rest| rest.find('\n'))
            .map_or(self.text.len(), |place| end + place);
        let lines = self.text.get(start..end).unwrap_or_default();
        if near.is_empty() && lines.len() > LONGEST_LINE {
            return self.part_of_line(main, start..end);
        }
        Window { text: Cow::Borrowed(lines), start, first_line }
    }

    fn part_of_line(&self, main: &Label, line: Range<usize>) -> Window<'_> {
        let half = LONGEST_LINE / 2;
        let from = self.text.floor_char_boundary(main.span.start.saturating_sub(half)).max(line.start);
        let to = self.text.floor_char_boundary(main.span.start.saturating_add(half)).min(line.end);
        let part = self.text.get(from..to).unwrap_or_default();
        let mark = if from > line.start { "…" } else { "" };
        let text = Cow::Owned(format!("{mark}{part}…"));
        Window { text, start: from.saturating_sub(mark.len()), first_line: main.line }
    }
}

fn annotation<'w>(kind: AnnotationKind, label: &Label, window: &Window<'_>) -> Annotation<'w> {
    let length = window.text.len();
    let start = label.span.start.saturating_sub(window.start).min(length);
    let end = label.span.end.saturating_sub(window.start).clamp(start, length);
    // What goes on over several lines is underlined on its first.
    let shown = window.text.get(start..end).unwrap_or_default();
    let end = shown.find('\n').map_or(end, |place| start + place);
    kind.span(start..end).label(clean(&label.text))
}

/// Nothing from a file may steer the terminal.
fn clean(text: &str) -> String {
    text.replace(|letter: char| letter.is_control() && letter != '\n', "\u{fffd}")
}
