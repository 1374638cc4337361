//! What a cloud's identity service gives for a while, and whom to ask for it: data alone, no request is made here.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

/// How a target's requests are vouched for by something that expires.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Grant {
    /// Each request is signed with Amazon's Signature Version 4.
    SigV4(SigV4),
    /// Each request carries `Authorization: Bearer` with a token of Google's.
    Google(Google),
    /// Each request carries `Authorization: Bearer` with a token of Microsoft Entra's.
    Entra(Entra),
}

/// What a signature names, and whose keys make it.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SigV4 {
    /// Such as `us-east-1`.
    pub region: Arc<str>,
    /// Such as `bedrock`.
    pub service: Arc<str>,
    /// Where the keys come from: the first source that has any.
    pub sources: Vec<KeySource>,
    /// The role that is assumed with those keys.
    pub role: Option<Role>,
}

/// Where keys to sign with come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeySource {
    /// They are written in the configuration.
    Given(Keys),
    /// A profile of the files that AWS's tools share.
    Profile {
        /// Its name.
        name: Arc<str>,
        /// `~/.aws/credentials` and `~/.aws/config`, in the order in which they are read.
        files: Vec<PathBuf>,
    },
    /// A token of a Kubernetes service account or the like, exchanged for keys at `url`.
    WebIdentity {
        /// The role that is assumed.
        role: Role,
        /// The file that holds the token; it is read anew each time.
        token_file: PathBuf,
    },
    /// The endpoint of a container (ECS, EKS Pod Identity).
    Container {
        /// Its URL.
        url: Arc<str>,
        /// What it wants as `Authorization`.
        token: ContainerToken,
    },
    /// The metadata service of the machine (`IMDSv2`).
    Instance {
        /// `scheme://host[:port]`.
        url: Arc<str>,
    },
}

/// Keys to sign with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Keys {
    /// The public half.
    pub id: Arc<str>,
    /// The secret half.
    pub secret: Secret,
    /// Goes with keys that expire.
    pub session: Option<Secret>,
}

/// A role, and the service that gives its keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Role {
    /// Its ARN.
    pub arn: Arc<str>,
    /// What the session is called in AWS's logs.
    pub session: Arc<str>,
    /// What some roles want to be told.
    pub external_id: Option<Arc<str>>,
    /// The URL of AWS's Security Token Service.
    pub url: Arc<str>,
}

/// What the endpoint of a container wants as `Authorization`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ContainerToken {
    /// Nothing.
    None,
    /// This.
    Given(Secret),
    /// What stands in this file, which is read anew each time.
    File(PathBuf),
}

/// Whose token Google is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Google {
    /// Where it comes from: the first source that has any.
    pub sources: Vec<GoogleSource>,
    /// What it may be used for.
    pub scope: Arc<str>,
    /// Asked in place of the server that the credentials name.
    pub token_url: Option<Arc<str>>,
}

/// Where a token of Google's comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GoogleSource {
    /// It is written in the configuration.
    Token(Secret),
    /// Credentials as JSON text: a service account's key, or a user's.
    Text(Secret),
    /// A file with the same.
    File(PathBuf),
    /// The same, where the file need not be there.
    MaybeFile(PathBuf),
    /// The metadata server of the machine.
    Metadata {
        /// `scheme://host[:port]`.
        url: Arc<str>,
    },
}

/// Whose token Azure is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entra {
    /// Where it comes from.
    pub source: EntraSource,
    /// What it may be used for, such as `https://cognitiveservices.azure.com/.default`.
    pub scope: Arc<str>,
}

/// Where a token of Microsoft Entra's comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EntraSource {
    /// It is written in the configuration.
    Token(Secret),
    /// An application and its secret.
    Secret {
        /// Where tokens are given.
        url: Arc<str>,
        /// The application.
        client_id: Arc<str>,
        /// Its secret.
        secret: Secret,
    },
    /// An application that is vouched for by another identity provider.
    Federated {
        /// Where tokens are given.
        url: Arc<str>,
        /// The application.
        client_id: Arc<str>,
        /// The file that holds the other provider's token; it is read anew each time.
        token_file: PathBuf,
    },
    /// The identity of the machine.
    Machine {
        /// The endpoint's URL.
        url: Arc<str>,
        /// Which identity, where the machine has several.
        client_id: Option<Arc<str>>,
    },
    /// The identity of an app service or a function.
    Service {
        /// The endpoint's URL.
        url: Arc<str>,
        /// What it wants as `X-IDENTITY-HEADER`.
        header: Secret,
        /// Which identity, where the service has several.
        client_id: Option<Arc<str>>,
    },
}

/// A secret that can be told from another, and is never shown.
#[derive(Clone)]
pub struct Secret(SecretString);

// === impl Grant ===

impl Grant {
    /// What the operator wrote and nobody may see.
    pub fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::SigV4(signing) => signing.sources.iter().flat_map(KeySource::secrets).collect(),
            Self::Google(google) => google.sources.iter().filter_map(GoogleSource::secret).collect(),
            Self::Entra(entra) => match &entra.source {
                EntraSource::Token(secret)
                | EntraSource::Secret { secret, .. }
                | EntraSource::Service { header: secret, .. } => vec![secret],
                EntraSource::Federated { .. } | EntraSource::Machine { .. } => Vec::new(),
            },
        }
    }

    /// What a person is told of it.
    pub const fn about(&self) -> &'static str {
        match self {
            Self::SigV4(_) => "requests are signed (aws_sigv4)",
            Self::Google(_) => "a token of Google's (google)",
            Self::Entra(_) => "a token of Microsoft Entra's (entra)",
        }
    }
}

// === impl KeySource ===

impl KeySource {
    fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::Given(keys) => std::iter::once(&keys.secret).chain(&keys.session).collect(),
            Self::Container { token: ContainerToken::Given(token), .. } => vec![token],
            _ => Vec::new(),
        }
    }
}

// === impl GoogleSource ===

impl GoogleSource {
    const fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Token(secret) | Self::Text(secret) => Some(secret),
            Self::File(_) | Self::MaybeFile(_) | Self::Metadata { .. } => None,
        }
    }
}

// === impl Secret ===

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The same, to be kept.
    pub fn text(&self) -> SecretString {
        self.0.clone()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expose().hash(state);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_by_their_text_and_never_show_it() {
        let (one, same, other) =
            (Secret::from("s3cr3t-1"), Secret::from("s3cr3t-1"), Secret::from("s3cr3t-2"));
        assert_eq!(one, same);
        assert_ne!(one, other);
        assert!(!format!("{one:?}").contains("s3cr3t"));
    }

    #[test]
    fn every_secret_that_is_written_is_listed() {
        let keys = Keys { id: "AKID".into(), secret: "s-1".into(), session: Some("s-2".into()) };
        let container = KeySource::Container {
            url: "http://127.0.0.1".into(),
            token: ContainerToken::Given("s-3".into()),
        };
        let grants = [
            Grant::SigV4(SigV4 {
                region: "r".into(),
                service: "s".into(),
                sources: vec![KeySource::Given(keys), container],
                role: None,
            }),
            Grant::Google(Google {
                sources: vec![GoogleSource::Token("s-4".into()), GoogleSource::Text("s-5".into())],
                scope: "scope".into(),
                token_url: None,
            }),
            Grant::Entra(Entra {
                source: EntraSource::Secret { url: "u".into(), client_id: "c".into(), secret: "s-6".into() },
                scope: "scope".into(),
            }),
        ];
        let listed: Vec<_> =
            grants.iter().flat_map(Grant::secrets).map(|secret| secret.expose().to_owned()).collect();
        assert_eq!(listed, ["s-1", "s-2", "s-3", "s-4", "s-5", "s-6"]);
    }
}
