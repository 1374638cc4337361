//! A played request as a tree in the order of its walk, for people.

use std::time::Duration;

use callsign_plan::alias::{Algorithm, Condition};
use callsign_plan::explain::{Candidate, Decision, What};
use callsign_plan::trace::Pass;
use callsign_plan::units::Weight;

use super::cost;
use super::rehearsal::{Attempt, Ending, Played};

/// One decision with what is to be said below it.
struct Node {
    title: String,
    notes: Vec<String>,
    below: Vec<Node>,
}

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const YELLOW: &str = "\u{1b}[33m";
const PLAIN: &str = "\u{1b}[0m";

/// The tree, and in a last line how the request ended.
pub(super) fn draw(played: &Played) -> String {
    let mut forest = Vec::new();
    let mut attempts = (1..).zip(&played.attempts);
    for Decision { depth, what } in &played.decisions {
        let attempt = matches!(what, What::Tried(_) | What::Retried { .. });
        let node = match attempt.then(|| attempts.next()).flatten() {
            Some((number, attempt)) => tried(number, attempt, what),
            None => Node::of(what),
        };
        put(&mut forest, *depth, node);
    }
    let mut lines = Vec::new();
    for tree in &forest {
        lines.push(tree.title.clone());
        tree.draw_below("", &mut lines);
    }
    format!("{}\n\n{}\n", lines.join("\n"), ending(played))
}

fn put(forest: &mut Vec<Node>, depth: usize, node: Node) {
    match (depth.checked_sub(1), forest.last_mut()) {
        (Some(depth), Some(last)) => put(&mut last.below, depth, node),
        _ => forest.push(node),
    }
}

fn ending(played: &Played) -> String {
    let last = played.attempts.last().map_or("", |attempt| &attempt.target);
    match (played.ending, played.attempts.len()) {
        (Ending::Served, 1) => format!("{GREEN}served{PLAIN} by {BOLD}{last}{PLAIN} after 1 attempt"),
        (Ending::Served, count) => {
            format!("{GREEN}served{PLAIN} by {BOLD}{last}{PLAIN} after {count} attempts")
        }
        (Ending::Refused, _) => {
            format!(
                "{RED}refused{PLAIN} by {BOLD}{last}{PLAIN}: the client gets its error, since the mistake is its own"
            )
        }
        (Ending::Exhausted, _) => format!("{RED}nothing is left{PLAIN}: the client gets the last error"),
        (Ending::Untried, _) => format!("{RED}nothing is left{PLAIN}: no target could be tried"),
    }
}

fn tried(number: usize, attempt: &Attempt, what: &What) -> Node {
    let outcome = match &attempt.fault {
        None => format!("{GREEN}✓ answers{PLAIN}"),
        Some(fault) => format!("{RED}✗ {}{PLAIN}", fault.name),
    };
    let again = match what {
        What::Retried { after, .. } => format!("once more, after a pause of {}  ", time(*after)),
        _ => String::new(),
    };
    let title = format!("attempt {number}  {BOLD}{}{PLAIN}  {again}{outcome}", attempt.target);
    let limits = [("max_latency", attempt.max_latency), ("first_token", attempt.first_token)];
    let limits = limits.into_iter().filter_map(|(name, limit)| Some(format!("{name} {}", time(limit?))));
    let limits: Vec<String> = limits.chain([format!("{} left", time(attempt.left))]).collect();
    let notes = [limits.join(", ")].into_iter().chain(attempt.cost.as_ref().map(cost::draw));
    Node { title, notes: notes.map(|note| format!("{DIM}{note}{PLAIN}")).collect(), below: Vec::new() }
}

/// To the millisecond: more would only be noise.
fn time(time: Duration) -> String {
    format!("{:?}", Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)))
}

// === impl Node ===

impl Node {
    fn new(title: String) -> Self {
        Self { title, notes: Vec::new(), below: Vec::new() }
    }

    fn of(what: &What) -> Self {
        match what {
            What::Alias(name) => Self::new(format!("{BOLD}{name}{PLAIN}")),
            What::Split { parts, by } => {
                let notes = candidates(parts, |weight| format!("{weight} %"));
                Self { notes, ..Self::new(format!("split by {by}")) }
            }
            What::Pool { members, algorithm } => Self {
                notes: self::members(members, *algorithm),
                ..Self::new(format!("pool, {}", algorithm.name()))
            },
            What::Fallback { number, to, because } => {
                Self::new(format!("{YELLOW}↪{PLAIN} fallback {number}, {to}: taken on {}", because.name()))
            }
            What::NotHeld { number, to, conditions } => {
                let conditions: Vec<&str> = conditions.iter().copied().map(Condition::name).collect();
                let conditions = conditions.join(" or ");
                Self::new(format!("{DIM}↷ fallback {number}, {to}: passed over, only on {conditions}{PLAIN}"))
            }
            What::Passed { target, why } => {
                Self::new(format!("{YELLOW}⊘{PLAIN} {target}: passed over, {}", reason(*why)))
            }
            What::Retired(name) => {
                Self::new(format!("{YELLOW}⊘{PLAIN} {name}: passed over, past its sunset"))
            }
            What::LastResort => {
                let title = "nothing could be tried: as a last resort, what is ejected counts again";
                Self::new(format!("{YELLOW}↻{PLAIN} {title}"))
            }
            What::Tried(target) | What::Retried { target, .. } => Self::new(target.to_string()),
        }
    }

    fn draw_below(&self, margin: &str, lines: &mut Vec<String>) {
        let rail = if self.below.is_empty() { "   " } else { "│  " };
        lines.extend(self.notes.iter().map(|note| format!("{margin}{rail}{note}")));
        for (position, node) in self.below.iter().enumerate() {
            let is_last = position + 1 == self.below.len();
            let (branch, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            lines.push(format!("{margin}{branch}{}", node.title));
            node.draw_below(&format!("{margin}{below}"), lines);
        }
    }
}

fn reason(why: Pass) -> String {
    match why {
        Pass::Ejected { .. } => "ejected".to_owned(),
        why => why.to_string(),
    }
}

fn members(members: &[Candidate], algorithm: Algorithm) -> Vec<String> {
    let weighs = algorithm == Algorithm::Weighted || members.iter().any(|one| one.weight != Weight::ONE);
    if weighs {
        candidates(members, |weight| format!("weight {weight}"))
    } else {
        candidates(members, |_| String::new())
    }
}

/// One line for each, weights aligned to the right.
fn candidates(candidates: &[Candidate], weigh: impl Fn(Weight) -> String) -> Vec<String> {
    let weights: Vec<String> = candidates.iter().map(|candidate| weigh(candidate.weight)).collect();
    let width = weights.iter().map(String::len).max().unwrap_or(0);
    let gap = if width > 0 { "  " } else { "" };
    let line = |(candidate, weight): (&Candidate, String)| {
        let Candidate { name, taken, before, .. } = candidate;
        match (taken, before) {
            (true, _) => format!("{GREEN}●{PLAIN} {weight:>width$}{gap}{name}"),
            (false, true) => format!("{DIM}× {weight:>width$}{gap}{name}, had its turn{PLAIN}"),
            (false, false) => format!("{DIM}○ {weight:>width$}{gap}{name}{PLAIN}"),
        }
    };
    candidates.iter().zip(weights).map(line).collect()
}
