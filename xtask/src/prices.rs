//! Writes the prices that are compiled in: those of the genai-prices package in `Cargo.lock`, without what nobody reads here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value};

const WRITTEN: &str = "crates/callsign-price/data/prices.json";
/// What is kept of a provider, of a model.
const OF_PROVIDER: [&str; 4] = ["id", "name", "api_pattern", "fallback_model_providers"];
const OF_MODEL: [&str; 5] = ["id", "match", "context_window", "prices", "price_variants"];

/// Takes over the prices of the package.
pub(crate) fn run() -> anyhow::Result<()> {
    let source = package()?.join("data/prices.json");
    let text = fs::read_to_string(&source).with_context(|| format!("cannot read `{}`", source.display()))?;
    let providers: Vec<Map<String, Value>> = serde_json::from_str(&text)?;
    let lines: Vec<String> =
        providers.into_iter().map(|provider| Value::from(slim(&provider)).to_string()).collect();
    fs::write(WRITTEN, format!("[\n{}\n]\n", lines.join(",\n")))
        .with_context(|| format!("cannot write `{WRITTEN}`"))
}

/// Where the package lies.
fn package() -> anyhow::Result<PathBuf> {
    let told =
        Command::new(env!("CARGO")).args(["metadata", "--format-version", "1", "--offline"]).output()?;
    ensure!(told.status.success(), "`cargo metadata` failed: {}", String::from_utf8_lossy(&told.stderr));
    let metadata: Value = serde_json::from_slice(&told.stdout)?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("no packages")?;
    let found =
        packages.iter().find(|package| package.get("name").is_some_and(|name| name == "genai-prices"));
    let manifest = found.and_then(|package| package.get("manifest_path")?.as_str());
    let folder =
        manifest.and_then(|path| Path::new(path).parent()).context("genai-prices is no dependency")?;
    Ok(folder.to_owned())
}

fn slim(provider: &Map<String, Value>) -> Map<String, Value> {
    let mut kept: Map<String, Value> =
        provider.iter().filter(|(key, _)| OF_PROVIDER.contains(&key.as_str())).map(owned).collect();
    let models = provider.get("models").and_then(Value::as_array).into_iter().flatten();
    let models = models.filter_map(Value::as_object).map(model).collect::<Vec<_>>();
    kept.insert("models".to_owned(), models.into());
    kept
}

fn model(model: &Map<String, Value>) -> Value {
    let mut kept: Map<String, Value> =
        model.iter().filter(|(key, _)| OF_MODEL.contains(&key.as_str())).map(owned).collect();
    let tiers = kept.get("price_variants").and_then(Value::as_array).into_iter().flatten();
    // Batches go another way, and a tier without prices is the usual one.
    let tiers: Vec<Value> = tiers.filter(|variant| is_tier(variant)).cloned().collect();
    kept.remove("price_variants");
    if !tiers.is_empty() {
        kept.insert("price_variants".to_owned(), tiers.into());
    }
    kept.into()
}

fn is_tier(variant: &Value) -> bool {
    let has_prices =
        variant.get("prices").and_then(Value::as_object).is_some_and(|prices| !prices.is_empty());
    has_prices && variant.get("when").is_some_and(|when| when.get("service_tier").is_some())
}

fn owned((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}
