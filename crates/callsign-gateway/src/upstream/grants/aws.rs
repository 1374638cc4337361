//! AWS's keys: from files, from the endpoint of a container or a machine, for a web identity or a role.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>

use std::path::PathBuf;
use std::time::Duration;

use callsign_plan::grant::{ContainerToken, KeySource, Keys, Role, SigV4};
use http::header::{self, HeaderName};
use serde::Deserialize;

use super::fetch::{Asker, GrantError, form, read};
use super::{Given, Lifetime, date, sigv4};

/// Keys as the endpoints of containers and machines give them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeysReply {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: Option<String>,
}

type Found = Result<Option<(Keys, Lifetime)>, GrantError>;

const TTL: (HeaderName, &str) = (HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
const MACHINE_TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
const MACHINE_ROLE: &str = "latest/meta-data/iam/security-credentials";
const HOUR: Duration = Duration::from_hours(1);

/// Keys from the first source that has any, or those of the role that is assumed with them.
pub(super) async fn keys(signing: &SigV4, asker: &Asker<'_>) -> Result<(Given, Lifetime), GrantError> {
    let (keys, lifetime) = first(&signing.sources, asker).await?;
    match &signing.role {
        None => Ok((Given::Keys(keys), lifetime)),
        Some(role) => {
            let (keys, lifetime) = assume(role, &keys, &signing.region, asker).await?;
            Ok((Given::Keys(keys), lifetime))
        }
    }
}

async fn first(sources: &[KeySource], asker: &Asker<'_>) -> Result<(Keys, Lifetime), GrantError> {
    let mut last = GrantError::Nothing;
    for source in sources {
        match from(source, asker).await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn from(source: &KeySource, asker: &Asker<'_>) -> Found {
    match source {
        KeySource::Given(keys) => Ok(Some((keys.clone(), None))),
        KeySource::Profile { name, files } => profile(name, files, asker).await,
        KeySource::WebIdentity { role, token_file } => {
            let token = asker.file(token_file).await?;
            let fields = role_fields(role, "AssumeRoleWithWebIdentity");
            let fields = [fields.as_slice(), &[("WebIdentityToken", token.trim())]].concat();
            let answer = asker.post(&role.url, &fields).await?;
            of_role(role, &String::from_utf8_lossy(&answer), asker).map(Some)
        }
        KeySource::Container { url, token } => {
            let token = match token {
                ContainerToken::None => None,
                ContainerToken::Given(token) => Some(token.expose().to_owned()),
                ContainerToken::File(path) => Some(asker.file(path).await?.trim().to_owned()),
            };
            let headers: Vec<_> = token.iter().map(|token| (header::AUTHORIZATION, token.as_str())).collect();
            asker.get(url, &headers).await.and_then(|answer| endpoint_keys(url, &answer, asker))
        }
        KeySource::Instance { url } => machine(url, asker).await,
    }
}

// === files ===

/// The keys of a profile. Keys change in these files without notice, so they are read again after an hour.
async fn profile(name: &str, files: &[PathBuf], asker: &Asker<'_>) -> Found {
    for path in files {
        // Most machines have one of the two.
        let Ok(text) = asker.file(path).await else { continue };
        if let Some(keys) = section(&text, name) {
            return Ok(Some((keys, Some(HOUR))));
        }
    }
    Ok(None)
}

fn section(text: &str, name: &str) -> Option<Keys> {
    let (mut inside, mut id, mut secret, mut session) = (false, None, None, None);
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            let title = title.trim();
            inside =
                title == name || title.strip_prefix("profile ").is_some_and(|title| title.trim() == name);
        }
        let Some((key, value)) = line.split_once('=').filter(|_| inside) else { continue };
        match key.trim() {
            "aws_access_key_id" => id = Some(value.trim()),
            "aws_secret_access_key" => secret = Some(value.trim()),
            "aws_session_token" => session = Some(value.trim()),
            _ => {}
        }
    }
    Some(Keys { id: id?.into(), secret: secret?.into(), session: session.map(Into::into) })
}

// === endpoints ===

/// `IMDSv2`: a token for the session, the role's name, its keys.
async fn machine(url: &str, asker: &Asker<'_>) -> Found {
    let token = asker.put(&format!("{url}/latest/api/token"), &[TTL]).await?;
    let token = String::from_utf8_lossy(&token).into_owned();
    let headers = [(MACHINE_TOKEN, token.trim())];
    let role = asker.get(&format!("{url}/{MACHINE_ROLE}/"), &headers).await?;
    let role = String::from_utf8_lossy(&role).into_owned();
    let Some(role) = role.lines().next().map(str::trim).filter(|role| !role.is_empty()) else {
        return Ok(None);
    };
    let url = format!("{url}/{MACHINE_ROLE}/{role}");
    let answer = asker.get(&url, &headers).await?;
    endpoint_keys(&url, &answer, asker)
}

fn endpoint_keys(url: &str, answer: &[u8], asker: &Asker<'_>) -> Found {
    let reply: KeysReply = read(url, answer)?;
    let keys = Keys {
        id: reply.access_key_id.into(),
        secret: reply.secret_access_key.as_str().into(),
        session: reply.token.as_deref().map(Into::into),
    };
    Ok(Some((keys, reply.expiration.and_then(|end| until(&end, asker)))))
}

fn until(end: &str, asker: &Asker<'_>) -> Lifetime {
    Some(Duration::from_secs(date::parse(end)?.saturating_sub(asker.now)))
}

// === roles ===

fn role_fields<'r>(role: &'r Role, action: &'r str) -> Vec<(&'r str, &'r str)> {
    let external = role.external_id.as_deref().map(|id| ("ExternalId", id));
    let common = [
        ("Action", action),
        ("Version", "2011-06-15"),
        ("RoleArn", &*role.arn),
        ("RoleSessionName", &*role.session),
    ];
    common.into_iter().chain(external).collect()
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
async fn assume(
    role: &Role,
    keys: &Keys,
    region: &str,
    asker: &Asker<'_>,
) -> Result<(Keys, Lifetime), GrantError> {
    let mut request = form(&role.url, &role_fields(role, "AssumeRole"))?;
    sigv4::sign(&mut request, keys, (region, "sts"), asker.now)?;
    let answer = asker.send(request).await?;
    of_role(role, &String::from_utf8_lossy(&answer), asker)
}

/// The keys in an answer of the Security Token Service, which is a flat piece of XML.
fn of_role(role: &Role, xml: &str, asker: &Asker<'_>) -> Result<(Keys, Lifetime), GrantError> {
    let text = |name: &str| {
        let (_, after) = xml.split_once(&format!("<{name}>"))?;
        Some(after.split_once("</")?.0.trim())
    };
    let found = || {
        Some(Keys {
            id: text("AccessKeyId")?.into(),
            secret: text("SecretAccessKey")?.into(),
            session: text("SessionToken").map(Into::into),
        })
    };
    let keys =
        found().ok_or_else(|| GrantError::Unusable(format!("no keys came for the role `{}`", role.arn)))?;
    Ok((keys, text("Expiration").and_then(|end| until(end, asker))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_found_in_either_file() {
        let text = "[default]\naws_access_key_id = D\naws_secret_access_key=d\n\n[profile team]\n\
                    region = x\naws_access_key_id=T\naws_secret_access_key = t=\naws_session_token = s\n[ half ]\n\
                    aws_access_key_id = H\n";
        let keys = |id: &str, secret: &str, session: Option<&str>| {
            Some(Keys { id: id.into(), secret: secret.into(), session: session.map(Into::into) })
        };
        for (name, expected) in [
            ("default", keys("D", "d", None)),
            ("team", keys("T", "t=", Some("s"))),
            ("half", None),
            ("none", None),
        ] {
            assert_eq!(section(text, name), expected, "{name}");
        }
    }
}
