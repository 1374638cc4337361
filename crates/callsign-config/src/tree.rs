//! The values of a YAML text, each with its place. Knows nothing of what they mean.

mod syntax;

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};

use crate::diagnostic::{Code, Findings, Span};

/// Deeper than any configuration, shallow enough for recursion over the tree.
const DEEPEST: usize = 64;
/// Ten times ten thousand aliases of ten targets would fit; a bomb of YAML aliases does not.
const MOST_VALUES: usize = 1_000_000;
/// So few keys are compared with each other sooner than hashed.
const FEW: usize = 16;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// A value as written.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// Something that was reported already.
    Broken,
}

/// Anything that is neither a list nor a mapping.
#[derive(Clone)]
pub(crate) struct Scalar {
    /// The text as written; safe to quote unless the key is a secret's.
    pub(crate) written: Box<str>,
    pub(crate) meaning: Meaning,
}

/// What a scalar says once its variables are replaced.
#[derive(Clone)]
pub(crate) enum Meaning {
    AsWritten,
    /// Never to be quoted: a variable may hold a secret.
    Expanded(Box<str>),
    /// The variable is not set, and that is allowed here.
    Missing(Arc<str>),
}

/// One key of a mapping and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Arc<str>,
    pub(crate) at: Span,
    pub(crate) value: Node,
}

/// Reads `text`; `None` after a mistake that leaves no tree.
pub(crate) fn parse(text: &str, findings: &mut Findings<'_>) -> Option<Node> {
    let mut options = granit_parser::Options::default();
    options.flow_nesting_limit = DEEPEST + 1;
    options.block_nesting_limit = DEEPEST + 1;
    let mut builder = Builder {
        findings,
        open: Vec::new(),
        anchors: HashMap::new(),
        values: 0,
        copies: 0,
        keys: Keys::default(),
        root: None,
    };
    let mut documents = 0;
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                syntax::report(text, &error, builder.findings);
                return None;
            }
        };
        let span = Span::new(span.byte_range().unwrap_or_default());
        documents += usize::from(matches!(event, Event::DocumentStart(..)));
        if documents > 1 {
            let message = "a configuration is one document";
            builder
                .findings
                .report(Code::SeveralDocuments, span, message)
                .label("a second one begins here")
                .help("put it into a file of its own");
            return None;
        }
        builder.take(event, span).ok()?;
    }
    builder.root
}

/// Parsing cannot go on; the reason was reported.
struct Stop;

struct Builder<'f, 't> {
    findings: &'f mut Findings<'t>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    values: usize,
    /// Values that are kept a second time, because an anchor may be repeated.
    copies: usize,
    keys: Keys,
    root: Option<Node>,
}

/// Keys that were met lately: a file of many aliases repeats a few of them all the time.
#[derive(Default)]
struct Keys([Option<Arc<str>>; 32]);

/// A list or mapping whose end was not yet seen.
struct Open {
    span: Span,
    flow: bool,
    anchor: usize,
    /// How many values there were before it.
    before: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(Arc<str>, Span)>, merges: Vec<Node> },
}

// === impl Builder ===

impl Builder<'_, '_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.check_tag(tag.as_deref(), span);
                self.count(1, span)?;
                if anchor == 0 && self.takes_key() {
                    let null = is_null(&text, style, tag.as_deref());
                    self.take_key(if null { "null" } else { &text }, span);
                    return Ok(());
                }
                let node = Node { span, value: scalar(&text, style, tag.as_deref()) };
                self.remember(anchor, &node, (1, span))?;
                self.place(node);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.check_tag(tag.as_deref(), span);
                self.begin(span, style, anchor, OpenKind::List(Vec::new()))?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.check_tag(tag.as_deref(), span);
                let kind = OpenKind::Map { entries: Vec::new(), key: None, merges: Vec::new() };
                self.begin(span, style, anchor, kind)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span)?,
            Event::Alias(id) => self.repeat(id, span)?,
            _ => {}
        }
        Ok(())
    }

    /// Whether the next value is a key of a mapping.
    fn takes_key(&self) -> bool {
        matches!(self.open.last().map(|open| &open.kind), Some(OpenKind::Map { key: None, .. }))
    }

    fn take_key(&mut self, text: &str, at: Span) {
        let name = self.keys.of(text);
        if let Some(OpenKind::Map { key, .. }) = self.open.last_mut().map(|open| &mut open.kind) {
            *key = Some((name, at));
        }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, span: Span) {
        let Some(tag) = tag.filter(|tag| tag.core_suffix().is_none()) else { return };
        self.findings
            .report(Code::UnknownTag, span, format!("the tag `{tag}` means nothing here"))
            .label("tagged")
            .help("remove the tag; `$NAME` inside a text reads the environment");
    }

    fn count(&mut self, more: usize, span: Span) -> Result<(), Stop> {
        self.values += more;
        if self.values + self.copies <= MOST_VALUES {
            return Ok(());
        }
        let message = format!("the file has more than {MOST_VALUES} values");
        self.findings
            .report(Code::TooManyValues, span, message)
            .label("the limit is reached here")
            .help("repeat less with `*name`, and leave out what no client asks for");
        Err(Stop)
    }

    fn begin(
        &mut self,
        span: Span,
        style: StructureStyle,
        anchor: usize,
        kind: OpenKind,
    ) -> Result<(), Stop> {
        let before = self.values;
        self.count(1, span)?;
        if self.open.len() >= DEEPEST {
            report_depth(span, self.findings);
            return Err(Stop);
        }
        self.open.push(Open { span, flow: style == StructureStyle::Flow, anchor, before, kind });
        Ok(())
    }

    fn end(&mut self, end: Span) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let (value, first) = match open.kind {
            OpenKind::List(items) => {
                let first = items.first().map(|item| item.span);
                (Value::List(items), first)
            }
            OpenKind::Map { mut entries, merges, .. } => {
                merge(&mut entries, merges);
                let first = entries.first().map(|entry| entry.at);
                self.refuse_duplicates(&mut entries);
                (Value::Map(entries), first)
            }
        };
        // A block has no brackets to underline, so it is shown by its first part.
        let span = match first {
            Some(first) if !open.flow => first,
            _ if open.flow => Span { start: open.span.start, end: end.end },
            _ => open.span,
        };
        let node = Node { span, value };
        self.remember(open.anchor, &node, (self.values - open.before, span))?;
        self.place(node);
        Ok(())
    }

    /// Keeps a copy of an anchored node; counted before it is made.
    fn remember(&mut self, anchor: usize, node: &Node, (size, at): (usize, Span)) -> Result<(), Stop> {
        if anchor > 0 {
            self.copies += size;
            self.count(0, at)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(())
    }

    fn repeat(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        let Some((node, size)) = self.anchors.get(&id) else {
            self.findings
                .report(Code::BadAnchor, span, "an anchor cannot contain itself")
                .label("this stands inside its own `&` anchor");
            self.place(Node { span, value: Value::Broken });
            return Ok(());
        };
        let (size, depth) = (*size, depth(node));
        // Counted before it is copied, so that a bomb never takes the memory.
        self.count(size, span)?;
        if self.open.len() + depth > DEEPEST {
            report_depth(span, self.findings);
            return Err(Stop);
        }
        if let Some(copy) = self.anchors.get(&id).map(|(node, _)| node.clone()) {
            self.place(copy);
        }
        Ok(())
    }

    fn place(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.kind {
            OpenKind::List(items) => items.push(node),
            OpenKind::Map { entries, key, merges } => match key.take() {
                None => *key = Some(read_key(node, self.findings)),
                Some((name, at)) if &*name == "<<" => {
                    check_merge(&node, at, self.findings);
                    merges.push(node);
                }
                Some((name, at)) => entries.push(Entry { key: name, at, value: node }),
            },
        }
    }

    fn refuse_duplicates(&mut self, entries: &mut Vec<Entry>) {
        // Nearly every mapping is small and right, and then no table of its keys is needed.
        if entries.len() <= FEW && all_differ(entries) {
            return;
        }
        let mut seen: HashMap<Arc<str>, Span> = HashMap::with_capacity(entries.len());
        entries.retain(|entry| {
            let Some(first) = seen.get(&entry.key) else {
                seen.insert(Arc::clone(&entry.key), entry.at);
                return true;
            };
            if !entry.key.is_empty() {
                self.findings
                    .report(Code::DuplicateKey, entry.at, format!("`{}` is written twice", entry.key))
                    .label("again here")
                    .also(*first, "first here")
                    .help("keep one of them");
            }
            false
        });
    }
}

fn all_differ(entries: &[Entry]) -> bool {
    let mut rest = entries;
    while let [first, others @ ..] = rest {
        if others.iter().any(|other| other.key == first.key) {
            return false;
        }
        rest = others;
    }
    true
}

fn is_null(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> bool {
    let plain = style == ScalarStyle::Plain && tag.is_none_or(|tag| tag.core_suffix() != Some("str"));
    plain && matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    if is_null(text, style, tag) {
        return Value::Null;
    }
    Value::Scalar(Scalar { written: text.into(), meaning: Meaning::AsWritten })
}

fn read_key(node: Node, findings: &mut Findings<'_>) -> (Arc<str>, Span) {
    match node.value {
        Value::Scalar(scalar) => (scalar.written.into(), node.span),
        Value::Null => ("null".into(), node.span),
        Value::Broken => ("".into(), node.span),
        Value::List(_) | Value::Map(_) => {
            findings
                .report(Code::ComplexKey, node.span, "a key must be a plain word")
                .label("this is a list or a mapping")
                .help("quote it if it is meant as text");
            ("".into(), node.span)
        }
    }
}

fn check_merge(node: &Node, at: Span, findings: &mut Findings<'_>) {
    let good = match &node.value {
        Value::Map(_) | Value::Broken => true,
        Value::List(items) => items.iter().all(|item| matches!(item.value, Value::Map(_) | Value::Broken)),
        Value::Null | Value::Scalar(_) => false,
    };
    if !good {
        findings
            .report(Code::BadMerge, at, "`<<` takes a mapping or a list of mappings")
            .label("cannot be merged")
            .help("write `<<: *name`, where `&name` marks a mapping");
    }
}

/// Adds what `<<` brings; keys written in the mapping itself win, and earlier merges win over later ones.
fn merge(entries: &mut Vec<Entry>, merges: Vec<Node>) {
    let maps = merges.into_iter().flat_map(|node| match node.value {
        Value::List(items) => items,
        _ => vec![node],
    });
    for map in maps {
        let Value::Map(more) = map.value else { continue };
        for entry in more {
            if entries.iter().all(|present| present.key != entry.key) {
                entries.push(entry);
            }
        }
    }
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(entries) => 1 + entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0),
        _ => 0,
    }
}

fn report_depth(span: Span, findings: &mut Findings<'_>) {
    let message = format!("more than {DEEPEST} levels of lists and mappings inside each other");
    findings.report(Code::TooDeep, span, message).label("the limit is reached here");
}

// === impl Keys ===

impl Keys {
    /// `text`, shared with others of the same text where they were met lately.
    fn of(&mut self, text: &str) -> Arc<str> {
        let bytes = text.as_bytes();
        let ends = bytes.first().zip(bytes.last()).map_or(0, |(first, last)| first.wrapping_mul(5) ^ last);
        let Some(slot) = self.0.get_mut((usize::from(ends) + text.len()) % 32) else { return text.into() };
        match slot {
            Some(known) if **known == *text => Arc::clone(known),
            _ => Arc::clone(slot.insert(text.into())),
        }
    }
}

// === impl Scalar ===

impl Scalar {
    /// What it says, once variables are replaced.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.meaning {
            Meaning::AsWritten => Some(&self.written),
            Meaning::Expanded(text) => Some(text),
            Meaning::Missing(_) => None,
        }
    }
}

impl std::fmt::Debug for Scalar {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Scalar(…)")
    }
}

// === impl Node ===

impl Node {
    /// The value of `key`, unless it is absent or empty.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value).filter(|node| !matches!(node.value, Value::Null))
    }

    /// `key` with its place and value.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    /// The pairs of a mapping; empty for anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    /// The parts of a list; empty for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// What a scalar says.
    pub(crate) fn text(&self) -> Option<&str> {
        self.scalar().and_then(Scalar::text)
    }

    /// What a scalar says as it stands in the file: `$NAME` is not replaced.
    pub(crate) fn written(&self) -> Option<&str> {
        self.scalar().map(|scalar| &*scalar.written)
    }

    /// The scalar itself.
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        if let Value::Scalar(scalar) = &self.value { Some(scalar) } else { None }
    }
}
