//! The dashboard as files: what a browser loads, and the headers it gets with every one of them. Pure: no sockets, no disk at run time.
//!
//! Nothing is built: the files of `assets/` are what the browser runs. What others have written lies in `assets/vendor/`, as it was published.

mod files;

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

/// The file at this path below the dashboard's root; the root itself, the empty path, is the page.
pub fn find(path: &str) -> Option<Asset> {
    let path = if path.is_empty() { "index.html" } else { path };
    files::FILES.iter().find(|(known, _)| *known == path).map(|(known, bytes)| Asset::of(known, bytes))
}

/// What goes with every file, by name in lower case: above all, that nothing but these files may run.
pub fn headers() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("../headers.txt").lines().filter_map(|line| line.split_once(": "))
}

// === impl Asset ===

impl Asset {
    fn of(path: &'static str, bytes: &'static [u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let hex = |digits: String, byte: &u8| format!("{digits}{byte:02x}");
        let digits = digest.iter().take(TAG_BYTES).fold(String::new(), hex);
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
