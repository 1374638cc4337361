//! What is wrong with a configuration, where, and what to write instead. Rendering is the binary's.

use std::collections::HashMap;
use std::ops::Range;

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// Valid and understood, but this version does not serve it yet: `serve` refuses, `check` tells.
    Unserved,
    /// Usable, but probably not what was meant.
    Warning,
}

macro_rules! codes {
    ($($(#[doc = $about:literal])+ $name:ident = $slug:literal, $severity:ident;)+) => {
        /// What kind of mistake a diagnostic is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $about])+ $name,)+
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable name that reports and searches use.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }

            /// How much a diagnostic of this code weighs.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }
        }
    };
}

codes! {
    /// The bytes are not UTF-8.
    NotUtf8 = "not-utf8", Error;
    /// Nothing is configured.
    EmptyFile = "empty-file", Error;
    /// The file is larger than any configuration should be.
    TooLarge = "too-large", Error;
    /// A NUL or another control character.
    ControlCharacter = "control-character", Error;
    /// Not YAML.
    Syntax = "syntax", Error;
    /// More than one document in a file.
    SeveralDocuments = "several-documents", Error;
    /// The same key twice in one mapping.
    DuplicateKey = "duplicate-key", Error;
    /// A key that is not a plain word.
    ComplexKey = "complex-key", Error;
    /// `*name` without `&name`, or inside its own `&name`.
    BadAnchor = "bad-anchor", Error;
    /// `<<` with something that cannot be merged.
    BadMerge = "bad-merge", Error;
    /// A YAML tag that means nothing here.
    UnknownTag = "unknown-tag", Error;
    /// Mappings and lists inside each other without end.
    TooDeep = "too-deep", Error;
    /// More values than any configuration should have, often by YAML aliases.
    TooManyValues = "too-many-values", Error;
    /// A key nobody knows.
    UnknownKey = "unknown-key", Error;
    /// A key that must be there.
    MissingKey = "missing-key", Error;
    /// A key without a value.
    EmptyValue = "empty-value", Error;
    /// A list where a text belongs, and the like.
    WrongType = "wrong-type", Error;
    /// A word that is not among the known ones.
    UnknownWord = "unknown-word", Error;
    /// A number that is none, or out of its range.
    BadNumber = "bad-number", Error;
    /// A duration that is none.
    BadDuration = "bad-duration", Error;
    /// A size that is none.
    BadSize = "bad-size", Error;
    /// A date that is none, or in the wrong order.
    BadDate = "bad-date", Error;
    /// `$` with something that is not a variable.
    BadVariable = "bad-variable", Error;
    /// An environment variable that is not set.
    MissingVariable = "missing-variable", Error;
    /// Two keys that exclude each other.
    Conflict = "conflict", Error;
    /// A file without a single model.
    NoModels = "no-models", Error;
    /// An entry's `model` that is not `provider/id`.
    BadModel = "bad-model", Error;
    /// The same model twice.
    DuplicateModel = "duplicate-model", Error;
    /// The same name for two things.
    DuplicateName = "duplicate-name", Error;
    /// More than one entry marked `default`.
    SeveralDefaults = "several-defaults", Error;
    /// `provider/*` marked `default`.
    WildcardDefault = "wildcard-default", Error;
    /// A provider that is not built in, without `base_url`.
    UnknownProvider = "unknown-provider", Error;
    /// A built-in provider that has no usual address.
    BaseUrlNeeded = "base-url-needed", Error;
    /// `provider_interface` on a provider whose interface is known.
    KnownInterface = "known-interface", Error;
    /// A URL that cannot be a provider's.
    BadUrl = "bad-url", Error;
    /// A header that HTTP does not allow, or that is not the operator's to set.
    BadHeader = "bad-header", Error;
    /// A host name that is none.
    BadHost = "bad-host", Error;
    /// A key that cannot be sent in a header.
    BadKey = "bad-key", Error;
    /// An IP address that is none.
    BadAddress = "bad-address", Error;
    /// Two listeners at one address and port.
    DuplicateListener = "duplicate-listener", Error;
    /// The operator's listener, open to whoever can reach it.
    OpenAdmin = "open-admin", Error;
    /// A key that belongs elsewhere.
    MisplacedKey = "misplaced-key", Error;
    /// An alias name with other characters than letters, digits, `.`, `-`, `_`.
    BadAliasName = "bad-alias-name", Error;
    /// An alias that leads nowhere.
    NoTarget = "no-target", Error;
    /// A target that is not defined.
    UnknownTarget = "unknown-target", Error;
    /// A bare id that several providers serve.
    AmbiguousTarget = "ambiguous-target", Error;
    /// `provider/*` as a target.
    WildcardTarget = "wildcard-target", Error;
    /// Aliases that lead back to themselves.
    AliasCycle = "alias-cycle", Error;
    /// A part of a split without its weight.
    MissingWeight = "missing-weight", Error;
    /// Weights that do not sum to 100.
    WeightSum = "weight-sum", Error;
    /// Weights that are all 0.
    NoWeight = "no-weight", Error;
    /// A pool member whose weight is 0.
    PoolWeight = "pool-weight", Error;
    /// A condition that can never hold.
    ImpossibleCondition = "impossible-condition", Error;
    /// `CALLSIGN_ENV` names an environment that the file has no `env` for.
    UnknownEnvironment = "unknown-environment", Error;
    /// A requirement that nobody knows.
    BadRequirement = "bad-requirement", Error;

    /// A target below a ceiling on costs whose price nobody knows.
    UnknownPrice = "unknown-price", Error;

    /// Understood, but this version does not serve it.
    Unserved = "unserved", Unserved;

    /// A key that is missing, with `--allow-missing-keys`.
    Unavailable = "unavailable", Warning;
    /// A section of Plano that Callsign does not act on.
    Ignored = "ignored", Warning;
    /// Preferences are checked, but the model named in the request is used.
    RoutingPreferences = "routing-preferences", Warning;
    /// A listener has the address and port that the admin listener would have.
    AdminClosed = "admin-closed", Warning;
    /// An alias that hides a model of the same name.
    HidesModel = "hides-model", Warning;
    /// An alias that leads to one that is deprecated or past its sunset.
    RetiredAlias = "retired-alias", Warning;
    /// A part of a split that gets no traffic.
    PausedTarget = "paused-target", Warning;
    /// A failure that no fallback catches.
    UncaughtFailure = "uncaught-failure", Warning;
    /// A fallback that can never be reached.
    UnreachableFallback = "unreachable-fallback", Warning;
    /// Attempts that together may last longer than the whole exchange.
    LongAttempts = "long-attempts", Warning;
    /// A fallback whose context holds less than the context of what failed.
    SmallerContext = "smaller-context", Warning;
    /// The same, where other prices are read later.
    PriceElsewhere = "price-elsewhere", Warning;
    /// A ceiling on costs that affords no answer.
    CeilingTooLow = "ceiling-too-low", Warning;
    /// A model that its provider serves at another interface than the one that is asked.
    OtherInterface = "other-interface", Warning;
    /// Something written that changes nothing.
    NoEffect = "no-effect", Warning;
    /// There are more diagnostics of this weight than are listed.
    More = "more", Warning;
}

/// One thing to say about a configuration. It never holds a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of mistake it is.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// The place it is about.
    pub label: Label,
    /// Further places that explain it.
    pub others: Vec<Label>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Diagnostic {
    /// How much it weighs.
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }

    pub(crate) fn label(&mut self, text: impl Into<String>) -> &mut Self {
        self.label.text = text.into();
        self
    }

    pub(crate) fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = Some(text.into());
        self
    }

    pub(crate) fn also(&mut self, span: Span, text: impl Into<String>) -> &mut Self {
        self.others.push(Label::new(span, text.into()));
        self
    }
}

/// A place in the text and what to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place, in bytes.
    pub span: Range<usize>,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// What stands under the underline; may be empty.
    pub text: String,
}

impl Label {
    const fn new(span: Span, text: String) -> Self {
        Self { span: span.start as usize..span.end as usize, line: 0, column: 0, text }
    }
}

/// A place in the text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn new(range: Range<usize>) -> Self {
        let narrow = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Self { start: narrow(range.start), end: narrow(range.end) }
    }
}

/// More diagnostics of one severity than anybody reads; the rest is only counted.
const MOST_LISTED: usize = 500;

/// Collects diagnostics while a file is read.
pub(crate) struct Findings<'t> {
    text: &'t str,
    found: Vec<Diagnostic>,
    counts: HashMap<Severity, usize>,
    overflow: Diagnostic,
    secrets: Vec<Range<usize>>,
}

// === impl Findings ===

impl Findings<'_> {
    /// Whether the file itself spells the last part of a name out: what came out of a variable is never quoted.
    pub(crate) fn holds(&self, name: &str) -> bool {
        let id = name.split_once('/').map_or(name, |(_, id)| id);
        self.text.contains(id.split('@').next().unwrap_or(id))
    }
}

impl<'t> Findings<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let overflow = diagnostic(Code::More, Span::default(), String::new());
        Self { text, found: Vec::new(), counts: HashMap::new(), overflow, secrets: Vec::new() }
    }

    pub(crate) fn report(&mut self, code: Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let count = self.counts.entry(code.severity()).or_default();
        *count += 1;
        let made = diagnostic(code, span, message.into());
        if *count > MOST_LISTED {
            self.overflow = made;
            return &mut self.overflow;
        }
        self.found.push(made);
        let last = self.found.len() - 1;
        // The list was just pushed to; `overflow` only satisfies the type.
        self.found.get_mut(last).unwrap_or(&mut self.overflow)
    }

    /// Whether a further diagnostic of this code would still be listed: if not, its costly parts can be spared.
    pub(crate) fn has_room(&self, code: Code) -> bool {
        self.counts.get(&code.severity()).is_none_or(|count| *count < MOST_LISTED)
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many errors there are so far.
    pub(crate) fn errors(&self) -> usize {
        self.counts.get(&Severity::Error).copied().unwrap_or(0)
    }

    /// Notes that a secret is written out at `span`.
    pub(crate) fn hide(&mut self, span: Span) {
        self.secrets.push(span.start as usize..span.end as usize);
    }

    /// The places that [`Self::hide`] was told of.
    pub(crate) fn take_secrets(&mut self) -> Vec<Range<usize>> {
        std::mem::take(&mut self.secrets)
    }

    /// Everything found, in the order of the text.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        let unlisted: usize = self.counts.values().map(|count| count.saturating_sub(MOST_LISTED)).sum();
        self.found.sort_by_key(|diagnostic| diagnostic.label.span.start);
        if unlisted > 0 {
            let end = self.text.len();
            let message = format!("{unlisted} more findings are not listed");
            self.found.push(diagnostic(Code::More, Span::new(end..end), message));
        }
        let lines = Lines::of(self.text);
        for diagnostic in &mut self.found {
            lines.place(&mut diagnostic.label);
            diagnostic.others.iter_mut().for_each(|label| lines.place(label));
        }
        self.found
    }
}

fn diagnostic(code: Code, span: Span, message: String) -> Diagnostic {
    Diagnostic { code, message, label: Label::new(span, String::new()), others: Vec::new(), help: None }
}

struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(place, _)| place + 1);
        Self { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    fn place(&self, label: &mut Label) {
        let start = label.span.start;
        label.line = self.starts.partition_point(|line| *line <= start);
        let line_start =
            label.line.checked_sub(1).and_then(|line| self.starts.get(line)).copied().unwrap_or(0);
        label.column = self.text.get(line_start..start).map_or(0, |before| before.chars().count()) + 1;
    }
}
