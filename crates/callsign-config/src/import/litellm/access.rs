//! How a deployment's provider is reached and shown who asks: addresses, keys, places in clouds.

use url::Url;

use super::Import;
use super::provider::{Kind, Row};
use crate::builtin;
use crate::diagnostic::Span;
use crate::import::section::Section;
use crate::import::variables::{is_name, named};
use crate::import::write::Piece;
use crate::lower::address;
use crate::tree::Node;

/// The settings of an entry, by their keys.
pub(super) type Settings = Vec<(String, Piece)>;

/// Keys that stand for none, as servers that want none are given.
const NO_KEYS: [&str; 7] = ["none", "null", "empty", "dummy", "fake", "fake-key", "not-needed"];

/// What one deployment says of its access.
pub(super) struct Access<'a, 'n> {
    pub(super) import: &'a mut Import,
    pub(super) params: &'a mut Section<'n>,
    /// The name that clients ask for.
    pub(super) owner: &'a str,
    pub(super) row: &'a Row,
    pub(super) id: &'a str,
}

/// Nothing can be made of the deployment; the reason was told.
pub(super) struct Unusable;

// === impl Access ===

impl Access<'_, '_> {
    /// All that the entry says of it.
    pub(super) fn settings(&mut self, region: Option<&str>) -> Result<Settings, Unusable> {
        let mut settings = match self.row.kind {
            Kind::Plain | Kind::Anthropic => self.plain()?,
            Kind::Azure => self.azure()?,
            Kind::Foundry => self.foundry()?,
            Kind::Bedrock => self.bedrock(region)?,
            Kind::Vertex => self.vertex()?,
        };
        settings.extend(self.headers());
        Ok(settings)
    }

    fn plain(&mut self) -> Result<Settings, Unusable> {
        let mut settings = Settings::new();
        let base = self.base()?;
        let base = base.or_else(|| self.usual_base());
        if builtin::provider(self.row.ours).is_none() && base.is_none() {
            let message =
                "it has no `api_base`, and the provider has no address for everybody; write it as `base_url`";
            self.import.notices.lost(&self.params.path("model"), self.params.at(), message);
            return Err(Unusable);
        }
        let is_elsewhere = base.is_some();
        settings.extend(base.map(|base| ("base_url".to_owned(), base)));
        settings.extend(self.key("api_key", is_elsewhere).map(|key| ("access_key".to_owned(), key)));
        Ok(settings)
    }

    fn usual_base(&mut self) -> Option<Piece> {
        self.row.base.map(|name| self.variable(name))
    }

    fn azure(&mut self) -> Result<Settings, Unusable> {
        let mut settings = Settings::new();
        let base = self.base()?;
        settings.extend(base.or_else(|| self.usual_base()).map(|base| ("base_url".to_owned(), base)));
        if let Some(version) = self.word("api_version", "-.") {
            settings.push(("api_version".to_owned(), version));
        }
        settings.push(self.azure_credential());
        Ok(settings)
    }

    fn foundry(&mut self) -> Result<Settings, Unusable> {
        let mut settings = Settings::new();
        let base = self.base()?;
        settings.extend(base.or_else(|| self.usual_base()).map(|base| ("base_url".to_owned(), base)));
        if self.id.starts_with("claude") {
            settings.push(("provider_interface".to_owned(), Piece::text("anthropic")));
        } else {
            settings.push(("api_version".to_owned(), Piece::text("v1")));
            self.params.take("api_version");
            let message = "it is asked at Azure's API without dated versions (`/openai/v1`)";
            self.import.notices.changed(&self.params.path("model"), self.params.at(), message);
        }
        settings.push(self.azure_credential());
        Ok(settings)
    }

    fn azure_credential(&mut self) -> (String, Piece) {
        let auth = self.auth(
            "entra",
            &[
                ("azure_ad_token", "token"),
                ("tenant_id", "tenant_id"),
                ("client_id", "client_id"),
                ("client_secret", "client_secret"),
            ],
        );
        let key = self.key("api_key", auth.is_some());
        match (key, auth) {
            (None, Some(auth)) => ("auth".to_owned(), auth),
            (Some(key), auth) => {
                if auth.is_some() {
                    let message = "an entry has a key or a token, not both; the key is used";
                    self.import.notices.changed(&self.params.path("api_key"), self.params.at(), message);
                }
                ("access_key".to_owned(), key)
            }
            (None, None) => ("access_key".to_owned(), self.variable("AZURE_API_KEY")),
        }
    }

    fn bedrock(&mut self, region: Option<&str>) -> Result<Settings, Unusable> {
        let mut settings = Settings::new();
        let written = match self.word("aws_region_name", "-") {
            Some(written) => Some(written),
            None => self.word("region_name", "-").or_else(|| region.map(Piece::text)),
        };
        let region = written.unwrap_or_else(|| Piece::Text("${AWS_REGION:-us-west-2}".to_owned()));
        settings.push(("region".to_owned(), region));
        let endpoint = self.address("aws_bedrock_runtime_endpoint")?;
        let base = match endpoint {
            Some(endpoint) => Some(endpoint),
            None => self.base()?,
        };
        settings.extend(base.map(|base| ("base_url".to_owned(), base)));
        let auth = self.auth("aws_sigv4", AWS);
        let usual = || Piece::map([("type", Piece::text("aws_sigv4"))]);
        let signed = || ("auth".to_owned(), auth.unwrap_or_else(usual));
        settings.push(self.key("api_key", true).map_or_else(signed, |key| ("access_key".to_owned(), key)));
        Ok(settings)
    }

    fn vertex(&mut self) -> Result<Settings, Unusable> {
        let mut settings = Settings::new();
        if let Some((_, interface)) = builtin::other_interface("vertex_ai", self.id) {
            settings.push(("provider_interface".to_owned(), Piece::text(interface)));
        }
        let project = self.word("vertex_project", "-_.:").or_else(|| self.word("vertex_ai_project", "-_.:"));
        let project = project.unwrap_or_else(|| self.variable("VERTEXAI_PROJECT"));
        settings.push(("project".to_owned(), project));
        let location = self.word("vertex_location", "-").or_else(|| self.word("vertex_ai_location", "-"));
        let location =
            location.unwrap_or_else(|| Piece::Text("${VERTEXAI_LOCATION:-us-central1}".to_owned()));
        settings.push(("location".to_owned(), location));
        settings.extend(self.base()?.map(|base| ("base_url".to_owned(), base)));
        settings.extend(self.google_credentials().map(|auth| ("auth".to_owned(), auth)));
        Ok(settings)
    }

    /// A path, or the JSON of a key.
    fn google_credentials(&mut self) -> Option<Piece> {
        let node = self.params.take("vertex_credentials")?;
        let path = self.params.path("vertex_credentials");
        let text = node.text().map_or("{", str::trim);
        let (key, value) = match named(text).filter(|name| is_name(name)) {
            Some(name) => {
                let message = format!(
                    "`{name}` is taken for the path of a file; where it holds JSON, write `credentials` for `credentials_file`"
                );
                self.import.notices.changed(&path, node.span, message);
                ("credentials_file", self.variable(name))
            }
            None if text.starts_with('{') => {
                let variable = self.import.variables.instead_of(text, self.owner, "credentials");
                let message = format!("the key is not copied; set `{variable}` to its JSON");
                self.import.notices.open(&path, node.span, message);
                ("credentials", self.variable(&variable))
            }
            None => ("credentials_file", Piece::text(text)),
        };
        Some(Piece::map([("type", Piece::text("google")), (key, value)]))
    }

    /// `auth` of this type, out of the keys that are there.
    fn auth(&mut self, kind: &str, keys: &[(&'static str, &'static str)]) -> Option<Piece> {
        let mut pairs = vec![("type".to_owned(), Piece::text(kind))];
        for (theirs, ours) in keys {
            pairs.extend(self.auth_value(theirs, ours).map(|value| ((*ours).to_owned(), value)));
        }
        (pairs.len() > 1).then_some(Piece::Map(pairs))
    }

    fn auth_value(&mut self, theirs: &'static str, ours: &str) -> Option<Piece> {
        match ours {
            "token_url" => self.service(theirs),
            "tenant_id" => self.word(theirs, "-."),
            "profile" | "role_arn" | "session_name" | "external_id" | "client_id" => self.text(theirs),
            _ => self.key(theirs, false),
        }
    }

    // === Single values ===

    fn variable(&mut self, name: &str) -> Piece {
        self.import.variables.read(name);
        Piece::variable(name)
    }

    /// What `os.environ/NAME` names, or else the text itself.
    fn text(&mut self, key: &'static str) -> Option<Piece> {
        let (text, _) = self.params.take_text(key).filter(|(text, _)| !text.is_empty())?;
        Some(match named(text).filter(|name| is_name(name)) {
            Some(name) => self.variable(name),
            None => Piece::text(text),
        })
    }

    /// The same, of letters, digits and `more` only.
    fn word(&mut self, key: &'static str, more: &str) -> Option<Piece> {
        let (text, at) = self.params.take_text(key)?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || more.contains(letter);
        let is_variable = named(text).is_some_and(is_name);
        if is_variable || !text.is_empty() && text.chars().all(plain) {
            return self.text(key);
        }
        let message = "it cannot stand in a URL; write it into the new file";
        self.import.notices.lost(&self.params.path(key), at, message);
        None
    }

    /// A secret: what is written out stays behind, and a variable takes its place.
    fn key(&mut self, key: &'static str, is_optional: bool) -> Option<Piece> {
        let usual = self.row.key.filter(|_| key == "api_key" && !is_optional);
        let Some((text, at)) = self.params.take_text(key).filter(|(text, _)| !text.is_empty()) else {
            return usual.map(|name| self.variable(name));
        };
        if let Some(name) = named(text).filter(|name| is_name(name)) {
            return Some(self.variable(name));
        }
        if key == "api_key" && NO_KEYS.contains(&text.to_ascii_lowercase().as_str()) {
            return usual.map(|name| self.variable(name));
        }
        let path = self.params.path(key);
        Some(self.hidden(text, (key, &path), at))
    }

    fn hidden(&mut self, secret: &str, (key, path): (&str, &str), at: Span) -> Piece {
        let variable = self.import.variables.instead_of(secret, self.owner, key);
        let message = format!("it is written out, and is not copied; set `{variable}` to it");
        self.import.notices.open(path, at, message);
        self.variable(&variable)
    }

    fn service(&mut self, key: &'static str) -> Option<Piece> {
        let (text, at) = self.params.take_text(key)?;
        if address::is_place(text) || named(text).is_some_and(is_name) {
            return self.text(key);
        }
        self.import.notices.lost(
            &self.params.path(key),
            at,
            "it is not the URL of a service; write it as `token_url`",
        );
        None
    }

    fn base(&mut self) -> Result<Option<Piece>, Unusable> {
        let key = if self.params.peek("api_base").is_some() { "api_base" } else { "base_url" };
        self.address(key)
    }

    fn address(&mut self, key: &'static str) -> Result<Option<Piece>, Unusable> {
        let Some((text, at)) = self.params.take_text(key).filter(|(text, _)| !text.is_empty()) else {
            return Ok(None);
        };
        if let Some(name) = named(text).filter(|name| is_name(name)) {
            return Ok(Some(self.variable(name)));
        }
        let path = self.params.path(key);
        let Some(address) = cleaned(text) else {
            let message =
                "it is not the URL of a server, so the deployment is left out; write it as `base_url`";
            self.import.notices.lost(&path, at, message);
            return Err(Unusable);
        };
        if address.contains('@') || text.contains(['?', '#', '@']) {
            let message = "a user, a password and what stands behind `?` or `#` are left out; a key belongs to `access_key`";
            self.import.notices.changed(&path, at, message);
        }
        Ok(Some(Piece::text(&self.place(&address, &path, at))))
    }

    /// The address as an entry names it: with the prefix of its paths, if that is not the usual one.
    fn place(&mut self, address: &str, path: &str, at: Span) -> String {
        let own_path = address.splitn(4, '/').nth(3).is_some_and(|path| !path.is_empty());
        match self.row.kind {
            Kind::Anthropic => {
                let address = address.strip_suffix("/messages").unwrap_or(address);
                let needs_version = own_path && !address.ends_with("/v1");
                if needs_version { format!("{address}/v1") } else { address.to_owned() }
            }
            Kind::Azure => {
                let end = address.find("/openai/deployments").unwrap_or(address.len());
                address.get(..end).unwrap_or(address).to_owned()
            }
            Kind::Foundry => address.splitn(4, '/').take(3).collect::<Vec<_>>().join("/"),
            Kind::Plain if self.row.ours == "openai" && !own_path => {
                let message =
                    "it has no path, so `/v1` is put behind it; write the path where the server has another";
                self.import.notices.changed(path, at, message);
                address.to_owned()
            }
            _ => address.to_owned(),
        }
    }

    fn headers(&mut self) -> Option<(String, Piece)> {
        let mut pairs = Vec::new();
        for key in ["extra_headers", "headers"] {
            for entry in self.params.take(key).map_or(&[][..], Node::entries) {
                self.header(&entry.key, &entry.value, key, &mut pairs);
            }
        }
        if self.row.ours == "openai"
            && let Some((text, _)) = self.params.take_text("organization")
        {
            let value = self.header_value(text);
            pairs.push(("OpenAI-Organization".to_owned(), value));
        }
        (!pairs.is_empty()).then(|| ("headers".to_owned(), Piece::Map(pairs)))
    }

    fn header(&mut self, name: &str, value: &Node, key: &'static str, pairs: &mut Settings) {
        let path = format!("{}.{name}", self.params.path(key));
        let known = pairs.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let lower = name.to_ascii_lowercase();
        let text = value.text().filter(|_| !known);
        let Some(text) = text.filter(|text| address::header_complaint(&lower, Some(*text), None).is_none())
        else {
            self.import.notices.lost(
                &path,
                value.span,
                "the header cannot be sent; see `headers` of an entry",
            );
            return;
        };
        let is_secret = ["auth", "key", "token", "secret", "cookie"].iter().any(|word| lower.contains(word));
        let is_written_out = named(text).is_none_or(|name| !is_name(name));
        let value = if is_secret && is_written_out {
            self.hidden(text.trim(), (name, &path), value.span)
        } else {
            self.header_value(text)
        };
        pairs.push((name.to_owned(), value));
    }

    fn header_value(&mut self, text: &str) -> Piece {
        match named(text).filter(|name| is_name(name)) {
            Some(variable) => self.variable(variable),
            None => Piece::text(text.trim()),
        }
    }
}

/// What signs requests to AWS, by `LiteLLM`'s keys and Callsign's.
const AWS: &[(&str, &str)] = &[
    ("aws_access_key_id", "access_key_id"),
    ("aws_secret_access_key", "secret_access_key"),
    ("aws_session_token", "session_token"),
    ("aws_profile_name", "profile"),
    ("aws_role_name", "role_arn"),
    ("aws_session_name", "session_name"),
    ("aws_external_id", "external_id"),
    ("aws_sts_endpoint", "token_url"),
];

/// A URL without what an entry's may not hold.
fn cleaned(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok().filter(|_| text.contains("://"))?;
    url.set_query(None);
    url.set_fragment(None);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let cleaned = url.as_str().trim_end_matches('/').to_owned();
    address::is_place(&cleaned).then_some(cleaned)
}
