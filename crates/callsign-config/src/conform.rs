//! Holds a tree against the shape it should have: unknown keys, wrong kinds, missing variables, unserved behaviour.
//! What passes is read by the lowering without a second complaint; what does not is marked broken.

use crate::diagnostic::{Code, Diagnostic, Findings, Span};
use crate::document::{AUTH_KEYS, CONFIGURATION};
use crate::nearest::{did_you_mean, nearest};
use crate::quantity::{self, Fault};
use crate::shape::{Field, Kind, Standing, Table, Word};
use crate::tree::{Entry, Meaning, Node, Scalar, Value};
use crate::variables::{Expansion, expand};
use crate::{MissingKeys, Setting};

/// Checks the whole tree, replaces variables, and marks what cannot be used.
pub(crate) fn conform(root: &mut Node, setting: &Setting<'_>, findings: &mut Findings<'_>) {
    let mut check = Check { setting, findings, unserved: true, elsewhere: false };
    let at = root.span;
    check.value(root, &Kind::Table(&CONFIGURATION), Place { key: "the file", at, role: Role::Whole });
}

/// The key that a value belongs to.
#[derive(Clone, Copy)]
struct Place<'k> {
    key: &'k str,
    at: Span,
    role: Role,
}

/// Whether a value is all that its key has, or a part of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Whole,
    Part,
}

struct Check<'c, 'f, 't> {
    setting: &'c Setting<'c>,
    findings: &'f mut Findings<'t>,
    /// Whether unserved behaviour is still to be told; inside of it, once is enough.
    unserved: bool,
    /// Whether this is of another environment, whose variables are not set in this one.
    elsewhere: bool,
}

// === impl Place ===

impl Place<'_> {
    fn spoken(&self) -> String {
        match self.role {
            Role::Whole => format!("`{}`", self.key),
            Role::Part => format!("each part of `{}`", self.key),
        }
    }
}

// === impl Check ===

impl Check<'_, '_, '_> {
    fn value(&mut self, node: &mut Node, kind: &Kind, place: Place<'_>) {
        match (&mut node.value, kind) {
            (Value::Broken, _)
            | (Value::Null | Value::List(_) | Value::Map(_), Kind::Any)
            | (Value::Null, Kind::List(_) | Kind::Table(_) | Kind::Named(_) | Kind::ListOrTable(..)) => {}
            (Value::Null, _) => self.empty(node, place),
            (Value::List(items), Kind::List(kind) | Kind::ListOrTable(kind, _)) => {
                for item in items {
                    self.part(item, kind, place.key);
                }
            }
            (Value::Map(entries), Kind::Table(table) | Kind::ListOrTable(_, table)) => {
                self.table(entries, table, place);
            }
            (Value::Map(entries), Kind::Named(kind)) => {
                for Entry { key, at, value } in entries {
                    self.value(value, kind, Place { key, at: *at, role: Role::Whole });
                }
            }
            (Value::Scalar(scalar), kind) if is_scalar(kind) => {
                if self.scalar(scalar, node.span, kind, place).is_none() {
                    node.value = Value::Broken;
                }
            }
            _ => self.wrong_type(node, kind, place),
        }
    }

    fn part(&mut self, item: &mut Node, kind: &Kind, key: &str) {
        let place = Place { key, at: item.span, role: Role::Part };
        match item.value {
            Value::Null if !matches!(kind, Kind::Any) => self.empty(item, place),
            _ => self.value(item, kind, place),
        }
    }

    fn empty(&mut self, node: &mut Node, place: Place<'_>) {
        let message = format!("{} has no value", place.spoken());
        self.findings
            .report(Code::EmptyValue, place.at, message)
            .label("nothing stands behind it")
            .help("write a value, or remove the key");
        node.value = Value::Broken;
    }

    fn wrong_type(&mut self, node: &mut Node, kind: &Kind, place: Place<'_>) {
        let found = match &node.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            _ => "a plain value",
        };
        let message = format!("{} should be {}, but is {found}", place.spoken(), expected(kind));
        let help = example(kind, place.key);
        self.findings
            .report(Code::WrongType, node.span, message)
            .label(format!("this is {found}"))
            .help(help);
        node.value = Value::Broken;
    }

    fn table(&mut self, entries: &mut [Entry], table: &'static Table, place: Place<'_>) {
        let mut mistyped = Vec::new();
        for entry in &mut *entries {
            match table.field(&entry.key) {
                Some(field) => self.field(entry, field),
                None => mistyped.extend(self.unknown_key(entry, table)),
            }
        }
        for field in table.fields.iter().filter(|field| field.required) {
            // A mistyped key was most likely the one that is missing.
            let present =
                entries.iter().any(|entry| &*entry.key == field.name) || mistyped.contains(&field.name);
            if !present {
                self.report_missing_key(table, field, place);
            }
        }
    }

    fn report_missing_key(&mut self, table: &Table, field: &Field, place: Place<'_>) {
        let message = format!("{} needs `{}`", table.spoken(), field.name);
        let help = match &field.kind {
            Kind::Words(words) => format!("write `{}:` and one of {}", field.name, list_words(words)),
            _ => format!("`{}:` is for: {}", field.name, field.about.trim_end_matches('.')),
        };
        self.findings
            .report(Code::MissingKey, place.at, message)
            .label(format!("`{}` is missing here", field.name))
            .help(help);
    }

    fn field(&mut self, entry: &mut Entry, field: &'static Field) {
        let place = Place { key: field.name, at: entry.at, role: Role::Whole };
        match field.standing {
            Standing::Served => self.value(&mut entry.value, &field.kind, place),
            Standing::Elsewhere => {
                let here = std::mem::replace(&mut self.elsewhere, true);
                self.value(&mut entry.value, &field.kind, place);
                self.elsewhere = here;
            }
            Standing::Ignored(reason) => {
                let message = format!("Callsign does not act on `{}`", field.name);
                self.findings.report(Code::Ignored, entry.at, message).label("has no effect").help(reason);
            }
            Standing::Unserved => {
                if self.unserved && !self.elsewhere && !is_empty(&entry.value) {
                    report_unserved(field.name, entry.at, self.findings);
                }
                let outside = std::mem::replace(&mut self.unserved, false);
                self.value(&mut entry.value, &field.kind, place);
                self.unserved = outside;
            }
        }
    }

    /// Reports a key; gives the one that was probably meant.
    fn unknown_key(&mut self, entry: &mut Entry, table: &Table) -> Option<&'static str> {
        entry.value.value = Value::Broken;
        if entry.key.is_empty() || !self.findings.has_room(Code::UnknownKey) {
            return None;
        }
        let meant = nearest(&entry.key, table.fields.iter().map(|field| field.name));
        let acted_on = table.fields.iter().filter(|field| !matches!(field.standing, Standing::Ignored(_)));
        let known = || acted_on.map(|field| field.name).collect::<Vec<_>>().join(", ");
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known here: {}", known()),
        };
        let message = format!("{} has no key `{}`", table.spoken(), entry.key);
        self.findings.report(Code::UnknownKey, entry.at, message).label("not known here").help(help);
        meant
    }

    /// Replaces variables and checks the kind; `None` if the value cannot be used.
    fn scalar(&mut self, scalar: &mut Scalar, span: Span, kind: &Kind, place: Place<'_>) -> Option<()> {
        if matches!(kind, Kind::Secret) && !scalar.written.starts_with('$') {
            self.findings.hide(span);
        }
        match expand(&scalar.written, self.setting.environment) {
            Expansion::Plain => {}
            Expansion::Text(text) => scalar.meaning = Meaning::Expanded(text.into()),
            Expansion::Missing(names) => return self.missing(scalar, span, names, place),
            Expansion::Malformed => {
                self.findings
                    .report(
                        Code::BadVariable,
                        span,
                        format!("`{}` holds a `${{` that is no variable", place.key),
                    )
                    .label("not a variable")
                    .help("write `${NAME}` or `${NAME:-default}`, and `$$` for a dollar sign");
                return None;
            }
        }
        self.check_kind(scalar.text()?, scalar, span, (kind, place))
    }

    fn missing(
        &mut self,
        scalar: &mut Scalar,
        span: Span,
        names: Vec<String>,
        place: Place<'_>,
    ) -> Option<()> {
        if let Some(first) = names.first().filter(|_| self.elsewhere) {
            scalar.meaning = Meaning::Missing(first.as_str().into());
            return Some(());
        }
        let is_key = place.key == "access_key" || AUTH_KEYS.contains(&place.key);
        let may_lack = is_key && self.setting.keys == MissingKeys::Allow;
        for name in &names {
            if may_lack && place.key == "token" {
                report_no_token(name, span, self.findings);
            } else if may_lack {
                report_unavailable(name, span, self.findings);
            } else {
                report_missing(name, place.key, span, self.findings);
            }
        }
        let first = names.into_iter().next().filter(|_| may_lack)?;
        scalar.meaning = Meaning::Missing(first.into());
        Some(())
    }

    fn check_kind(
        &mut self,
        text: &str,
        scalar: &Scalar,
        span: Span,
        (kind, place): (&Kind, Place<'_>),
    ) -> Option<()> {
        let quoted = &scalar.written;
        let key = place.key;
        match kind {
            Kind::Flag if !matches!(text, "true" | "false") => {
                let message = format!("`{key}` should be `true` or `false`, not `{quoted}`");
                self.findings
                    .report(Code::WrongType, span, message)
                    .label("neither")
                    .help(format!("write `{key}: true` or `{key}: false`"));
                None
            }
            Kind::Whole { least, most } => {
                let number = text.parse().ok().filter(|number| (least..=most).contains(&number));
                if number.is_none() {
                    let message = format!("`{key}` should be a whole number, not `{quoted}`");
                    let help = format!("write a number from {least} to {most}");
                    self.findings.report(Code::BadNumber, span, message).label("not in range").help(help);
                }
                number.map(|_: u64| ())
            }
            Kind::Decimal { places } => self.number(quantity::decimal(text, *places), quoted, span, key),
            Kind::Money => self.number(quantity::money(text).map(|money| money.0), quoted, span, key),
            Kind::Duration | Kind::Delay => self.duration(text, quoted, span, (kind, key)),
            Kind::Size if quantity::size(text).is_err() => {
                let message = format!("`{key}` should be a size, not `{quoted}`");
                self.findings
                    .report(Code::BadSize, span, message)
                    .label("not a size")
                    .help("write `64MiB`, `10MB` or a number of bytes");
                None
            }
            Kind::Tokens if quantity::tokens(text).is_err() => {
                let message = format!("`{key}` should be a number of tokens, not `{quoted}`");
                self.findings
                    .report(Code::BadNumber, span, message)
                    .label("not a number of tokens")
                    .help("write a whole number above 0, such as `128000`, `200k` or `1M`");
                None
            }
            Kind::Date if quantity::date(text).is_none() => {
                let message = format!("`{key}` should be a date, not `{quoted}`");
                self.findings
                    .report(Code::BadDate, span, message)
                    .label("not a date")
                    .help("write `2026-12-01` or `2026-12-01T08:00:00Z`");
                None
            }
            Kind::Words(words) => self.word(text, quoted, span, (words, key)),
            _ => Some(()),
        }
    }

    fn number(&mut self, number: Result<u64, Fault>, quoted: &str, span: Span, key: &str) -> Option<()> {
        let Err(fault) = number else { return Some(()) };
        let (label, help) = match fault {
            Fault::Negative => ("below 0", "write a number of at least 0"),
            Fault::TooFine => ("too many digits after the point", "round it"),
            Fault::TooLarge => ("too large", "write a smaller number"),
            Fault::NotANumber | Fault::Unit => {
                ("not a number", "write digits with at most one point, such as `0.10`")
            }
        };
        let message = format!("`{key}` should be a number, not `{quoted}`");
        self.findings.report(Code::BadNumber, span, message).label(label).help(help);
        None
    }

    fn duration(&mut self, text: &str, quoted: &str, span: Span, (kind, key): (&Kind, &str)) -> Option<()> {
        let zero_label = match quantity::duration(text) {
            Ok(duration) if duration.is_zero() && matches!(kind, Kind::Duration) => {
                Some("must be longer than 0")
            }
            Ok(_) => return Some(()),
            Err(Fault::Unit) if text.ends_with(|last: char| last.is_ascii_digit()) => Some("without a unit"),
            Err(Fault::Unit) => Some("its unit is not known"),
            Err(_) => None,
        };
        let message = format!("`{key}` should be a duration, not `{quoted}`");
        self.findings
            .report(Code::BadDuration, span, message)
            .label(zero_label.unwrap_or("not a duration"))
            .help("write a number and `ms`, `s`, `m` or `h`, such as `500ms` or `5s`");
        None
    }

    fn word(
        &mut self,
        text: &str,
        quoted: &str,
        span: Span,
        (words, key): (&'static [Word], &str),
    ) -> Option<()> {
        if !words.iter().any(|word| word.name == text) {
            let names = words.iter().map(|word| word.name);
            let known = || format!("known here: {}", list_words(words));
            let help = did_you_mean(quoted, names.clone()).unwrap_or_else(known);
            let message = format!("`{key}` cannot be `{quoted}`");
            self.findings.report(Code::UnknownWord, span, message).label("not known here").help(help);
            return None;
        }
        Some(())
    }
}

/// Says that `what` is not served yet.
fn report_unserved(what: &str, span: Span, findings: &mut Findings<'_>) {
    findings
        .report(Code::Unserved, span, format!("`{what}` is not served yet"))
        .label("valid, but this version cannot do it")
        .help("remove it to start now; it is never silently left out");
}

/// Says that a variable is not set.
pub(crate) fn report_missing<'f>(
    name: &str,
    key: &str,
    span: Span,
    findings: &'f mut Findings<'_>,
) -> &'f mut Diagnostic {
    let message = format!("the environment variable `{name}` is not set, but `{key}` needs it");
    findings
        .report(Code::MissingVariable, span, message)
        .label("not set, or empty")
        .help(format!("set `{name}`, or write `${{{name}:-a default}}`"))
}

/// Says that a target lacks its key, where that is allowed.
pub(crate) fn report_unavailable(name: &str, span: Span, findings: &mut Findings<'_>) {
    let message = format!("the environment variable `{name}` is not set, so its targets are unavailable");
    findings
        .report(Code::Unavailable, span, message)
        .label("not set, or empty")
        .help("requests use the fallbacks of their aliases");
}

/// A token may be what a target is shown, or what the operator shows.
fn report_no_token(name: &str, span: Span, findings: &mut Findings<'_>) {
    let message =
        format!("the environment variable `{name}` is not set, so what needs this token is unavailable");
    findings
        .report(Code::Unavailable, span, message)
        .label("not set, or empty")
        .help("targets without theirs are passed over; an admin listener without its own does not open");
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Scalar(_) | Value::Broken => false,
    }
}

const fn is_scalar(kind: &Kind) -> bool {
    !matches!(kind, Kind::List(_) | Kind::Table(_) | Kind::Named(_) | Kind::ListOrTable(..))
}

const fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::List(_) => "a list",
        Kind::Table(_) | Kind::Named(_) => "a mapping",
        Kind::ListOrTable(..) => "a list or a mapping",
        _ => "a plain value",
    }
}

fn list_words(words: &[Word]) -> String {
    words.iter().map(|word| word.name).collect::<Vec<_>>().join(", ")
}

fn example(kind: &Kind, key: &str) -> String {
    match kind {
        Kind::List(_) | Kind::ListOrTable(..) => {
            format!("begin each part of `{key}` with `- ` on a line of its own")
        }
        Kind::Table(table) => {
            let first = table.fields.first().map_or("key", |field| field.name);
            format!("write `{first}: …` and the like, indented, on lines of their own")
        }
        Kind::Named(_) => format!("write names with their values under `{key}`, indented"),
        _ => format!("write one value behind `{key}:`"),
    }
}

impl Table {
    /// "a listener", "an overlay".
    fn spoken(&self) -> String {
        let name = self.name.replace('_', " ");
        let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        match self.name {
            "configuration" => "the configuration".to_owned(),
            "auth" | "guardrails" | "timeouts" | "limits" | "retries" | "params" | "overrides" => {
                format!("`{name}`")
            }
            _ => format!("{article} {name}"),
        }
    }
}
