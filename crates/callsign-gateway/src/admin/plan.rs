//! What would move if a text were the configuration. Nothing is put in force.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use callsign_plan::change::{Change, Leaning, Subject, Whose};
use serde_json::{Value, json};

use super::{Operator, aside};
use crate::refusal::{Code, Refusal};
use crate::reload::{Draft, Remark};

/// Largest text, as for a file.
pub(super) const LARGEST: usize = 16 << 20;

/// Tells what there is to say about a text, and what it would change.
pub(super) async fn plan(State(operator): State<Operator>, text: Result<Bytes, BytesRejection>) -> Response {
    aside(move || {
        let text = text.map_err(|_| {
            Refusal::new(
                Code::BodyTooLarge,
                "the body cannot be read; send a configuration of at most 16 MiB",
            )
        })?;
        Ok(tell(&operator.reloader.draft(&text)))
    })
    .await
}

fn tell(draft: &Draft) -> Value {
    let verdict = match &draft.changes {
        None => "invalid",
        Some(changes) if changes.iter().any(Change::is_risky) => "look_twice",
        Some(changes) if changes.is_empty() => "same",
        Some(_) => "changes",
    };
    let changes = draft.changes.iter().flatten().map(tell_change).collect();
    let told = json!({
        "valid": draft.changes.is_some(),
        "diagnostics": draft.remarks.iter().map(remark).collect::<Vec<_>>(),
        "changes": Value::Array(changes),
        "verdict": verdict,
    });
    veiled(draft, told)
}

fn remark(remark: &Remark) -> Value {
    let Remark { severity, code, message, line, column, help } = remark;
    json!({
        "severity": severity, "code": code, "message": message, "line": line, "column": column, "help": help,
    })
}

/// A text may name any variable of the gateway's: what they hold is nobody's to read here.
fn veiled(draft: &Draft, told: Value) -> Value {
    match told {
        Value::String(text) => Value::String(draft.veil(&text)),
        Value::Array(items) => items.into_iter().map(|item| veiled(draft, item)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (key, veiled(draft, value))).collect()
        }
        other => other,
    }
}

/// One change as data, the same wherever one is told.
pub fn tell_change(change: &Change) -> Value {
    let mut told = match change {
        Change::AliasAdded { alias, route } => {
            json!({"change": "alias_added", "alias": alias, "after": route})
        }
        Change::AliasRemoved { alias, instead } => {
            json!({"change": "alias_removed", "alias": alias, "instead": instead})
        }
        Change::Retargeted { alias, before, after } => {
            json!({"change": "alias_retargeted", "alias": alias, "before": before, "after": after})
        }
        Change::Moved { alias, whose, from, to, share } => json!({
            "change": "moved",
            "alias": alias,
            "whose": match whose { Whose::Callers => "keys", Whose::Anybody => "requests" },
            "from": from,
            "to": to,
            "share_millionths": share,
        }),
        Change::Guard { alias, key, values, leaning } => json!({
            "change": "guardrail",
            "alias": alias,
            "key": key,
            "leaning": match leaning { Leaning::Looser => "looser", Leaning::Stricter => "stricter" },
            "before": values.before,
            "after": values.after,
        }),
        Change::Setting { subject, key, values } => {
            let (alias, target) = match subject {
                Subject::Alias(alias) => (Some(alias), None),
                Subject::Target(target) => (None, Some(target)),
                Subject::File => (None, None),
            };
            json!({
                "change": "setting", "alias": alias, "target": target, "key": key,
                "before": values.before, "after": values.after,
            })
        }
        Change::TargetAdded { target } => json!({"change": "target_added", "target": target}),
        Change::TargetRemoved { target } => json!({"change": "target_removed", "target": target}),
        Change::Price { target, values } => json!({
            "change": "price", "target": target, "before": values.before, "after": values.after,
        }),
    };
    if let Some(told) = told.as_object_mut() {
        told.insert("look_twice".to_owned(), change.is_risky().into());
        told.insert("needs_restart".to_owned(), change.needs_restart().into());
    }
    told
}
