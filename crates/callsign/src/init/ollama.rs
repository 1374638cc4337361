//! The Ollama on this machine, asked for its models.

use std::time::Duration;

use serde_json::Value;

use crate::fetch::{self, Bounds};

/// An Ollama of one's own answers far sooner, and in less.
const ANSWER: Bounds = Bounds { time: Duration::from_secs(2), size: 1 << 20 };
/// Most models that are written into a configuration.
const MOST_MODELS: usize = 20;
/// Ollama's usual port.
const PORT: u16 = 11434;

/// An Ollama that answered.
pub(crate) struct Ollama {
    /// Where.
    pub(crate) base_url: String,
    /// Its models.
    pub(crate) models: Vec<Model>,
}

/// One of its models.
pub(crate) struct Model {
    /// Its name, without `:latest`.
    pub(crate) name: String,
    /// Whether it answers in words, rather than with embeddings.
    pub(crate) chats: bool,
}

// === impl Ollama ===

impl Ollama {
    /// The first model that answers in words.
    pub(crate) fn chat_model(&self) -> Option<&str> {
        self.models.iter().find(|model| model.chats).map(|model| model.name.as_str())
    }
}

/// The Ollama at `host` (as in `OLLAMA_HOST`), or at the usual place.
pub(crate) fn find(host: Option<&str>) -> Option<Ollama> {
    let authority = authority(host.unwrap_or_default())?;
    let answer = fetch::get(&authority, "/api/tags", ANSWER).ok()?;
    Some(Ollama { base_url: format!("http://{authority}"), models: models(&answer)? })
}

/// `host:port` of an `OLLAMA_HOST`, which may lack the port or name the address that the server listens on.
fn authority(host: &str) -> Option<String> {
    let (host, usual_port) = match host.trim().strip_prefix("http://") {
        Some(rest) => (rest, 80),
        None => (host.trim(), PORT),
    };
    let host = host.split('/').next().unwrap_or_default();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter);
    if !host.chars().all(is_plain) {
        return None;
    }
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
        _ => (host, usual_port),
    };
    let name = match name {
        "" | "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        name => name,
    };
    Some(format!("{name}:{port}"))
}

/// The models that it lists; `None` if it is no Ollama.
fn models(answer: &str) -> Option<Vec<Model>> {
    let body: Value = serde_json::from_str(answer).ok()?;
    let listed = body.get("models")?.as_array()?.iter();
    Some(listed.filter_map(model).take(MOST_MODELS).collect())
}

fn model(listed: &Value) -> Option<Model> {
    let name = listed.get("name")?.as_str()?;
    let name = name.strip_suffix(":latest").unwrap_or(name);
    // The name goes into a file, so what could be read as more than a name is left out.
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/:".contains(letter);
    if name.is_empty() || name.ends_with(':') || !name.chars().all(is_plain) {
        return None;
    }
    let family = listed.pointer("/details/family").and_then(Value::as_str).unwrap_or_default();
    Some(Model { name: name.to_owned(), chats: !family.contains("bert") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ollama_host_is_read_as_ollama_reads_it() {
        let cases = [
            ("", Some("127.0.0.1:11434")),
            ("0.0.0.0", Some("127.0.0.1:11434")),
            ("0.0.0.0:8080", Some("127.0.0.1:8080")),
            (":8080", Some("127.0.0.1:8080")),
            ("http://models.lan", Some("models.lan:80")),
            ("http://models.lan:1234/path", Some("models.lan:1234")),
            ("[::]", Some("[::1]:11434")),
            ("[::1]:99", Some("[::1]:99")),
            ("https://models.lan", None),
            ("a b", None),
            ("host:none", None),
        ];
        for (host, expected) in cases {
            assert_eq!(authority(host).as_deref(), expected, "{host}");
        }
    }

    #[test]
    fn only_plain_names_are_taken() {
        let body = r#"{"models": [{"name": "llama3.1:latest"}, {"name": "a: b"}, {"name": "qwen3:8b"}, {"name": "x:"},
            {"name": "nomic-embed-text:latest", "details": {"family": "nomic-bert"}}, {"name": "evil\n- model: x"}]}"#;
        let models = models(body).unwrap();
        let names: Vec<_> = models.iter().map(|model| (model.name.as_str(), model.chats)).collect();
        assert_eq!(names, [("llama3.1", true), ("qwen3:8b", true), ("nomic-embed-text", false)]);
    }

    #[test]
    fn other_servers_are_not_taken_for_an_ollama() {
        for answer in ["", "hello", "{}", r#"{"models": 1}"#] {
            assert!(models(answer).is_none(), "{answer}");
        }
    }
}
