//! The configuration file followed while the gateway serves: as its directory changes, and on SIGHUP.
//!
//! What is watched are directories, never the file: editors and Kubernetes put another file, or another directory, in its place.
//! <https://kubernetes.io/docs/concepts/storage/volumes/#configmap>

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use annotate_snippets::Renderer;
use callsign_config::diagnostic::{Diagnostic, Severity};
use callsign_config::{MissingKeys, Setting, Source};
use callsign_gateway::reload::{
    Draft, Outcome, Rejected, Reloader, Remark, Standing, Supply, Variables, Written,
};
use callsign_plan::change::changes;
use callsign_plan::outline::Outline;
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use sha2::{Digest as _, Sha256};
use tracing::Level;

use crate::configuration::{self, Opened};
use crate::{clock, environment, logs, report};

/// Whoever writes a file is done when nothing has happened for so long.
const QUIET: Duration = Duration::from_millis(100);
/// Yet no stream of changes puts a look at the file off for longer.
const RESTLESS: u32 = 20;
/// Some file systems tell nothing of changes made elsewhere.
const LOOK: Duration = Duration::from_secs(10);

/// A configuration file, read whenever somebody asks.
#[derive(Debug)]
pub(crate) struct File {
    /// Where it stands.
    pub(crate) path: PathBuf,
    /// What happens to entries without a key.
    pub(crate) keys: MissingKeys,
}

/// Something that may have changed the file, or the wish to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Its directory has changed.
    Change,
    /// Somebody asked.
    Signal,
}

// === impl File ===

impl Supply for File {
    fn read(&self) -> Result<Written, Rejected> {
        if is_read_once(&self.path) {
            return Err(Rejected { report: format!("`{}` {ONCE}", self.path.display()) });
        }
        let opened = configuration::load(&self.path, self.keys).map_err(|reason| Rejected {
            report: format!("`{}` cannot be read: {reason}", self.path.display()),
        })?;
        written(opened)
    }

    fn digest(&self) -> Option<String> {
        if is_read_once(&self.path) {
            return None;
        }
        configuration::read(&self.path).ok().map(|bytes| digest(&bytes))
    }

    fn draft(&self, text: &[u8], in_force: &Outline) -> Draft {
        let asked = RefCell::new(BTreeMap::new());
        let looked_up = |name: &str| {
            let value = environment::variable(name)?;
            asked.borrow_mut().insert(name.to_owned(), value.clone());
            Some(value)
        };
        let chosen = environment::chosen();
        let setting = Setting {
            environment: &looked_up,
            keys: MissingKeys::Allow,
            chosen: chosen.as_deref(),
            date: clock::today(),
        };
        let name = self.path.display().to_string();
        let loaded = callsign_config::load(&Source { name: &name, bytes: text }, &setting);
        let outline =
            loaded.catalog.as_ref().filter(|_| loaded.count(Severity::Unserved) == 0).map(Outline::of);
        Draft {
            remarks: loaded.diagnostics.iter().map(remark).collect(),
            changes: outline.map(|outline| changes(in_force, &outline)),
            variables: hidden(asked.into_inner()),
        }
    }
}

fn remark(diagnostic: &Diagnostic) -> Remark {
    Remark {
        severity: match diagnostic.severity() {
            Severity::Error => "error",
            Severity::Unserved => "unserved",
            Severity::Warning => "warning",
        },
        code: diagnostic.code.slug(),
        message: diagnostic.message.clone(),
        line: diagnostic.label.line,
        column: diagnostic.label.column,
        help: diagnostic.help.clone(),
    }
}

/// The values that are not to be shown, the longest first. Small numbers and words of YAML keep no secret, and stand in
/// many places.
fn hidden(variables: BTreeMap<String, String>) -> Variables {
    let plain = |value: &str| {
        value.len() < 4
            || matches!(value, "true" | "false")
            || value.len() < 6 && value.parse::<u32>().is_ok()
    };
    let mut hidden: Vec<_> = variables.into_iter().map(|(name, value)| (value, name)).collect();
    hidden.retain(|(value, _)| !plain(value));
    hidden.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    Variables(hidden)
}

/// What is wrong with what [`is_read_once`].
const ONCE: &str = "is no file that can be read again; put one in its place";

/// Whether it is a pipe or a device. Whoever reads one may wait for ever, and would keep all other looks waiting.
fn is_read_once(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// What was opened, if it may be served.
pub(crate) fn written(opened: Opened) -> Result<Written, Rejected> {
    let Opened { path, bytes, loaded } = opened;
    let file = path.display();
    let place = match environment::chosen().filter(|_| !loaded.environments.is_empty()) {
        Some(chosen) => format!("{file} (env {chosen})"),
        None => file.to_string(),
    };
    let remarks = report::render(&place, &bytes, &loaded, &Renderer::plain());
    let refused = loaded.count(Severity::Error) + loaded.count(Severity::Unserved) > 0;
    match loaded.catalog {
        Some(catalog) if !refused => Ok(Written { catalog, digest: digest(&bytes), place, remarks }),
        _ => Err(Rejected { report: remarks }),
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Follows the file for as long as the process lives. The sender is for those who want it looked at.
pub(crate) fn follow(path: &Path, reloader: Arc<Reloader>) -> Sender<Cause> {
    let (causes, heard) = channel();
    // Looked at before anybody can put another in its place.
    let (once, path, changes) = (is_read_once(path), path.to_owned(), causes.clone());
    // And before anybody can ask the gateway itself: what becomes of that is told too.
    let told = reloader.standing();
    std::thread::spawn(move || {
        if once {
            logs::say(Level::WARN, &format!("`{}` {ONCE}, as it is not followed", path.display()));
            return obey(&heard, &reloader, told);
        }
        let _watchers: Vec<_> =
            [path].into_iter().chain(reloader.files()).flat_map(|file| watch(&file, &changes)).collect();
        // What changed between the start and this moment was seen by nobody.
        _ = changes.send(Cause::Change);
        attend(&heard, &reloader, told);
    });
    causes
}

/// Watches the directory of the path as it is written, and of the file that it leads to.
fn watch(path: &Path, causes: &Sender<Cause>) -> Vec<RecommendedWatcher> {
    let mut directories = vec![directory(path)];
    directories.extend(path.canonicalize().ok().as_deref().map(directory));
    directories.dedup();
    directories.iter().filter_map(|directory| watcher(directory, causes.clone())).collect()
}

fn directory(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn watcher(directory: &Path, causes: Sender<Cause>) -> Option<RecommendedWatcher> {
    let told = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| is_mere_look(event.kind)) {
            return;
        }
        // Nobody listens any more where the process ends.
        _ = causes.send(Cause::Change);
    };
    let watcher = notify::recommended_watcher(told)
        .and_then(|mut watcher| watcher.watch(directory, RecursiveMode::NonRecursive).map(|()| watcher));
    match watcher {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            let directory = directory.display();
            let late = format!(
                "`{directory}` cannot be watched ({error}): changes of the configuration are seen late"
            );
            logs::say(Level::WARN, &late);
            None
        }
    }
}

/// Our own look at the file is told too: it must not lead to the next.
fn is_mere_look(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

fn attend(heard: &Receiver<Cause>, reloader: &Reloader, mut told: Standing) {
    loop {
        let cause = match heard.recv_timeout(LOOK) {
            Ok(cause) => settle(heard, cause),
            Err(RecvTimeoutError::Timeout) => Cause::Change,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        tell(reloader.reload(), cause, &mut told);
    }
}

/// Looks when it is asked to, and never else.
fn obey(heard: &Receiver<Cause>, reloader: &Reloader, mut told: Standing) {
    while let Ok(cause) = heard.recv() {
        tell(reloader.reload(), cause, &mut told);
    }
}

/// Waits until nothing more happens: what is half written is not read. A signal is obeyed at once.
fn settle(heard: &Receiver<Cause>, first: Cause) -> Cause {
    let mut cause = first;
    for _ in 0..RESTLESS {
        if cause == Cause::Signal {
            break;
        }
        match heard.recv_timeout(QUIET) {
            Ok(next) => cause = next,
            Err(_) => break,
        }
    }
    cause
}

/// Says what has become of the configuration; nothing twice, unless it was asked for.
fn tell(outcome: Outcome, cause: Cause, told: &mut Standing) {
    let before = std::mem::replace(told, outcome.standing().clone());
    match outcome {
        // Somebody may have asked the gateway itself.
        Outcome::Installed(now) | Outcome::Unchanged(now) if now.revision != before.revision => {
            let told = format!("{}{}: reloaded (revision {})", now.remarks, now.place, now.revision);
            logs::say(Level::INFO, &told);
            if !now.needs_restart.is_empty() {
                let keys = now.needs_restart.join("`, `");
                let told = format!("{}: a change of `{keys}` counts after a restart", now.place);
                logs::say(Level::WARN, &told);
            }
        }
        Outcome::Rejected(now, why) if cause == Cause::Signal || before.rejected != now.rejected => {
            let Standing { place, revision, .. } = &now;
            let report = why.report.trim_end();
            let told = format!("{report}\n\n{place}: not reloaded, revision {revision} stays in force");
            logs::say(Level::ERROR, &told);
        }
        Outcome::Unchanged(now) if cause == Cause::Signal || before.rejected.is_some() => {
            logs::say(Level::INFO, &format!("{}: unchanged (revision {})", now.place, now.revision));
        }
        Outcome::Rejected(..) | Outcome::Unchanged(_) | Outcome::Installed(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The causes of everything up to the moment when `last` is written.
    fn causes_until(last: &Path, heard: &Receiver<Cause>) -> usize {
        std::fs::write(last, "end").unwrap();
        heard.recv_timeout(Duration::from_secs(20)).unwrap();
        heard.try_iter().count() + 1
    }

    #[test]
    fn looks_at_the_file_are_no_changes_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let (file, end) = (directory.path().join("callsign.yaml"), directory.path().join("end"));
        std::fs::write(&file, "listeners: []").unwrap();
        let (causes, heard) = channel();
        let _watchers = watch(&file, &causes);
        for _ in 0..100 {
            std::fs::read(&file).unwrap();
        }
        assert!(causes_until(&end, &heard) < 10);
    }
}
