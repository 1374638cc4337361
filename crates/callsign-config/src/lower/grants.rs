//! `auth`: what a cloud gives for a while. What is not written is looked for where the cloud's own tools look.

use std::path::PathBuf;
use std::sync::Arc;

use callsign_plan::grant::{
    ContainerToken, Entra, EntraSource, Google, GoogleSource, Grant, KeySource, Keys, Role, Secret, SigV4,
};
use callsign_plan::target::Credential;
use url::Url;

use crate::Setting;
use crate::builtin::GrantKind;
use crate::diagnostic::{Code, Findings, Span};
use crate::lower::address::is_header_value;
use crate::lower::scalars::is_set;
use crate::tree::{Meaning, Node};

/// Reads the `auth` of one entry.
pub(crate) struct Granting<'g, 't> {
    /// What is written; `None` where everything is the environment's.
    pub(crate) auth: Option<&'g Node>,
    pub(crate) region: Option<&'g Arc<str>>,
    /// Where the entry's model stands.
    pub(crate) at: Span,
    pub(crate) setting: &'g Setting<'g>,
    pub(crate) findings: &'g mut Findings<'t>,
}

/// Which keys belong to which type. `type` and `token_url` belong to all.
const SIGV4_KEYS: &[&str] = &[
    "access_key_id",
    "secret_access_key",
    "session_token",
    "profile",
    "credentials_file",
    "role_arn",
    "external_id",
    "session_name",
    "web_identity_token_file",
    "service",
];
const GOOGLE_KEYS: &[&str] = &["credentials", "credentials_file", "token", "scope"];
const ENTRA_KEYS: &[&str] = &[
    "tenant_id",
    "client_id",
    "client_secret",
    "federated_token_file",
    "managed_identity",
    "token",
    "scope",
];

/// <https://developers.google.com/identity/protocols/oauth2/scopes#aiplatform>
const GOOGLE_SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// <https://learn.microsoft.com/en-us/azure/ai-foundry/openai/how-to/managed-identity>
const ENTRA_SCOPE: &str = "https://cognitiveservices.azure.com/.default";
const ENTRA_AUTHORITY: &str = "https://login.microsoftonline.com";
/// <https://learn.microsoft.com/en-us/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
const ENTRA_MACHINE: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
const AWS_MACHINE: &str = "http://169.254.169.254";
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
const AWS_CONTAINER: &str = "http://169.254.170.2";
const GOOGLE_MACHINE: &str = "metadata.google.internal";

// === impl Granting ===

impl Granting<'_, '_> {
    /// What `auth` says.
    pub(crate) fn written(&mut self) -> Option<Credential> {
        let kind = match self.text("type")?.as_ref() {
            "aws_sigv4" => GrantKind::SigV4,
            "google" => GrantKind::Google,
            _ => GrantKind::Entra,
        };
        self.check_keys(kind);
        if let Some(variable) = self.missing() {
            return Some(Credential::Missing { variable });
        }
        self.usual(kind)
    }

    /// The grant of this kind; `None` after a mistake.
    pub(crate) fn usual(&mut self, kind: GrantKind) -> Option<Credential> {
        let grant = match kind {
            GrantKind::SigV4 => Grant::SigV4(self.sigv4()?),
            GrantKind::Google => Grant::Google(self.google()?),
            GrantKind::Entra => Grant::Entra(self.entra()?),
        };
        Some(Credential::Granted(Arc::new(grant)))
    }

    /// Whether the environment speaks of such a grant.
    pub(crate) fn is_told_of(&self, kind: GrantKind) -> bool {
        let names: &[&str] = match kind {
            GrantKind::SigV4 => &[
                "AWS_ACCESS_KEY_ID",
                "AWS_PROFILE",
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            ],
            GrantKind::Google => &["GOOGLE_APPLICATION_CREDENTIALS"],
            GrantKind::Entra => &["AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT"],
        };
        names.iter().any(|name| self.variable(name).is_some())
    }

    fn check_keys(&mut self, kind: GrantKind) {
        let own = match kind {
            GrantKind::SigV4 => SIGV4_KEYS,
            GrantKind::Google => GOOGLE_KEYS,
            GrantKind::Entra => ENTRA_KEYS,
        };
        let all = [SIGV4_KEYS, GOOGLE_KEYS, ENTRA_KEYS].concat();
        for entry in self.auth.map_or(&[][..], Node::entries) {
            // A key that nobody knows is reported already.
            if all.contains(&&*entry.key) && !own.contains(&&*entry.key) {
                let message = format!("`{}` does not belong to `type: {}`", entry.key, kind.name());
                self.findings
                    .report(Code::MisplacedKey, entry.at, message)
                    .label("does not belong here")
                    .help(format!("known here: {}", own.join(", ")));
            }
        }
    }

    /// A variable that is not set, where that is allowed.
    fn missing(&self) -> Option<Arc<str>> {
        self.auth?.entries().iter().find_map(|entry| match &entry.value.scalar()?.meaning {
            Meaning::Missing(variable) => Some(Arc::clone(variable)),
            _ => None,
        })
    }

    fn text(&self, key: &str) -> Option<Arc<str>> {
        self.auth?.get(key)?.text().map(str::trim).map(Arc::from)
    }

    fn writes(&self, key: &str) -> bool {
        self.auth.is_some_and(|auth| auth.entry(key).is_some())
    }

    fn variable(&self, name: &str) -> Option<Arc<str>> {
        let value = (self.setting.environment)(name)?;
        Some(value.trim()).filter(|value| !value.is_empty()).map(Arc::from)
    }

    /// What is written, or else what the variable holds.
    fn either(&self, key: &str, variable: &str) -> Option<Arc<str>> {
        self.text(key).or_else(|| self.variable(variable))
    }

    fn secret(&mut self, key: &str, variable: &str) -> Option<Secret> {
        let found = self.either(key, variable)?;
        if !found.is_empty() && is_header_value(&found) {
            return Some(Secret::from(&*found));
        }
        let at = self.auth.and_then(|auth| auth.get(key)).map_or(self.at, |node| node.span);
        self.findings
            .report(
                Code::BadKey,
                at,
                format!("`{key}` is empty, or holds a line break or another control character"),
            )
            .label("cannot be sent")
            .help(format!("write `{key}: $NAME` and set `NAME` to the secret alone"));
        None
    }

    /// A file, `~` being the user's home.
    fn file(&self, written: &str) -> PathBuf {
        match (written.strip_prefix("~/"), self.home()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(written),
        }
    }

    fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").or_else(|| self.variable("USERPROFILE")).map(|home| PathBuf::from(&*home))
    }

    fn token_url(&mut self) -> Option<Arc<str>> {
        let node = self.auth?.get("token_url")?;
        let good = |text: &&str| {
            Url::parse(text).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.host_str().is_some_and(|host| !host.is_empty())
                    && url.username().is_empty()
                    && url.password().is_none()
            })
        };
        if let Some(text) = node.text().map(str::trim).filter(good) {
            return Some(text.into());
        }
        self.findings
            .report(Code::BadUrl, node.span, "`token_url` is not the URL of a server")
            .label("not such a URL")
            .help("write it like `https://login.example.com/token`");
        None
    }

    fn needs(&mut self, key: &str, variable: &str) -> Option<Arc<str>> {
        let found = self.either(key, variable).filter(|found| !found.is_empty());
        if found.is_none() {
            let at = self.auth.map_or(self.at, |auth| auth.get("type").map_or(auth.span, |node| node.span));
            self.findings
                .report(Code::MissingKey, at, format!("`auth` needs `{key}`"))
                .label(format!("`{key}` is missing here"))
                .help(format!("write `{key}: …`, or set `{variable}`"));
        }
        found
    }

    // === Amazon ===

    fn sigv4(&mut self) -> Option<SigV4> {
        let url = self.token_url();
        // Its absence has been told.
        let region = Arc::clone(self.region?);
        let service = self.text("service").unwrap_or_else(|| "bedrock".into());
        let federated = self.either("web_identity_token_file", "AWS_WEB_IDENTITY_TOKEN_FILE");
        let url = url.unwrap_or_else(|| sts(&region));
        let written = self.text("role_arn");
        let own_keys = ["access_key_id", "secret_access_key", "profile"];
        let has_own = own_keys.iter().any(|key| self.text(key).is_some());
        let federated = federated.filter(|_| !has_own);
        let role = if federated.is_some() { None } else { written.clone() };
        let role = role.map(|arn| self.role(arn, Arc::clone(&url)));
        let federated = match federated {
            Some(file) => {
                let arn = self.needs("role_arn", "AWS_ROLE_ARN")?;
                let role = self.role(arn, url);
                Some(KeySource::WebIdentity { role, token_file: self.file(&file) })
            }
            None => None,
        };
        let sources = self.key_sources(federated)?;
        Some(SigV4 { region, service, sources, role })
    }

    fn role(&self, arn: Arc<str>, url: Arc<str>) -> Role {
        let session = self.either("session_name", "AWS_ROLE_SESSION_NAME");
        Role {
            arn,
            session: session.unwrap_or_else(|| "callsign".into()),
            external_id: self.text("external_id"),
            url,
        }
    }

    /// In the order in which AWS's own tools look; what is written stands alone.
    fn key_sources(&mut self, federated: Option<KeySource>) -> Option<Vec<KeySource>> {
        if self.writes("access_key_id") || self.writes("secret_access_key") {
            let id = self.needs("access_key_id", "AWS_ACCESS_KEY_ID")?;
            self.needs("secret_access_key", "AWS_SECRET_ACCESS_KEY")?;
            let secret = self.secret("secret_access_key", "AWS_SECRET_ACCESS_KEY")?;
            // A session of the environment's would not belong to keys that are written.
            let session = if self.writes("session_token") { self.secret("session_token", "") } else { None };
            return Some(vec![KeySource::Given(Keys { id, secret, session })]);
        }
        if self.writes("profile") || self.writes("credentials_file") {
            return Some(self.profile().into_iter().collect());
        }
        if let (Some(federated), true) = (&federated, self.writes("web_identity_token_file")) {
            return Some(vec![federated.clone()]);
        }
        let environment = self.environment_keys();
        let machine = self.variable("AWS_EC2_METADATA_DISABLED").is_none_or(|value| &*value != "true");
        let url = self.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|| AWS_MACHINE.into());
        let machine = machine.then(|| KeySource::Instance { url: url.trim_end_matches('/').into() });
        let sources = [environment, federated, self.profile(), self.container(), machine];
        Some(sources.into_iter().flatten().collect())
    }

    fn environment_keys(&mut self) -> Option<KeySource> {
        let id = self.variable("AWS_ACCESS_KEY_ID")?;
        self.variable("AWS_SECRET_ACCESS_KEY")?;
        let secret = self.secret("secret_access_key", "AWS_SECRET_ACCESS_KEY")?;
        let session = self.secret("session_token", "AWS_SESSION_TOKEN");
        Some(KeySource::Given(Keys { id, secret, session }))
    }

    fn profile(&self) -> Option<KeySource> {
        let name = self.either("profile", "AWS_PROFILE").unwrap_or_else(|| "default".into());
        let usual = |file: &str| self.home().map(|home| home.join(".aws").join(file));
        let place = |written: Option<Arc<str>>, file| {
            written.map(|written| self.file(&written)).or_else(|| usual(file))
        };
        let shared = place(self.either("credentials_file", "AWS_SHARED_CREDENTIALS_FILE"), "credentials");
        let config = place(self.variable("AWS_CONFIG_FILE"), "config");
        let files: Vec<PathBuf> = [shared, config].into_iter().flatten().collect();
        (!files.is_empty()).then_some(KeySource::Profile { name, files })
    }

    fn container(&self) -> Option<KeySource> {
        let relative = self.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        let relative = relative.map(|path| Arc::from(format!("{AWS_CONTAINER}{path}")));
        let url = relative.or_else(|| self.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"))?;
        let file = self.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        let token = match (file, self.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")) {
            (Some(file), _) => ContainerToken::File(self.file(&file)),
            (None, Some(token)) => ContainerToken::Given(Secret::from(&*token)),
            (None, None) => ContainerToken::None,
        };
        Some(KeySource::Container { url, token })
    }

    // === Google ===

    fn google(&mut self) -> Option<Google> {
        let token_url = self.token_url();
        let scope = self.text("scope").unwrap_or_else(|| GOOGLE_SCOPE.into());
        Some(Google { sources: self.google_sources()?, scope, token_url })
    }

    fn google_sources(&mut self) -> Option<Vec<GoogleSource>> {
        if self.text("token").is_some() {
            return Some(vec![GoogleSource::Token(self.secret("token", "")?)]);
        }
        if let Some(text) = self.text("credentials") {
            return Some(vec![GoogleSource::Text(Secret::from(&*text))]);
        }
        if let Some(file) = self.either("credentials_file", "GOOGLE_APPLICATION_CREDENTIALS") {
            return Some(vec![GoogleSource::File(self.file(&file))]);
        }
        let folder = self.variable("CLOUDSDK_CONFIG").map(|folder| PathBuf::from(&*folder));
        let folder = folder.or_else(|| self.home().map(|home| home.join(".config/gcloud")));
        let file =
            folder.map(|folder| GoogleSource::MaybeFile(folder.join("application_default_credentials.json")));
        let host = self.variable("GCE_METADATA_HOST").unwrap_or_else(|| GOOGLE_MACHINE.into());
        let machine = GoogleSource::Metadata { url: format!("http://{host}").into() };
        Some(file.into_iter().chain([machine]).collect())
    }

    // === Microsoft ===

    fn entra(&mut self) -> Option<Entra> {
        let scope = self.text("scope").unwrap_or_else(|| ENTRA_SCOPE.into());
        let url = self.token_url();
        Some(Entra { source: self.entra_source(url)?, scope })
    }

    fn entra_source(&mut self, url: Option<Arc<str>>) -> Option<EntraSource> {
        if self.text("token").is_some() {
            return Some(EntraSource::Token(self.secret("token", "")?));
        }
        let client_id = self.either("client_id", "AZURE_CLIENT_ID");
        if self.auth.is_some_and(|auth| is_set(auth, "managed_identity")) {
            return Some(self.managed(url, client_id));
        }
        if self.either("client_secret", "AZURE_CLIENT_SECRET").is_some() {
            let (url, client_id) = (self.tenant_url(url), self.needs("client_id", "AZURE_CLIENT_ID"));
            let secret = self.secret("client_secret", "AZURE_CLIENT_SECRET")?;
            return Some(EntraSource::Secret { url: url?, client_id: client_id?, secret });
        }
        if let Some(file) = self.either("federated_token_file", "AZURE_FEDERATED_TOKEN_FILE") {
            let (url, client_id) = (self.tenant_url(url), self.needs("client_id", "AZURE_CLIENT_ID"));
            return Some(EntraSource::Federated {
                url: url?,
                client_id: client_id?,
                token_file: self.file(&file),
            });
        }
        // Who names a directory means an application of it.
        if self.text("tenant_id").is_some() {
            self.needs("client_secret", "AZURE_CLIENT_SECRET")?;
        }
        Some(self.managed(url, client_id))
    }

    fn tenant_url(&mut self, url: Option<Arc<str>>) -> Option<Arc<str>> {
        if url.is_some() {
            return url;
        }
        let tenant = self.needs("tenant_id", "AZURE_TENANT_ID")?;
        let authority = self.variable("AZURE_AUTHORITY_HOST").unwrap_or_else(|| ENTRA_AUTHORITY.into());
        let authority = authority.trim_end_matches('/');
        if tenant.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.".contains(letter)) {
            return Some(format!("{authority}/{tenant}/oauth2/v2.0/token").into());
        }
        let at = self.auth.and_then(|auth| auth.get("tenant_id")).map_or(self.at, |node| node.span);
        self.findings
            .report(Code::BadHost, at, "`tenant_id` cannot stand in a URL")
            .label("not a directory")
            .help("write its id or its domain, such as `contoso.onmicrosoft.com`");
        None
    }

    fn managed(&self, url: Option<Arc<str>>, client_id: Option<Arc<str>>) -> EntraSource {
        let service = self.variable("IDENTITY_ENDPOINT").zip(self.variable("IDENTITY_HEADER"));
        match (url, service) {
            (None, Some((url, header))) => {
                EntraSource::Service { url, header: Secret::from(&*header), client_id }
            }
            (url, _) => EntraSource::Machine { url: url.unwrap_or_else(|| ENTRA_MACHINE.into()), client_id },
        }
    }
}

/// <https://docs.aws.amazon.com/general/latest/gr/sts.html>
fn sts(region: &str) -> Arc<str> {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://sts.{region}.{domain}/").into()
}
