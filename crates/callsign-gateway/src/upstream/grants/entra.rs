//! Microsoft Entra's tokens: for an application, or from the identity endpoint of a machine or a service.
//! <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use callsign_plan::grant::{Entra, EntraSource};
use callsign_plan::layout::encoded;
use http::header::HeaderName;

use super::fetch::{Asker, GrantError};
use super::{Given, Lifetime};

const METADATA: (HeaderName, &str) = (HeaderName::from_static("metadata"), "true");
const IDENTITY: HeaderName = HeaderName::from_static("x-identity-header");
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A token from the source.
pub(super) async fn token(entra: &Entra, asker: &Asker<'_>) -> Result<(Given, Lifetime), GrantError> {
    let scope = &*entra.scope;
    match &entra.source {
        EntraSource::Token(token) => Ok((Given::Token(token.text()), None)),
        EntraSource::Secret { url, client_id, secret } => {
            let fields = [("client_id", &**client_id), ("client_secret", secret.expose())];
            exchange(asker, url, scope, &fields).await
        }
        EntraSource::Federated { url, client_id, token_file } => {
            let token = asker.file(token_file).await?;
            let fields = [
                ("client_id", &**client_id),
                ("client_assertion_type", ASSERTION),
                ("client_assertion", token.trim()),
            ];
            exchange(asker, url, scope, &fields).await
        }
        EntraSource::Machine { url, client_id } => {
            let url = identity_url(url, "2018-02-01", scope, client_id.as_deref());
            asker.read_token(&url, &[METADATA]).await
        }
        EntraSource::Service { url, header, client_id } => {
            let url = identity_url(url, "2019-08-01", scope, client_id.as_deref());
            asker.read_token(&url, &[(IDENTITY, header.expose())]).await
        }
    }
}

async fn exchange(
    asker: &Asker<'_>,
    url: &str,
    scope: &str,
    fields: &[(&str, &str)],
) -> Result<(Given, Lifetime), GrantError> {
    let common = [("grant_type", "client_credentials"), ("scope", scope)];
    asker.exchange(url, &[&common, fields].concat()).await
}

/// These endpoints are told the resource, not the scope.
fn identity_url(url: &str, version: &str, scope: &str, client_id: Option<&str>) -> String {
    let resource = encoded(scope.strip_suffix("/.default").unwrap_or(scope));
    let client = client_id.map(|id| format!("&client_id={}", encoded(id))).unwrap_or_default();
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}api-version={version}&resource={resource}{client}")
}
