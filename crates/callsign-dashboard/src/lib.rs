//! The dashboard as files: what a browser loads, and the headers it gets with every one of them. Pure: no sockets, no disk at run time.
//!
//! Nothing is built: the files of `assets/` are what the browser runs. What others have written lies in `assets/vendor/`, as it was published.

mod files;

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// One file of the dashboard.
#[derive(Debug, PartialEq, Eq)]
pub struct Asset {
    /// Where it lies below the dashboard's root, without a slash in front.
    pub path: &'static str,
    /// What it is.
    pub content_type: &'static str,
    /// The file.
    pub bytes: &'static [u8],
    /// Its strong entity tag, quotes included: another text has another one.
    pub etag: String,
}

/// So many bytes of the digest make a tag.
const TAG_BYTES: usize = 12;

static ASSETS: LazyLock<Vec<Asset>> =
    LazyLock::new(|| files::FILES.iter().map(|(path, bytes)| Asset::of(path, bytes)).collect());

/// The file at this path below the dashboard's root; the root itself, the empty path, is the page.
pub fn find(path: &str) -> Option<&'static Asset> {
    let path = if path.is_empty() { "index.html" } else { path };
    ASSETS.iter().find(|asset| asset.path == path)
}

/// What goes with every file, by name in lower case: above all, that nothing but these files may run.
pub fn headers() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("../headers.txt").lines().filter_map(|line| line.split_once(": "))
}

// === impl Asset ===

impl Asset {
    fn of(path: &'static str, bytes: &'static [u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let digits: String = digest.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
        Self { path, content_type: content_type(path), bytes, etag: format!("\"{digits}\"") }
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests;
