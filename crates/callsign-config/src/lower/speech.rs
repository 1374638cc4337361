//! How a provider is spoken to, wherever it is: dialects, paths, and the address that its customers share.

use std::sync::Arc;

use callsign_plan::layout::Layout;
use callsign_plan::target::{AuthScheme, Place};
use callsign_wire::dialect::{Dialect, Dialects};
use callsign_wire::quirks;
use callsign_wire::resume::Prefill;

use crate::Setting;
use crate::builtin::{self, AZURE_API_VERSION, Paths, ProviderFacts, Site};
use crate::diagnostic::{Code, Findings, Span};
use crate::lower::address::Address;
use crate::lower::scalars::text;
use crate::nearest::did_you_mean;
use crate::tree::Node;

/// How a provider is spoken to, wherever it is.
#[derive(Debug, Clone)]
pub(crate) struct Speech {
    pub(crate) dialects: Dialects,
    pub(crate) prefill: Prefill,
    pub(crate) chat: quirks::Chat,
    pub(crate) thinking: quirks::ThinkingForm,
    pub(crate) families: quirks::Families,
    pub(crate) embedding: quirks::Embedding,
    pub(crate) auth: AuthScheme,
    paths: Paths,
    prefix: &'static str,
    api_version: Option<Arc<str>>,
    origin: Option<Arc<str>>,
    /// AWS's region.
    pub(crate) region: Option<Arc<str>>,
    /// `/projects/{project}/locations/{location}` of Vertex AI.
    scope: String,
}

/// An entry, and the provider that its model names.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'n> {
    pub(crate) node: &'n Node,
    pub(crate) provider: &'n str,
    /// Where that stands.
    pub(crate) at: Span,
}

/// What there is to speak: a built-in provider's own interface, or one of its others.
struct Spoken {
    dialects: Dialects,
    prefill: Prefill,
    chat: quirks::Chat,
    auth: AuthScheme,
    paths: Paths,
    prefix: &'static str,
}

/// The variables that AWS's tools read a region from.
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];
const PROJECT: [&str; 2] = ["GOOGLE_CLOUD_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"];
const LOCATION: [&str; 2] = ["GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION"];

/// Azure's API that needs no `api-version`, by the words that its SDKs take.
const AZURE_V1: [&str; 3] = ["v1", "latest", "preview"];

// === impl Speech ===

impl Speech {
    /// How the entry's provider is spoken to; `spelled` is its name as written.
    pub(crate) fn of(
        asked: &Asked<'_>,
        spelled: &str,
        setting: &Setting<'_>,
        findings: &mut Findings<'_>,
    ) -> Self {
        let facts = builtin::provider(asked.provider);
        let interface = asked.node.get("provider_interface").and_then(|node| Some((node.text()?, node.span)));
        if facts.is_none() && asked.node.entry("base_url").is_none() {
            report_unknown_provider(spelled, asked.at, findings);
        }
        if let (Some(facts), Some((interface, at))) = (facts, interface) {
            check_interface(facts, interface, at, findings);
        }
        let spoken = Spoken::of(facts, interface.map(|(interface, _)| interface));
        let speech = Self {
            dialects: spoken.dialects,
            prefill: prefill(asked.node).unwrap_or(spoken.prefill),
            chat: spoken.chat,
            thinking: thinking(asked.node),
            families: families(asked.node, spoken.dialects),
            embedding: embedding(asked.node),
            auth: spoken.auth,
            paths: spoken.paths,
            prefix: spoken.prefix,
            api_version: text(asked.node, "api_version"),
            origin: facts.and_then(|facts| facts.base_url).map(Arc::from),
            region: None,
            scope: String::new(),
        };
        let mut place = Placing { asked, setting, findings };
        place.check_api_version(&speech);
        place.check_bedrocks_own(&speech);
        place.check_thinking_form(&speech);
        match facts.map(|facts| facts.site) {
            Some(Site::AwsRegion) => place.in_region(speech),
            Some(Site::GoogleLocation) => place.in_location(speech),
            Some(Site::Plain) | None => place.anywhere(speech),
        }
    }

    pub(crate) fn is_simulated(&self) -> bool {
        self.paths == Paths::Simulated
    }

    /// Where the provider is, unless the entry says otherwise.
    pub(crate) fn usual_address(&self) -> Option<Address> {
        let origin = Arc::clone(self.origin.as_ref()?);
        Some(Address { origin, path: "".into(), label: String::new() })
    }

    /// The place at `address`: its path, if it has one, replaces the usual prefix.
    pub(crate) fn place(&self, address: &Address) -> Place {
        let prefix: Arc<str> =
            if address.path.is_empty() { self.prefix.into() } else { Arc::clone(&address.path) };
        let layout = match self.paths {
            Paths::AzureDeployments => self.azure(&address.path),
            // Portals and proxies show one URL or the other.
            Paths::Gemini => {
                let version = prefix.strip_suffix("/openai").unwrap_or(&prefix);
                let openai = if address.path.is_empty() || &*prefix != version {
                    Arc::clone(&prefix)
                } else {
                    format!("{version}/openai").into()
                };
                Layout::Gemini { prefix: version.into(), openai }
            }
            Paths::Vertex(publisher) => {
                Layout::Vertex { prefix: format!("{prefix}{}", self.scope).into(), publisher }
            }
            Paths::VertexOpenAi => Layout::Prefix(format!("{prefix}{}/endpoints/openapi", self.scope).into()),
            Paths::Bedrock => Layout::Bedrock { prefix },
            Paths::Prefix | Paths::Simulated => Layout::Prefix(prefix),
        };
        Place::Server { origin: Arc::clone(&address.origin), layout }
    }

    /// The layout brings `/openai` itself, and portals show URLs with it.
    fn azure(&self, path: &Arc<str>) -> Layout {
        let version = self.api_version.as_deref();
        if let Some(before) = path.strip_suffix("/openai/v1").filter(|_| version.is_none()) {
            return Layout::Prefix(format!("{before}/openai/v1").into());
        }
        let prefix = path.strip_suffix("/openai/v1").or_else(|| path.strip_suffix("/openai")).unwrap_or(path);
        match version {
            Some(version) if AZURE_V1.contains(&version) => {
                Layout::Prefix(format!("{prefix}/openai/v1").into())
            }
            _ => Layout::AzureDeployments {
                prefix: prefix.into(),
                api_version: version.unwrap_or(AZURE_API_VERSION).into(),
            },
        }
    }
}

// === impl Spoken ===

impl Spoken {
    fn of(facts: Option<&'static ProviderFacts>, interface: Option<&str>) -> Self {
        if let Some(face) = facts.zip(interface).and_then(|(facts, interface)| facts.face(interface)) {
            let (dialects, auth, prefill) = (face.dialects, face.auth, face.prefill);
            return Self { dialects, prefill, chat: face.chat, auth, paths: face.paths, prefix: face.prefix };
        }
        let facts = facts.or_else(|| builtin::provider(interface.unwrap_or("openai")));
        match facts {
            Some(facts) => Self {
                dialects: facts.dialects,
                prefill: facts.prefill,
                chat: facts.chat,
                auth: facts.auth,
                paths: facts.paths,
                prefix: facts.prefix,
            },
            None => Self {
                dialects: Dialects::NONE,
                prefill: Prefill::Asked,
                chat: quirks::Chat::USUAL,
                auth: AuthScheme::Bearer,
                paths: Paths::Prefix,
                prefix: "/v1",
            },
        }
    }
}

/// Works out the part of an address that customers choose.
struct Placing<'p, 'n, 't> {
    asked: &'p Asked<'n>,
    setting: &'p Setting<'p>,
    findings: &'p mut Findings<'t>,
}

// === impl Placing ===

impl Placing<'_, '_, '_> {
    fn check_api_version(&mut self, speech: &Speech) {
        if speech.paths != Paths::AzureDeployments {
            self.no_effect("api_version", "`api_version` is for `azure_openai` only");
        }
    }

    fn check_bedrocks_own(&mut self, speech: &Speech) {
        if !speech.dialects.contains(Dialect::Bedrock) {
            self.no_effect("embedding_form", "`embedding_form` is for `amazon_bedrock` only");
            self.no_effect("family", "`family` is for `amazon_bedrock` only");
        }
    }

    fn check_thinking_form(&mut self, speech: &Speech) {
        let takes = |dialect| speech.dialects.contains(dialect);
        if ![Dialect::Anthropic, Dialect::Bedrock, Dialect::Gemini].into_iter().any(takes) {
            self.no_effect(
                "thinking_form",
                "`thinking_form` is for `anthropic`, `gemini` and clouds that serve them",
            );
        }
    }

    fn anywhere(&mut self, mut speech: Speech) -> Speech {
        let signs =
            self.asked.node.get("auth").and_then(|auth| auth.get("type")?.text()) == Some("aws_sigv4");
        if signs {
            speech.region = self.region();
        } else {
            self.no_effect("region", "`region` is for AWS only");
        }
        if matches!(speech.paths, Paths::Vertex(_) | Paths::VertexOpenAi) {
            let location = self.location();
            speech.scope = self.project(location.as_deref()).unwrap_or_default();
        } else {
            self.no_google();
        }
        speech
    }

    fn in_region(&mut self, mut speech: Speech) -> Speech {
        self.no_google();
        speech.region = self.region();
        speech.origin = speech.region.as_ref().map(|region| {
            // <https://docs.aws.amazon.com/general/latest/gr/bedrock.html>
            let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            format!("https://bedrock-runtime.{region}.{domain}").into()
        });
        speech
    }

    fn in_location(&mut self, mut speech: Speech) -> Speech {
        self.no_effect("region", "`region` is for AWS only; Google's is `location`");
        let location = self.location();
        speech.origin = location.as_deref().map(|location| google_origin(location).into());
        speech.scope = self.project(location.as_deref()).unwrap_or_default();
        speech
    }

    fn no_google(&mut self) {
        self.no_effect("project", "`project` is for Google Cloud only");
        self.no_effect("location", "`location` is for Google Cloud only");
    }

    fn signs(&self) -> bool {
        self.asked.node.get("auth").and_then(|auth| auth.get("type")?.text()) == Some("aws_sigv4")
    }

    fn region(&mut self) -> Option<Arc<str>> {
        let found = self.chosen("region", REGION);
        // Where an address is written and a key is sent, a region tells nothing more.
        let is_needed = self.signs() || self.asked.node.entry("base_url").is_none();
        if found.is_none() && is_needed && self.asked.node.entry("region").is_none() {
            let message = "what runs on AWS needs a `region`";
            self.findings
                .report(Code::MissingKey, self.asked.at, message)
                .label("in which region?")
                .help("write `region: us-east-1`, or set `AWS_REGION`");
        }
        found
    }

    fn location(&mut self) -> Option<Arc<str>> {
        match self.chosen("location", LOCATION) {
            None if self.asked.node.entry("location").is_none() => Some("global".into()),
            found => found,
        }
    }

    /// `/projects/{project}/locations/{location}`; a key says by itself whose project it is.
    fn project(&mut self, location: Option<&str>) -> Option<String> {
        let project = self.chosen("project", PROJECT);
        if let Some(project) = project {
            return location.map(|location| format!("/projects/{project}/locations/{location}"));
        }
        let keyed = self.asked.node.entry("access_key").is_some();
        if !keyed && self.asked.node.entry("project").is_none() {
            self.findings
                .report(Code::MissingKey, self.asked.at, "what runs on Google Cloud needs a `project`")
                .label("in which project?")
                .help("write `project: my-project`, or set `GOOGLE_CLOUD_PROJECT`");
        }
        None
    }

    /// The value of `key`, or else of the first variable that is set, if it can stand in a host name and a path.
    fn chosen(&mut self, key: &str, variables: [&str; 2]) -> Option<Arc<str>> {
        let written = self.asked.node.get(key).and_then(|node| Some((node.text()?.to_owned(), node.span)));
        let mut set = variables.iter().filter_map(|name| (self.setting.environment)(name));
        let (value, at) = match written {
            Some(written) => written,
            None if self.asked.node.entry(key).is_some() => return None,
            None => (set.find(|value| !value.is_empty())?, self.asked.at),
        };
        // Projects of companies with a domain of their own are `example.com:name`.
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.:".contains(letter);
        if !value.is_empty() && value.chars().all(plain) {
            return Some(value.into());
        }
        self.findings
            .report(Code::BadHost, at, format!("`{key}` cannot stand in a URL"))
            .label(format!("not a {key}"))
            .help("write letters, digits and `-`, such as `us-east-1`");
        None
    }

    fn no_effect(&mut self, key: &str, message: &str) {
        if let Some(node) = self.asked.node.get(key) {
            self.findings.report(Code::NoEffect, node.span, message).label("has no effect").help("remove it");
        }
    }
}

/// <https://cloud.google.com/vertex-ai/docs/reference/rest#service-endpoint>; `us` and `eu` are served by hosts of their own.
fn google_origin(location: &str) -> String {
    match location {
        "global" => "https://aiplatform.googleapis.com".to_owned(),
        "us" | "eu" => format!("https://aiplatform.{location}.rep.googleapis.com"),
        _ => format!("https://{location}-aiplatform.googleapis.com"),
    }
}

fn check_interface(facts: &ProviderFacts, interface: &str, at: Span, findings: &mut Findings<'_>) {
    if facts.face(interface).is_some() {
        return;
    }
    let same = builtin::provider(interface)
        .is_some_and(|other| other.dialects == facts.dialects && other.prefix == facts.prefix);
    if same {
        findings
            .report(Code::NoEffect, at, "a provider that is built in has its interface already")
            .label("has no effect")
            .help("remove it");
        return;
    }
    let others: Vec<String> = facts.faces.iter().map(|face| format!("`{}`", face.interface)).collect();
    let message = format!("the interface of `{}` is known, and it is not this one", facts.name);
    let help = if others.is_empty() {
        "remove it, or choose a provider name of your own and write its `base_url`".to_owned()
    } else {
        format!("remove it, or write {}", others.join(" or "))
    };
    findings.report(Code::KnownInterface, at, message).label("cannot be changed").help(help);
}

fn report_unknown_provider(spelled: &str, at: Span, findings: &mut Findings<'_>) {
    let known = builtin::providers().map(|facts| facts.name);
    let help = did_you_mean(spelled, known).unwrap_or_else(|| {
        "write its `base_url`, and its `provider_interface` if that is not `openai`".to_owned()
    });
    let message = format!("`{spelled}` is not a provider that is built in, and has no `base_url`");
    findings.report(Code::UnknownProvider, at, message).label("not known").help(help);
}

fn thinking(node: &Node) -> quirks::ThinkingForm {
    match node.get("thinking_form").and_then(Node::text) {
        Some("effort") => quirks::ThinkingForm::Effort,
        Some("budget") => quirks::ThinkingForm::Budget,
        _ => quirks::ThinkingForm::Usual,
    }
}

fn families(node: &Node, dialects: Dialects) -> quirks::Families {
    let family = match node.get("family").and_then(Node::text) {
        Some("claude") => quirks::Family::Claude,
        Some("nova") => quirks::Family::Nova,
        Some("mistral") => quirks::Family::Mistral,
        Some("other") => quirks::Family::Other,
        _ => return builtin::families(dialects),
    };
    quirks::Families::One(family)
}

fn embedding(node: &Node) -> quirks::Embedding {
    match node.get("embedding_form").and_then(Node::text) {
        Some("cohere") => quirks::Embedding::Cohere,
        _ => quirks::Embedding::Titan,
    }
}

fn prefill(node: &Node) -> Option<Prefill> {
    match node.get("prefill")?.text()? {
        "message" => Some(Prefill::Message),
        "prefix" => Some(Prefill::MessageWithPrefix),
        "continue_final_message" => Some(Prefill::ContinueFinal),
        "none" => Some(Prefill::Asked),
        _ => None,
    }
}
