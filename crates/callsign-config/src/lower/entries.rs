//! `model_providers` (or `llm_providers`): each entry and the target it makes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use callsign_plan::catalog::Entry;
use callsign_plan::target::{Model, Place, Price, SimulatedFault, Simulation, Target};

use crate::Setting;
use crate::builtin::{self, ProviderFacts, Site};
use crate::diagnostic::{Code, Findings, Span};
use crate::lower::ceilings;
use crate::lower::scalars::{duration, is_set, price, timeouts, tokens};
use crate::lower::speech::{Asked, Speech};
use crate::lower::targets::Targets;
use crate::lower::{address, credential};
use crate::tree::{Node, Value};

/// An entry, and what its routes may still need of it.
#[derive(Debug)]
pub(crate) struct ReadEntry {
    pub(crate) entry: Entry,
    /// Where its `model` stands.
    pub(crate) at: Span,
    /// Its model as written: what a variable holds is never quoted.
    pub(crate) written: Arc<str>,
    /// Its `name`, if that is written out.
    pub(crate) written_name: Option<Arc<str>>,
    pub(crate) speech: Speech,
}

/// All entries.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// In the order written.
    pub(crate) read: Vec<ReadEntry>,
    /// What entries would be called, as written, that are not read for an error that is told: nobody is to be told as well that
    /// there are none.
    pub(crate) unread: HashSet<Arc<str>>,
}

/// All entries, their targets added to `targets`.
pub(crate) fn lower(
    document: &Node,
    setting: &Setting<'_>,
    targets: &mut Targets,
    findings: &mut Findings<'_>,
) -> Entries {
    let current = document.entry("model_providers");
    let older = document.entry("llm_providers");
    if let (Some(current), Some(older)) = (current, older) {
        findings
            .report(Code::Conflict, older.at, "`model_providers` and `llm_providers` are the same list")
            .label("the older name")
            .also(current.at, "the newer name")
            .help("move its entries under `model_providers`");
    }
    let lists = [current, older].into_iter().flatten();
    let items: Vec<&Node> = lists.clone().flat_map(|entry| entry.value.items()).collect();
    // A mistyped key of the list is reported already.
    let mistyped = document.entries().iter().any(|entry| matches!(entry.value.value, Value::Broken));
    if items.is_empty() && !mistyped {
        report_no_models(lists.last().map_or(document.span, |entry| entry.at), findings);
    }
    let mut reading = Reading { setting, targets, findings, seen: Seen::default() };
    let mut entries = Entries::default();
    for item in items {
        match reading.entry(item) {
            Some(entry) => entries.read.push(entry),
            None => entries.unread.extend(written_names(item)),
        }
    }
    entries
}

/// What an entry can be referred to by, as it stands in the file.
fn written_names(entry: &Node) -> impl Iterator<Item = Arc<str>> {
    let model = entry.get("model").and_then(Node::written);
    let id = model.and_then(|model| model.split_once('/')).map(|(_, id)| id);
    let name = entry.get("name").and_then(Node::written);
    [model, id, name].into_iter().flatten().map(Arc::from)
}

fn report_no_models(at: Span, findings: &mut Findings<'_>) {
    findings
        .report(Code::NoModels, at, "no model is configured")
        .label("`model_providers` has no entry")
        .help("write `model_providers:` and below it `- model: openai/gpt-4o-mini`");
}

struct Reading<'r, 't> {
    setting: &'r Setting<'r>,
    targets: &'r mut Targets,
    findings: &'r mut Findings<'t>,
    seen: Seen,
}

/// What earlier entries took.
#[derive(Default)]
struct Seen {
    models: HashMap<String, Span>,
    names: HashMap<Arc<str>, Span>,
    default: Option<Span>,
}

/// An entry's `model`, taken apart.
struct Named<'n> {
    provider: &'n str,
    id: &'n str,
    node: &'n Node,
}

// === impl Named ===

impl Named<'_> {
    /// The provider as it is written: what a variable holds is never quoted.
    fn spelled(&self) -> String {
        self.node.written().unwrap_or_default().split('/').next().unwrap_or_default().to_owned()
    }
}

// === impl Reading ===

impl Reading<'_, '_> {
    /// A model of another maker's, asked of the cloud as if it were the cloud's own, is only found missing by its first caller.
    fn check_interface(&mut self, asked: &Asked<'_>, id: &str) {
        let Some((beginning, interface)) = builtin::other_interface(asked.provider, id) else { return };
        if asked.node.entry("provider_interface").is_none() {
            let message = format!(
                "models named `{beginning}…` are served here under `provider_interface: {interface}`"
            );
            self.findings
                .report(Code::OtherInterface, asked.at, message)
                .label("asked as one of the provider's own models")
                .help(format!("add `provider_interface: {interface}`"));
        }
    }

    fn entry(&mut self, node: &Node) -> Option<ReadEntry> {
        let named = self.named(node)?;
        let name = self.name(node, &named);
        let target_name = self.check_seen(node, &named, name.as_deref());
        let facts = builtin::provider(named.provider);
        let asked = Asked { node, provider: named.provider, at: named.node.span };
        let speech = Speech::of(&asked, &named.spelled(), self.setting, self.findings);
        self.check_interface(&asked, named.id);
        let place = self.place(node, &named, &speech);
        let credential = credential::of(&asked, &speech, place.as_ref(), self.setting, self.findings);
        let headers = address::headers(node, self.findings);
        let http_host = address::http_host(node, self.findings);
        let is_wildcard = named.id == "*";
        let default = self.default(node, &named);
        let place = place?;
        let is_free = facts.map_or_else(|| ceilings::is_loopback(&place), ProviderFacts::is_local);
        let model = if is_wildcard { Model::Asked } else { Model::Fixed(named.id.into()) };
        let target = self.targets.add(Target {
            name: target_name,
            provider: named.provider.into(),
            model,
            place,
            dialects: speech.dialects,
            prefill: speech.prefill,
            chat: speech.chat,
            thinking: speech.thinking,
            families: speech.families,
            embedding: speech.embedding,
            credential,
            headers,
            http_host,
            timeouts: timeouts(node),
            max_latency: None,
            context: tokens(node, "context").or_else(|| builtin::context(named.provider, named.id)),
            price: price(node).or(is_free.then_some(Price::FREE)),
        });
        let known = if is_wildcard { facts.map_or(&[][..], |facts| facts.models) } else { &[] };
        let known = known.iter().map(|id| Arc::from(*id)).collect();
        let entry = Entry { name, target, default, known, hidden: is_set(node, "hidden") };
        let written = named.node.written().unwrap_or_default().into();
        let written_name =
            node.get("name").and_then(Node::written).filter(|name| Some(*name) == entry.name.as_deref());
        let written_name = written_name.map(Arc::from);
        Some(ReadEntry { entry, at: named.node.span, written, written_name, speech })
    }

    fn named<'n>(&mut self, node: &'n Node) -> Option<Named<'n>> {
        let model = node.get("model")?;
        let full = model.text()?;
        let complaint = match full.split_once('/') {
            None => Some(("names no provider", Self::with_provider(node, model))),
            Some((provider, id)) => model_complaint(provider, id),
        };
        if let Some((label, help)) = complaint {
            let message = "`model` should be `provider/id`, or `provider/*` for all of a provider's models";
            self.findings.report(Code::BadModel, model.span, message).label(label).help(help);
            return None;
        }
        let (provider, id) = full.split_once('/')?;
        Some(Named { provider, id, node: model })
    }

    fn name(&mut self, node: &Node, named: &Named<'_>) -> Option<Arc<str>> {
        let name = node.get("name")?;
        if named.id == "*" {
            self.no_effect(name.span, "nobody can ask for an entry for many models by one `name`");
            return None;
        }
        name.text().map(Arc::from)
    }

    fn with_provider(node: &Node, model: &Node) -> String {
        let interface = node.get("provider_interface").and_then(Node::text);
        let bare = model.written().unwrap_or_default();
        let serving =
            || builtin::providers().find(|facts| facts.models.contains(&bare)).map(|facts| facts.name);
        let provider = interface.or_else(serving).unwrap_or("openai");
        format!("write `{provider}/{bare}`")
    }

    /// Reports what is there twice; gives the stable name of the entry's target.
    fn check_seen(&mut self, node: &Node, named: &Named<'_>, name: Option<&str>) -> Arc<str> {
        let full = format!("{}/{}", named.provider, named.id);
        let first = self.seen.models.get(&full).copied();
        if let Some((first, None)) = first.map(|first| (first, name)) {
            let message = format!("`{}` is configured twice", named.node.written().unwrap_or_default());
            self.findings
                .report(Code::DuplicateModel, named.node.span, message)
                .label("again here")
                .also(first, "first here")
                .help(if named.id == "*" {
                    "remove one of them"
                } else {
                    "remove one of them, or give this one a `name`"
                });
        }
        self.seen.models.entry(full.clone()).or_insert(named.node.span);
        if let (Some(name), Some(at)) = (name, node.get("name").map(|node| node.span)) {
            self.check_name(name, at);
        }
        match (first, name) {
            (Some(_), Some(name)) => format!("{full}@{name}").into(),
            _ => full.into(),
        }
    }

    fn check_name(&mut self, name: &str, at: Span) {
        if let Some(first) = self.seen.names.insert(name.into(), at) {
            self.findings
                .report(Code::DuplicateName, at, "two entries have one `name`")
                .label("again here")
                .also(first, "first here")
                .help("names are what clients and aliases ask for, so each must be its own");
        }
    }

    fn default(&mut self, node: &Node, named: &Named<'_>) -> bool {
        let Some(at) = node.get("default").filter(|_| is_set(node, "default")).map(|node| node.span) else {
            return false;
        };
        if named.id == "*" {
            self.findings
                .report(
                    Code::WildcardDefault,
                    at,
                    "an entry for all models of a provider cannot be the default",
                )
                .label("which model would it be?")
                .help("add an entry for one model and mark that one");
        }
        if let Some(first) = self.seen.default {
            self.findings
                .report(Code::SeveralDefaults, at, "two entries are marked `default: true`")
                .label("again here")
                .also(first, "first here")
                .help("keep the one that answers requests which name no model");
        }
        self.seen.default.get_or_insert(at);
        true
    }

    fn no_effect(&mut self, at: Span, message: &str) {
        self.findings.report(Code::NoEffect, at, message).label("has no effect").help("remove it");
    }

    fn place(&mut self, node: &Node, named: &Named<'_>, speech: &Speech) -> Option<Place> {
        if speech.is_simulated() {
            return Some(Place::Simulated(self.simulation(node)));
        }
        if let Some(entry) = node.entry("simulate") {
            self.findings
                .report(Code::MisplacedKey, entry.at, "`simulate` is for the built-in provider `demo` only")
                .label("does not belong here")
                .help("write `model: demo/…`, or remove it");
        }
        if let Some(address) = address::url(node, "base_url", self.findings) {
            return Some(speech.place(&address));
        }
        if let Some(usual) = speech.usual_address() {
            return Some(speech.place(&usual));
        }
        // What else an address is made of is missing, which has been told.
        let facts = builtin::provider(named.provider).filter(|facts| facts.site == Site::Plain)?;
        if node.entry("base_url").is_some() {
            return None;
        }
        let message = format!("`{}` needs a `base_url`: it has no address for everybody", facts.name);
        self.findings
            .report(Code::BaseUrlNeeded, named.node.span, message)
            .label("where is it?")
            .help("write `base_url: https://…`");
        None
    }

    fn simulation(&mut self, node: &Node) -> Simulation {
        let Some(node) = node.get("simulate") else { return Simulation::default() };
        let fault = node.get("fault").and_then(|node| Some((node.text()?, node.span)));
        let fault = fault.and_then(|(text, at)| {
            let fault = simulated_fault(text);
            if fault.is_none() {
                self.findings
                    .report(
                        Code::UnknownWord,
                        at,
                        "`fault` should be a status from 400 to 599, `hang`, `stall` or `cut`",
                    )
                    .label("not known here")
                    .help("write `fault: 429`");
            }
            fault
        });
        let time = |key| duration(node, key).unwrap_or(Duration::ZERO);
        Simulation { delay: time("delay"), token_delay: time("token_delay"), fault }
    }
}

fn model_complaint(provider: &str, id: &str) -> Option<(&'static str, String)> {
    let bad = |letter: char| letter.is_whitespace() || letter.is_control();
    let named = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if provider.is_empty() || !provider.chars().all(named) {
        return Some((
            "not the name of a provider",
            "use letters, digits, `_`, `-` and `.` before the first `/`".to_owned(),
        ));
    }
    if id.is_empty() || id.contains(bad) {
        return Some((
            "not the id of a model",
            format!("write `{provider}/` and the model's id, without spaces"),
        ));
    }
    if id != "*" && id.contains('*') {
        return Some(("`*` stands for a whole id only", "write the provider and `/*`".to_owned()));
    }
    None
}

fn simulated_fault(text: &str) -> Option<SimulatedFault> {
    match text {
        "hang" => Some(SimulatedFault::Hang),
        "stall" => Some(SimulatedFault::Stall),
        "cut" => Some(SimulatedFault::Cut),
        status => {
            status.parse().ok().filter(|status| (400..600).contains(status)).map(SimulatedFault::Status)
        }
    }
}
