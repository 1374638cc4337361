//! Every file of `assets/` with its path; a test holds this table against the folder.

/// The file at this path below `assets/`.
macro_rules! file {
    ($path:literal) => {
        ($path, include_bytes!(concat!("../assets/", $path)) as &[u8])
    };
}

/// Path and text of each.
pub(crate) const FILES: &[(&str, &[u8])] = &[
    file!("app/api.js"),
    file!("app/asking.js"),
    file!("app/chart.js"),
    file!("app/decision-tree.js"),
    file!("app/dialects.js"),
    file!("app/dialogs.js"),
    file!("app/events.js"),
    file!("app/exchange-table.js"),
    file!("app/first.js"),
    file!("app/flow.js"),
    file!("app/format.js"),
    file!("app/keys.js"),
    file!("app/layout.js"),
    file!("app/live.js"),
    file!("app/loaded.js"),
    file!("app/main.js"),
    file!("app/notices.js"),
    file!("app/numbers.js"),
    file!("app/pager.js"),
    file!("app/pages/alias.js"),
    file!("app/pages/aliases.js"),
    file!("app/pages/configuration.js"),
    file!("app/pages/exchange.js"),
    file!("app/pages/exchanges.js"),
    file!("app/pages/playground.js"),
    file!("app/plan.js"),
    file!("app/route.js"),
    file!("app/search.js"),
    file!("app/storage.js"),
    file!("app/theme.js"),
    file!("app/timeline.js"),
    file!("app/view.js"),
    file!("icon.svg"),
    file!("index.html"),
    file!("style/pages.css"),
    file!("style/parts.css"),
    file!("style/shell.css"),
    file!("style/tokens.css"),
    file!("vendor/NOTICE"),
    file!("vendor/htm/LICENSE"),
    file!("vendor/htm/htm.mjs"),
    file!("vendor/preact/LICENSE"),
    file!("vendor/preact/preact.mjs"),
    file!("vendor/signals-core/LICENSE"),
    file!("vendor/signals-core/signals-core.mjs"),
    file!("vendor/uplot/LICENSE"),
    file!("vendor/uplot/uPlot.esm.js"),
    file!("vendor/uplot/uPlot.min.css"),
];
