//! What a configuration of the `LiteLLM` proxy means to Callsign. <https://docs.litellm.ai/docs/proxy/config_settings>
//!
//! Deployments become entries, groups of one `model_name` become aliases, and fallbacks become fallbacks.

mod access;
mod advice;
mod deployment;
mod names;
mod prices;
mod provider;
mod routes;
mod settings;

use std::fmt::Write as _;

use super::notice::Notices;
use super::variables::Variables;
use super::{Imported, Notice, Unimported};
use crate::tree::Node;
use deployment::Models;
use names::Names;
use settings::Settings;

/// What is told and which variables are read, whatever is being converted.
struct Import {
    notices: Notices,
    variables: Variables,
}

/// The configuration that `root` means.
pub(super) fn convert(name: &str, text: &str, root: &Node) -> Result<Imported, Unimported> {
    let mut import = Import { notices: Notices::default(), variables: Variables::of(root) };
    let settings = Settings::read(root, &mut import);
    let mut models = Models::read(root, &mut import);
    if models.entries.is_empty() {
        let message = "it names no model that Callsign could ask";
        import.notices.lost("model_list", root.span, message);
        return Err(Unimported::Nothing(import.notices.finish(text)));
    }
    let mut names = Names::of(&mut models, &settings, &mut import);
    let aliases = routes::aliases(&models, &mut names, &settings, &mut import);
    let document = settings.document(models.pieces(), aliases);
    let notices = import.notices.finish(text);
    let text = format!("{}\n{}", head(name, &import.variables, &notices), document.document());
    Ok(Imported { text, notices })
}

/// Where the configuration comes from and what its reader has to know.
fn head(name: &str, variables: &Variables, notices: &[Notice]) -> String {
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    let mut head = format!("# Made from {name} by `callsign import litellm`.\n");
    let read = variables.all_read();
    if !read.is_empty() {
        // Writing to a string cannot fail.
        _ = writeln!(head, "# Environment variables: {}", read.join(", "));
    }
    for notice in notices {
        _ = writeln!(head, "# line {}, {notice}", notice.line);
    }
    head
}
