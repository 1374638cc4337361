//! The commands and their options, with help that teaches.
#![expect(clippy::doc_markdown, reason = "doc comments are help texts, where more backticks would be noise")]

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use callsign_wire::dialect::Dialect;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::explain::fault::{self, Fault};

/// An LLM gateway whose centre is the model alias.
///
/// You name what a model is for (`fast-model`, `arch.summarize.v1`), your OpenAI or Anthropic client asks for that
/// name, and one file says which model answers.
#[derive(Debug, Parser)]
#[command(name = "callsign", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Start here:
  callsign init                     write callsign.yaml for the keys and the Ollama found here
  callsign serve                    serve it on http://127.0.0.1:12000
  curl http://127.0.0.1:12000/v1/chat/completions -H 'content-type: application/json' \\
    -d '{\"model\": \"fast-model\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello!\"}]}'";

/// The commands. What they say of themselves stands with their options.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(Serve),
    Check(Check),
    Resolve(Resolve),
    Explain(Explain),
    Plan(Plan),
    Guard(Guard),
    Init(Init),
    Import(Import),
    /// Print the configuration's JSON Schema, for editors.
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema,
    Completions(Completions),
}

/// Start the gateway.
///
/// Reads one configuration file and listens until it is told to stop. The first SIGTERM or SIGINT lets running
/// exchanges finish, the second stops at once.
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Start although environment variables with keys are missing; their targets count as unavailable.
    #[arg(long)]
    pub(crate) allow_missing_keys: bool,
    /// Threads that serve [default: one per core].
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// How workers share the work.
    #[arg(long, value_name = "RUNTIME", value_enum, default_value_t)]
    pub(crate) runtime: Runtime,
    /// How long running exchanges may take to finish after the signal to stop.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(crate) drain_timeout: Duration,
    /// What is logged to stderr: error, warn, info, debug, trace, or a filter such as `warn,callsign_gateway=debug`.
    #[arg(long, value_name = "LEVEL", env = "CALLSIGN_LOG", default_value = "warn")]
    pub(crate) log: String,
    /// How it is logged.
    #[arg(long, value_name = "FORMAT", value_enum, env = "CALLSIGN_LOG_FORMAT", default_value_t)]
    pub(crate) log_format: LogFormat,
}

/// How lines are logged.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// How workers share the work.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Runtime {
    /// Each worker accepts for itself and keeps its connections.
    #[default]
    PerCore,
    /// Workers steal work from each other.
    Shared,
}

const SERVE_EXAMPLES: &str = "\
Examples:
  callsign serve                              the configuration in this directory
  callsign serve examples/quickstart.yaml     answers without any key
  callsign serve -c prod.yaml --drain-timeout 2m
  CALLSIGN_LOG=info callsign serve --allow-missing-keys
  CALLSIGN_ENV=staging callsign serve         with the file's overlays for `staging`
  callsign serve --log info --log-format json 2> access.jsonl";

/// Which configuration is meant.
#[derive(Debug, Args)]
pub(crate) struct Source {
    /// The configuration; wins over --config.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    config: Config,
}

/// The configuration as an option.
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// The configuration [default: callsign.yaml, config.yaml or plano_config.yaml, whichever is there].
    #[arg(short = 'c', long = "config", value_name = "FILE", env = "CALLSIGN_CONFIG")]
    pub(crate) path: Option<PathBuf>,
}

/// Tell everything that is wrong with configuration files.
///
/// All mistakes of all files are told in one run, each with its place and what to write instead. Exits with 0 (clean,
/// or only warnings), 1 (errors) or 2 (a file cannot be read). No key needs to be set. A file with `env` overlays is
/// checked without them and in each of its environments, or in the one that CALLSIGN_ENV names.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(crate) struct Check {
    /// The files.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  callsign check callsign.yaml
  callsign check config/*.yaml && echo fine";

/// Show what a name means: the alias, its targets, and where requests go.
///
/// The tree shows aliases down to their targets, with weights, conditions, URLs and time limits. Keys are never shown.
/// A name that means nothing exits with 1 and tells the nearest names.
#[derive(Debug, Args)]
#[command(after_help = RESOLVE_EXAMPLES)]
pub(crate) struct Resolve {
    /// An alias, an entry's name, `provider/id` or a bare model id.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) config: Config,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

const RESOLVE_EXAMPLES: &str = "\
Examples:
  callsign resolve fast-model
  callsign resolve openai/gpt-4o-mini -c prod.yaml
  callsign resolve arch.v1 --json | jq .";

/// Show which way a request would take, and why, without sending it.
///
/// The walk through the alias's routes is played as the gateway would do it: which part of a split and which member of
/// a pool is taken, each attempt with its time limits, each fallback that is taken or passed over and the condition that
/// decided. With --fault you say what goes wrong.
///
/// Every target counts as well and idle, unless it is ejected by --eject, and every key as set, unless --strict-keys
/// is given. An attempt takes no time, but one that fails by `timeout` takes its `max_latency` (with --stream its
/// `first_token`), where one is set. Guardrails on prompts and costs are left out.
///
/// Exits with 0 (served), 1 (a request is not served, or the name means nothing) or 2 (wrong usage, or the configuration
/// cannot be read).
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(crate) struct Explain {
    /// An alias, an entry's name, `provider/id` or a bare model id.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) source: Source,
    /// How the first attempt fails; given again, how the next one does. Later attempts answer.
    #[arg(long = "fault", value_name = "CONDITION", value_parser = fault::parser())]
    pub(crate) faults: Vec<Fault>,
    /// A target whose breaker is open, by its name as printed; can be given again.
    #[arg(long, value_name = "TARGET")]
    pub(crate) eject: Vec<String>,
    /// The caller: the user, header or session that a sticky split goes by.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// What the user says first; a consistent_hash pool and a ceiling on costs go by it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) prompt: Option<String>,
    /// The largest answer that is asked for, in tokens; a ceiling on costs goes by it.
    #[arg(long, value_name = "N")]
    pub(crate) max_tokens: Option<u64>,
    /// Where the counts of the aliases stand: what goes in turn goes by it, and so does what is left to chance.
    #[arg(long, value_name = "N", default_value_t)]
    pub(crate) turn: u64,
    /// The answer is wanted as a stream.
    #[arg(long)]
    pub(crate) stream: bool,
    /// The client speaks Anthropic's Messages API, not OpenAI's chat completions.
    #[arg(long)]
    pub(crate) anthropic: bool,
    /// Play N requests, and count which target is tried first and which serves.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_REQUESTS))]
    pub(crate) requests: Option<u64>,
    /// Pass targets over whose key is not set here, as the gateway would.
    #[arg(long)]
    pub(crate) strict_keys: bool,
    /// How it is printed.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: Format,
}

// === impl Explain ===

impl Explain {
    /// How the client speaks.
    pub(crate) const fn dialect(&self) -> Dialect {
        if self.anthropic { Dialect::Anthropic } else { Dialect::OpenAiChat }
    }
}

/// More would say nothing more.
const MOST_REQUESTS: u64 = 1_000_000;

/// For whom something is printed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  callsign explain fast-model                                what happens when all is well
  callsign explain arch.summarize.v1 --fault timeout         the first attempt fails
  callsign explain arch.summarize.v1 --fault rate_limited --fault unavailable
  callsign explain arch.v1 prod.yaml --key alice             the part that `alice` sticks to
  callsign explain arch.v1 --requests 10000                  the shares over many requests
  callsign explain pool --eject openai/gpt-4o-mini@api-1.example.com
  callsign explain agent --prompt 'Read this…' --max-tokens 32000    what it costs at most below a ceiling
  callsign explain arch.v1 --fault timeout --format json | jq .served";

/// Show what would move if one configuration took the place of another.
///
/// Aliases that come, go or mean something else; how many requests, or keys of a sticky split, would go elsewhere first; guardrails that
/// get looser or stricter; prices; targets and settings. Keys are never read or shown.
///
/// Exits with 0 (nothing would change), 2 (something would), 3 (something would that somebody should look at twice: an alias
/// is gone, a guardrail is looser) or 1 (one of the two cannot be read).
#[derive(Debug, Args)]
#[command(after_help = PLAN_EXAMPLES)]
pub(crate) struct Plan {
    /// The configuration in force; with --against, the new one.
    #[arg(value_name = "FILE")]
    pub(crate) first: PathBuf,
    /// The new configuration.
    #[arg(value_name = "NEW", required_unless_present = "against", conflicts_with = "against")]
    pub(crate) second: Option<PathBuf>,
    /// The admin listener of a running gateway, to compare with what it has in force.
    #[arg(long, value_name = "URL")]
    pub(crate) against: Option<String>,
    /// What its admin listener wants to be shown.
    #[arg(long, value_name = "TOKEN", env = "CALLSIGN_ADMIN_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Authorities in PEM that are trusted beside the system's, for a listener with TLS.
    #[arg(long, value_name = "FILE", env = "CALLSIGN_ADMIN_CA")]
    pub(crate) ca: Option<PathBuf>,
    /// A certificate to show instead of a token, in PEM.
    #[arg(long, value_name = "FILE", env = "CALLSIGN_ADMIN_CERT", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// Its key, in PEM.
    #[arg(long, value_name = "FILE", env = "CALLSIGN_ADMIN_KEY", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// How it is printed.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: PlanFormat,
}

/// For whom a plan is printed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For a pull request.
    Markdown,
}

const PLAN_EXAMPLES: &str = "\
Examples:
  callsign plan callsign.yaml next.yaml
  callsign plan next.yaml --against http://127.0.0.1:12001
  git show main:callsign.yaml > old.yaml && callsign plan old.yaml callsign.yaml --format markdown";

/// Show what the guardrails find in texts.
///
/// Tells the jailbreak score and verdict at the shipped threshold, and each finding with category, kind and place (in
/// Unicode code points). Without a TEXT, JSON lines `{"text": …}` are read from standard input and one JSON line is written for
/// each, in order.
///
/// Nobody outside is asked: what an alias makes of a text, with its rules, webhooks and guard models, `POST /api/v1/guard` on the
/// admin listener tells.
#[derive(Debug, Args)]
#[command(after_help = GUARD_EXAMPLES)]
pub(crate) struct Guard {
    /// The texts.
    #[arg(value_name = "TEXT", required_unless_present = "json")]
    pub(crate) text: Vec<String>,
    /// Print JSON lines.
    #[arg(long)]
    pub(crate) json: bool,
}

const GUARD_EXAMPLES: &str = "\
Examples:
  callsign guard 'ignore all previous instructions'
  callsign guard 'write to jane@example.com' --json | jq .findings
  callsign guard --json < texts.jsonl > verdicts.jsonl";

/// Write a first configuration for the keys and local models found here.
///
/// Looks for the providers' usual variables (OPENAI_API_KEY, ANTHROPIC_API_KEY, …) and for an Ollama at OLLAMA_HOST or
/// 127.0.0.1:11434, and writes a commented configuration. Keys themselves are never written, only their variables'
/// names. Without any key the aliases lead to the built-in simulated provider, so there is always an answer.
#[derive(Debug, Args)]
#[command(after_help = INIT_EXAMPLES)]
pub(crate) struct Init {
    /// The file to write.
    #[arg(short, long, value_name = "FILE", default_value = "callsign.yaml")]
    pub(crate) output: PathBuf,
    /// Replace the file if there is one.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the configuration and write no file.
    #[arg(long, conflicts_with_all = ["output", "force"])]
    pub(crate) stdout: bool,
}

const INIT_EXAMPLES: &str = "\
Examples:
  callsign init && callsign serve
  callsign init --output prod.yaml --force
  callsign init --stdout | less";

/// Write a configuration out of another gateway's.
///
/// Models, names, pools and fallbacks are carried over. Whatever cannot be, or means something else here, is told on stderr
/// with its line and what to do, and stands in the new file as a comment. Keys that are written out are not copied: the new file
/// names a variable in their place.
///
/// Exits with 0 (everything is carried over), 3 (the file is written, and something is left out or left to you) or 1 (there is
/// nothing to carry over, or a file cannot be read or written).
#[derive(Debug, Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub(crate) struct Import {
    /// Whose configuration it is.
    #[arg(value_enum)]
    pub(crate) from: Foreign,
    /// The configuration.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The file to write [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file if there is one.
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

/// Gateways whose configurations can be read.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Foreign {
    /// The LiteLLM proxy's config.yaml.
    Litellm,
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  callsign import litellm config.yaml --output callsign.yaml && callsign check callsign.yaml
  callsign import litellm config.yaml 2> notices.txt | less";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  callsign schema > callsign.schema.json
  # then, as the first line of callsign.yaml:
  # yaml-language-server: $schema=./callsign.schema.json";

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  callsign completions bash > ~/.local/share/bash-completion/completions/callsign
  callsign completions zsh > ~/.zfunc/_callsign
  callsign completions fish > ~/.config/fish/completions/callsign.fish";

// === impl Source ===

impl Source {
    /// The file that was named, in whichever way.
    pub(crate) fn path(&self) -> Option<&std::path::Path> {
        self.file.as_deref().or(self.config.path.as_deref())
    }
}

// === impl Runtime ===

impl From<Runtime> for callsign_gateway::Runtime {
    fn from(runtime: Runtime) -> Self {
        match runtime {
            Runtime::PerCore => Self::PerCore,
            Runtime::Shared => Self::Shared,
        }
    }
}

/// Why a duration cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("not a duration; write it like `500ms`, `30s` or `2m`")]
struct NoDuration;

fn duration(text: &str) -> Result<Duration, NoDuration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).ok_or(NoDuration)?;
    let number: u32 = number.parse().map_err(|_| NoDuration)?;
    match unit {
        "ms" => Ok(Duration::from_millis(number.into())),
        "s" => Ok(Duration::from_secs(number.into())),
        "m" => Ok(Duration::from_secs(u64::from(number) * 60)),
        _ => Err(NoDuration),
    }
}
