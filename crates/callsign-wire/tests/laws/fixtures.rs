//! The fixtures: bodies and streams as SDKs, agents and providers send them.

use std::path::PathBuf;

use bytes::Bytes;
use callsign_wire::dialect::Dialect;

/// The dialects, each with its folder of fixtures.
pub(crate) const ALL: [Dialect; 5] =
    [Dialect::OpenAiChat, Dialect::OpenAiResponses, Dialect::Anthropic, Dialect::Gemini, Dialect::Bedrock];

/// One body or stream.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) dialect: Dialect,
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

/// The fixtures of a kind (`requests`, `replies`, `streams`), by dialect and name.
pub(crate) fn fixtures(kind: &'static str) -> impl Iterator<Item = Fixture> {
    ALL.into_iter().flat_map(move |dialect| {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder(dialect, kind))
            .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
            .unwrap_or_default();
        paths.sort();
        paths.into_iter().map(move |path| Fixture {
            dialect,
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            bytes: std::fs::read(&path).unwrap().into(),
        })
    })
}

/// The fixture of another kind that has the same name.
pub(crate) fn sibling(dialect: Dialect, kind: &str, name: &str) -> Option<Bytes> {
    std::fs::read(folder(dialect, kind).join(format!("{name}.json"))).ok().map(Bytes::from)
}

fn folder(dialect: Dialect, kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/speech").join(dialect.name()).join(kind)
}
