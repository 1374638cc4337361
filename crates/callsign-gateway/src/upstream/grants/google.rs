//! Google's tokens: for a service account's key, for a user, for a federated identity, or from the metadata server.
//! <https://google.aip.dev/auth/4110>

use std::collections::BTreeMap;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_plan::grant::{Google, GoogleSource};
use http::header::HeaderName;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::fetch::{Asker, GrantError, bearer, form, read};
use super::{Given, Lifetime};

/// The file that Google's tools write.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Credentials {
    ServiceAccount(ServiceAccount),
    AuthorizedUser(AuthorizedUser),
    ExternalAccount(ExternalAccount),
}

#[derive(Deserialize)]
struct ServiceAccount {
    client_email: String,
    private_key: String,
    private_key_id: Option<String>,
    token_uri: Option<String>,
}

#[derive(Deserialize)]
struct AuthorizedUser {
    client_id: String,
    client_secret: String,
    refresh_token: String,
    token_uri: Option<String>,
}

/// Workload identity federation: another provider's token is exchanged for one of Google's.
#[derive(Deserialize)]
struct ExternalAccount {
    audience: String,
    subject_token_type: String,
    token_url: String,
    credential_source: Subject,
    service_account_impersonation_url: Option<String>,
}

/// Where the other provider's token is.
#[derive(Deserialize)]
struct Subject {
    file: Option<String>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    format: SubjectFormat,
}

#[derive(Deserialize, Default)]
struct SubjectFormat {
    subject_token_field_name: Option<String>,
}

#[derive(Serialize)]
struct Header<'h> {
    alg: &'h str,
    typ: &'h str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'h str>,
}

/// <https://datatracker.ietf.org/doc/html/rfc7523#section-3>
#[derive(Serialize)]
struct Claims<'c> {
    iss: &'c str,
    scope: &'c str,
    aud: &'c str,
    iat: u64,
    exp: u64,
}

const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
const FLAVOR: (HeaderName, &str) = (HeaderName::from_static("metadata-flavor"), "Google");
const METADATA: &str = "/computeMetadata/v1/instance/service-accounts/default/token";
const HOUR: u64 = 3_600;

/// A token from the first source that has any.
pub(super) async fn token(google: &Google, asker: &Asker<'_>) -> Result<(Given, Lifetime), GrantError> {
    for source in &google.sources {
        let text = match source {
            GoogleSource::Token(token) => return Ok((Given::Token(token.text()), None)),
            GoogleSource::Metadata { url } => return metadata(google, url, asker).await,
            GoogleSource::Text(text) => text.expose().to_owned(),
            GoogleSource::File(path) => asker.file(path).await?,
            GoogleSource::MaybeFile(path) => match asker.file(path).await {
                Ok(text) => text,
                Err(_) => continue,
            },
        };
        return of_credentials(&text, google, asker).await;
    }
    Err(GrantError::Nothing)
}

async fn metadata(google: &Google, url: &str, asker: &Asker<'_>) -> Result<(Given, Lifetime), GrantError> {
    let url = google.token_url.as_ref().map_or_else(|| format!("{url}{METADATA}"), ToString::to_string);
    let scopes = callsign_plan::layout::encoded(&google.scope);
    asker.read_token(&format!("{url}?scopes={scopes}"), &[FLAVOR]).await
}

async fn of_credentials(
    text: &str,
    google: &Google,
    asker: &Asker<'_>,
) -> Result<(Given, Lifetime), GrantError> {
    let unusable = |_| {
        GrantError::Unusable(
            "they are neither a service account's key, a user's, nor a federated identity".into(),
        )
    };
    let over = google.token_url.as_deref();
    match serde_json::from_str(text).map_err(unusable)? {
        Credentials::ServiceAccount(account) => {
            let url = over.or(account.token_uri.as_deref()).unwrap_or(TOKEN_URI);
            let assertion = account.assertion(&google.scope, url, asker.now)?;
            let kind = "urn:ietf:params:oauth:grant-type:jwt-bearer";
            asker.exchange(url, &[("grant_type", kind), ("assertion", &assertion)]).await
        }
        Credentials::AuthorizedUser(user) => {
            let fields = [
                ("grant_type", "refresh_token"),
                ("client_id", &user.client_id),
                ("client_secret", &user.client_secret),
                ("refresh_token", &user.refresh_token),
            ];
            asker.exchange(over.or(user.token_uri.as_deref()).unwrap_or(TOKEN_URI), &fields).await
        }
        Credentials::ExternalAccount(account) => account.token(google, asker).await,
    }
}

// === impl ServiceAccount ===

impl ServiceAccount {
    /// A token of the account's own making, which the server exchanges for one of its.
    fn assertion(&self, scope: &str, audience: &str, now: u64) -> Result<String, GrantError> {
        let header = Header { alg: "RS256", typ: "JWT", kid: self.private_key_id.as_deref() };
        let claims = Claims { iss: &self.client_email, scope, aud: audience, iat: now, exp: now + HOUR };
        let unsigned = format!("{}.{}", part(&header)?, part(&claims)?);
        let signature = self.sign(unsigned.as_bytes()).ok_or_else(|| {
            GrantError::Unusable("the service account's `private_key` is no RSA key in PEM".into())
        })?;
        Ok(format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let key = PrivatePkcs8KeyDer::from_pem_slice(self.private_key.as_bytes()).ok()?;
        let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).ok()?;
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).ok()?;
        Some(signature)
    }
}

fn part(value: &impl Serialize) -> Result<String, GrantError> {
    let json = serde_json::to_vec(value).map_err(|error| GrantError::Unusable(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

// === impl ExternalAccount ===

impl ExternalAccount {
    /// <https://datatracker.ietf.org/doc/html/rfc8693>, then the service account that is impersonated, if any.
    async fn token(&self, google: &Google, asker: &Asker<'_>) -> Result<(Given, Lifetime), GrantError> {
        let subject = self.credential_source.token(asker).await?;
        let url = google.token_url.as_deref().unwrap_or(&self.token_url);
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("audience", &self.audience),
            ("scope", &google.scope),
            ("subject_token_type", &self.subject_token_type),
            ("subject_token", &subject),
        ];
        let given = asker.exchange(url, &fields).await?;
        match (&self.service_account_impersonation_url, given) {
            (Some(url), (Given::Token(token), _)) => impersonated(url, &token, google, asker).await,
            (_, given) => Ok(given),
        }
    }
}

async fn impersonated(
    url: &str,
    token: &SecretString,
    google: &Google,
    asker: &Asker<'_>,
) -> Result<(Given, Lifetime), GrantError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Reply {
        access_token: String,
        expire_time: String,
    }
    let mut request = form(url, &[("scope", &*google.scope), ("lifetime", "3600s")])?;
    request.headers_mut().insert(http::header::AUTHORIZATION, bearer(token)?);
    let reply: Reply = read(url, &asker.send(request).await?)?;
    let end = super::date::parse(&reply.expire_time).unwrap_or(asker.now + HOUR);
    let lifetime = std::time::Duration::from_secs(end.saturating_sub(asker.now));
    Ok((Given::Token(SecretString::from(reply.access_token)), Some(lifetime)))
}

// === impl Subject ===

impl Subject {
    async fn token(&self, asker: &Asker<'_>) -> Result<String, GrantError> {
        let text = match (&self.file, &self.url) {
            (Some(file), _) => asker.file(file.as_ref()).await?,
            (None, Some(url)) => {
                let unusable = || GrantError::Unusable("`credential_source` names a bad header".into());
                let headers = self.headers.iter().map(|(name, value)| {
                    Ok((HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?, value.as_str()))
                });
                let headers = headers.collect::<Result<Vec<_>, GrantError>>()?;
                String::from_utf8_lossy(&asker.get(url, &headers).await?).into_owned()
            }
            (None, None) => {
                let why = "`credential_source` names neither a file nor a url, other kinds are not served";
                return Err(GrantError::Unusable(why.into()));
            }
        };
        let Some(field) = &self.format.subject_token_field_name else { return Ok(text.trim().to_owned()) };
        let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
        let token = fields.get(field).and_then(|token| token.as_str()).map(str::to_owned);
        token.ok_or_else(|| GrantError::Unusable(format!("the subject token has no `{field}`")))
    }
}
