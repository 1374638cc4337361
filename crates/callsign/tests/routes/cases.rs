//! Cases that run side by side, each under its own name.

use std::collections::HashMap;

use tokio::task::JoinSet;

/// Runs all cases at once and panics with the names of those that failed.
pub(crate) async fn all<F>(cases: impl IntoIterator<Item = (String, F)>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut running = JoinSet::new();
    let mut names = HashMap::new();
    for (name, case) in cases {
        names.insert(running.spawn(case).id(), name);
    }
    assert!(!names.is_empty(), "there were no cases");
    let count = names.len();
    let mut failed = Vec::new();
    while let Some(ended) = running.join_next_with_id().await {
        if let Err(error) = ended {
            let name = names.remove(&error.id()).expect("the case has a name");
            failed.push(format!("{name}: {}", reason(error.into_panic().as_ref())));
        }
    }
    failed.sort();
    assert!(failed.is_empty(), "{} of {count} cases failed:\n{}", failed.len(), failed.join("\n"));
}

fn reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
