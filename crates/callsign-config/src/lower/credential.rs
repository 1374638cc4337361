//! How an entry's provider is shown who asks: a key, the client's own, or what a cloud gives for a while.

use std::sync::Arc;

use callsign_plan::target::{AuthScheme, Credential, Place};
use secrecy::SecretString;

use crate::builtin::{self, GrantKind, ProviderFacts, Usual};
use crate::conform::{report_missing, report_unavailable};
use crate::diagnostic::{Code, Findings, Span};
use crate::lower::address::is_header_value;
use crate::lower::grants::Granting;
use crate::lower::scalars::is_set;
use crate::lower::speech::{Asked, Speech};
use crate::tree::{Meaning, Node};
use crate::{MissingKeys, Setting};

/// The credential of an entry whose requests go to `place`.
pub(crate) fn of(
    asked: &Asked<'_>,
    speech: &Speech,
    place: Option<&Place>,
    setting: &Setting<'_>,
    findings: &mut Findings<'_>,
) -> Credential {
    let (node, scheme) = (asked.node, speech.auth);
    report_unused(node, findings);
    if is_set(node, "passthrough_auth") {
        return Credential::Passthrough { scheme };
    }
    if let Some(auth) = node.get("auth") {
        let mut granting =
            Granting { auth: Some(auth), region: speech.region.as_ref(), at: asked.at, setting, findings };
        return granting.written().unwrap_or(Credential::None);
    }
    if node.entry("access_key").is_some() {
        return key(node, scheme, findings).unwrap_or(Credential::None);
    }
    let facts = builtin::provider(asked.provider);
    // A provider's key is never sent to another server unless the operator says so.
    let Some(facts) = facts.filter(|_| !is_elsewhere(speech, place)) else { return Credential::None };
    let mut granting =
        Granting { auth: None, region: speech.region.as_ref(), at: asked.at, setting, findings };
    let kind = match facts.usual {
        Usual::Grant(kind) => Some(kind),
        Usual::KeyOr(kind) => {
            Some(kind).filter(|kind| !is_key_set(facts, setting) && granting.is_told_of(*kind))
        }
        Usual::Key => None,
    };
    match kind {
        Some(kind) => granting.usual(kind).unwrap_or(Credential::None),
        None => usual_key(facts, asked.at, scheme, setting, findings),
    }
}

/// The client's own key leaves nothing to say, and a grant leaves no key to say.
fn report_unused(node: &Node, findings: &mut Findings<'_>) {
    let passes = is_set(node, "passthrough_auth");
    let unused = [
        (
            "access_key",
            passes,
            "`access_key` is not used, because `passthrough_auth` passes the client's own key on",
        ),
        ("auth", passes, "`auth` is not used, because `passthrough_auth` passes the client's own key on"),
    ];
    for (key, _, message) in unused.into_iter().filter(|(_, is_unused, _)| *is_unused) {
        if let Some(entry) = node.entry(key) {
            findings.report(Code::NoEffect, entry.at, message).label("has no effect").help("remove it");
        }
    }
    if let (Some(key), Some(auth), false) = (node.entry("access_key"), node.entry("auth"), passes) {
        findings
            .report(Code::Conflict, auth.at, "an entry has `access_key` or `auth`, not both")
            .label("this one too")
            .also(key.at, "the entry has this already")
            .help("keep one of them");
    }
}

fn is_elsewhere(speech: &Speech, place: Option<&Place>) -> bool {
    let Some(Place::Server { origin, .. }) = place else { return false };
    speech.usual_address().is_some_and(|usual| usual.origin != *origin)
}

fn is_key_set(facts: &ProviderFacts, setting: &Setting<'_>) -> bool {
    let key = facts.key_variable.and_then(|name| (setting.environment)(name));
    key.is_some_and(|key| !key.trim().is_empty())
}

fn usual_key(
    facts: &ProviderFacts,
    at: Span,
    scheme: AuthScheme,
    setting: &Setting<'_>,
    findings: &mut Findings<'_>,
) -> Credential {
    let Some(variable) = facts.key_variable else { return Credential::None };
    match (setting.environment)(variable).filter(|value| !value.trim().is_empty()) {
        Some(value) if is_header_value(&value) => {
            Credential::Key { scheme, key: SecretString::from(value.trim()) }
        }
        Some(_) => {
            report_bad_key(at, findings);
            Credential::None
        }
        None if setting.keys == MissingKeys::Allow => {
            report_unavailable(variable, at, findings);
            Credential::Missing { variable: variable.into() }
        }
        None => {
            let others = match facts.usual {
                Usual::KeyOr(kind) | Usual::Grant(kind) => with_grant(kind),
                Usual::Key => "`access_key: $ANOTHER_NAME` or `passthrough_auth: true`".to_owned(),
            };
            report_missing(variable, "access_key", at, findings)
                .help(format!("set `{variable}`, or write {others}"));
            Credential::None
        }
    }
}

fn with_grant(kind: GrantKind) -> String {
    format!("`access_key: $ANOTHER_NAME` or `auth: {{type: {}}}`", kind.name())
}

/// The `access_key` that `node` holds.
pub(crate) fn key(node: &Node, scheme: AuthScheme, findings: &mut Findings<'_>) -> Option<Credential> {
    let node = node.get("access_key")?;
    let scalar = node.scalar()?;
    if let Meaning::Missing(variable) = &scalar.meaning {
        return Some(Credential::Missing { variable: Arc::clone(variable) });
    }
    let value = scalar.text()?.trim();
    if value.is_empty() || !is_header_value(value) {
        report_bad_key(node.span, findings);
        return None;
    }
    Some(Credential::Key { scheme, key: SecretString::from(value) })
}

fn report_bad_key(at: Span, findings: &mut Findings<'_>) {
    findings
        .report(Code::BadKey, at, "the key is empty, or holds a line break or another control character")
        .label("cannot be sent in a header")
        .help("write `access_key: $NAME` and set `NAME` to the key alone");
}
