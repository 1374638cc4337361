//! `model_list`: each deployment and the entry that it becomes.

use super::access::{Access, Unusable};
use super::provider::{self, Kind, Named, Row};
use super::{Import, advice, prices};
use crate::diagnostic::Span;
use crate::import::section::Section;
use crate::import::variables::named;
use crate::import::write::Piece;
use crate::quantity;
use crate::tree::{Node, Value};

/// All that can be asked.
pub(super) struct Models {
    pub(super) entries: Vec<Entry>,
    pub(super) deployments: Vec<Deployment>,
}

/// One entry of `model_providers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) provider: String,
    pub(super) id: String,
    /// Its further name, where the model alone would not tell it apart.
    pub(super) name: Option<String>,
    pub(super) is_default: bool,
    settings: Vec<(String, Piece)>,
}

/// One item of `model_list`.
#[derive(Debug, Clone)]
pub(super) struct Deployment {
    /// The name that clients ask for.
    pub(super) group: String,
    pub(super) entry: usize,
    pub(super) at: Span,
    /// What fallbacks may call it.
    pub(super) id: Option<String>,
    pub(super) timeout: Option<String>,
    pub(super) weights: Weights,
    pub(super) order: Option<u64>,
    pub(super) retries: Option<u64>,
}

/// What a deployment's share may go by, the first that there is: `weight`, `rpm`, `tpm`.
pub(super) type Weights = [Option<Weight>; 3];

/// A number, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Weight {
    pub(super) number: String,
    pub(super) path: String,
    pub(super) at: Span,
}

// === impl Models ===

impl Models {
    /// Reads `model_list`.
    pub(super) fn read(root: &Node, import: &mut Import) -> Self {
        let mut models = Self { entries: Vec::new(), deployments: Vec::new() };
        let credentials = root.get("credential_list").map_or(&[][..], Node::items);
        for (place, item) in root.get("model_list").map_or(&[][..], Node::items).iter().enumerate() {
            let path = format!("model_list[{place}]");
            models.item(item, &path, credentials, import);
        }
        models
    }

    fn item(&mut self, item: &Node, path: &str, credentials: &[Node], import: &mut Import) {
        let mut outer = Section::new(item, path);
        let group = outer.take_text("model_name").filter(|(name, _)| !name.is_empty());
        let params = outer.take("litellm_params").filter(|params| matches!(params.value, Value::Map(_)));
        let info = outer.take("model_info");
        advice::report(&outer, advice::MODEL, import);
        let (Some((group, at)), Some(params)) = (group, params) else {
            import.notices.lost(
                path,
                item.span,
                "it needs a `model_name` and `litellm_params`; it is left out",
            );
            return;
        };
        let mut params = Section::new(params, format!("{path}.litellm_params"));
        look_up_credential(&mut params, credentials, import);
        let mut info = info.map(|info| Section::new(info, format!("{path}.model_info")));
        let made = self.deployment((group, at), &mut params, info.as_mut(), import);
        // Of what is left out as a whole, nothing more need be said.
        let Ok(made) = made else { return };
        advice::report(&params, advice::PARAMS, import);
        if let Some(info) = &info {
            advice::report(info, advice::INFO, import);
        }
        self.deployments.push(made);
    }

    fn deployment(
        &mut self,
        (group, at): (&str, Span),
        params: &mut Section<'_>,
        mut info: Option<&mut Section<'_>>,
        import: &mut Import,
    ) -> Result<Deployment, Unusable> {
        let entry = entry(group, params, info.as_deref_mut(), import)?;
        let entry = self.add(entry, at, params, import)?;
        let id = info.as_mut().and_then(|info| info.take_text("id")).map(|(id, _)| id.to_owned());
        let retries = whole(params, "max_retries", import);
        let retries = whole(params, "num_retries", import).or(retries);
        let weights = ["weight", "rpm", "tpm"].map(|key| weight(params, key, import));
        let timeout = seconds(params, "timeout", import);
        let order = whole(params, "order", import);
        Ok(Deployment { group: group.to_owned(), entry, at, id, timeout, weights, order, retries })
    }

    /// The place of `entry`, which is added unless it is there.
    fn add(
        &mut self,
        entry: Entry,
        at: Span,
        params: &Section<'_>,
        import: &mut Import,
    ) -> Result<usize, Unusable> {
        if let Some(place) = self.entries.iter().position(|known| *known == entry) {
            return Ok(place);
        }
        let is_same = |known: &Entry| known.provider == entry.provider && known.id == entry.id;
        if entry.id == "*" && self.entries.iter().any(is_same) {
            let message = "Callsign has one `provider/*` entry for each provider; the deployment is left out";
            import.notices.lost(&params.path("model"), at, message);
            return Err(Unusable);
        }
        self.entries.push(entry);
        Ok(self.entries.len() - 1)
    }

    /// `model_providers`.
    pub(super) fn pieces(&self) -> Piece {
        Piece::List(self.entries.iter().map(Entry::piece).collect())
    }
}

// === impl Entry ===

impl Entry {
    /// `provider/id`.
    pub(super) fn full(&self) -> String {
        format!("{}/{}", self.provider, self.id)
    }

    /// How a target calls it.
    pub(super) fn reference(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.full())
    }

    fn piece(&self) -> Piece {
        let mut pairs = vec![("model".to_owned(), Piece::text(&self.full()))];
        pairs.extend(self.name.as_deref().map(|name| ("name".to_owned(), Piece::text(name))));
        if self.is_default {
            pairs.push(("default".to_owned(), Piece::plain(&true)));
        }
        pairs.extend(self.settings.iter().cloned());
        Piece::Map(pairs)
    }
}

/// `litellm_credential_name` stands for the values of an item of `credential_list`.
fn look_up_credential<'n>(params: &mut Section<'n>, credentials: &'n [Node], import: &mut Import) {
    let Some((name, at)) = params.take_text("litellm_credential_name") else { return };
    let named = |item: &&Node| item.get("credential_name").and_then(Node::text).map(str::trim) == Some(name);
    if let Some(values) = credentials.iter().find(named).and_then(|item| item.get("credential_values")) {
        params.look_beside(values);
        return;
    }
    let message = "there is no such item in `credential_list`; write the key into the new file";
    import.notices.lost(&params.path("litellm_credential_name"), at, message);
}

fn entry(
    group: &str,
    params: &mut Section<'_>,
    info: Option<&mut Section<'_>>,
    import: &mut Import,
) -> Result<Entry, Unusable> {
    let custom = params.take_text("custom_llm_provider").map(|(provider, _)| provider);
    let Some((model, at)) = params.take_text("model") else {
        import.notices.lost(&params.path("model"), params.at(), "it is missing; the deployment is left out");
        return Err(Unusable);
    };
    let (row, model_id) = provider(model, custom, (params, at), import)?;
    let (id, region) = match row.kind {
        Kind::Bedrock => provider::bedrock_id(model_id),
        Kind::Azure => (provider::azure_id(model_id), None),
        _ => (model_id, None),
    };
    let own_id = params.take_text("model_id").filter(|_| row.kind == Kind::Bedrock);
    let id = own_id.map_or(id, |(own, _)| own);
    let id = checked_id(id, group, (params, at), import)?;
    if id == "*" && !group.starts_with(&format!("{}/", row.ours)) {
        let message = format!("clients have to ask for `{}/` and the model's id, not by `{group}`", row.ours);
        import.notices.open(&params.path("model"), at, message);
    }
    let mut access = Access { import, params, owner: group, row, id: &id };
    let mut settings = access.settings(region)?;
    settings.extend(prices::price(params, info, import));
    Ok(Entry { provider: row.ours.to_owned(), id, name: None, is_default: false, settings })
}

/// The provider of a model and the rest of its name.
fn provider<'m>(
    model: &'m str,
    custom: Option<&'m str>,
    (params, at): (&Section<'_>, Span),
    import: &mut Import,
) -> Result<(&'static Row, &'m str), Unusable> {
    let path = params.path("model");
    let has_address = params.peek("api_base").or_else(|| params.peek("base_url")).is_some();
    let message = match provider::named(model, custom) {
        _ if named(model).is_some() => "a model cannot be named by a variable alone; write `provider/id`",
        Named::Of(theirs, id) => match provider::row(theirs) {
            Some(row) => return Ok((row, id)),
            None if has_address => {
                let message = "Callsign does not know the provider; it is asked as an OpenAI-compatible server at `api_base`";
                import.notices.changed(&path, at, message);
                return provider::row("openai").map(|row| (row, id)).ok_or(Unusable);
            }
            None => {
                "Callsign does not know the provider; where it is OpenAI-compatible, add an entry with its `base_url`"
            }
        },
        Named::Bare("*") => {
            "it means every model of every provider; add an entry such as `model: openai/*` for each provider"
        }
        Named::Bare(id) if has_address => {
            let message = "it names no provider; it is asked as an OpenAI-compatible server at `api_base`";
            import.notices.changed(&path, at, message);
            return provider::row("openai").map(|row| (row, id)).ok_or(Unusable);
        }
        Named::Bare(_) => "it names no provider; write it as `provider/id` in `model_providers`",
    };
    import.notices.lost(&path, at, message);
    Err(Unusable)
}

/// An id that an entry may have.
fn checked_id(
    id: &str,
    group: &str,
    (params, at): (&Section<'_>, Span),
    import: &mut Import,
) -> Result<String, Unusable> {
    let path = params.path("model");
    if id.is_empty() || id.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        import.notices.lost(&path, at, "it is not the id of a model; the deployment is left out");
        return Err(Unusable);
    }
    if id == "*" || !id.contains('*') {
        if id != "*" && group.contains('*') {
            let message = format!("clients ask for `{id}` by that name, not by any that fits `{group}`");
            import.notices.changed(&path, at, message);
        }
        return Ok(id.to_owned());
    }
    import.notices.changed(&path, at, "a pattern stands for every model of the provider");
    Ok("*".to_owned())
}

/// A duration for the number of seconds that `key` holds.
pub(super) fn seconds(section: &mut Section<'_>, key: &'static str, import: &mut Import) -> Option<String> {
    let node = section.take(key)?;
    let text = node.text().map(str::trim).unwrap_or_default();
    let number = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    let duration = format!("{number}s");
    if quantity::duration(&duration).is_ok_and(|duration| !duration.is_zero()) {
        return Some(duration);
    }
    let message = "it is not a number of seconds above 0; write a duration such as `30s` into the new file";
    import.notices.lost(&section.path(key), node.span, message);
    None
}

/// A whole number.
pub(super) fn whole(section: &mut Section<'_>, key: &'static str, import: &mut Import) -> Option<u64> {
    let node = section.take(key)?;
    let number = node.text().and_then(|text| text.trim().parse().ok());
    if number.is_none() {
        import.notices.lost(&section.path(key), node.span, "it is not a whole number");
    }
    number
}

/// A number above 0, as written.
fn weight(section: &mut Section<'_>, key: &'static str, import: &mut Import) -> Option<Weight> {
    let node = section.take(key)?;
    let (path, at) = (section.path(key), node.span);
    let text = node.text().map(str::trim).unwrap_or_default();
    if quantity::weight(text).is_ok_and(|weight| weight.0 > 0) {
        return Some(Weight { number: text.to_owned(), path, at });
    }
    import.notices.lost(&path, at, "it is not a number above 0");
    None
}
