//! What is odd about routes that are right: failures nobody catches, fallbacks never reached, waits that do not fit.

use std::time::Duration;

use callsign_plan::alias::{Alias, Chain, Condition, Fallback, MidStream, Route};

use crate::diagnostic::{Code, Findings, Span};
use crate::lower::chains::{self, Arrival, Failures};
use crate::lower::cycles::References;
use crate::lower::reach::{self, Reach, Reaches};
use crate::lower::targets::Targets;
use crate::tree::{Entry, Node};

/// Everything that is known of the routes of a file.
pub(crate) struct Review<'a> {
    aliases: &'a [Option<Alias>],
    reaches: Reaches<'a>,
    /// By alias: whether a cost limit is above, in or below it.
    limited: Vec<bool>,
    /// By alias: whether another alias leads to it.
    inner: Vec<bool>,
    /// By alias: the shortest `max_latency` of its own and of the aliases that lead to it.
    latency: Vec<Option<Duration>>,
}

/// A fallback as written, with what it comes to.
struct Step<'s> {
    fallback: &'s Fallback,
    reach: Reach,
    at: Span,
}

/// More fallbacks than anybody writes; further ones are not compared with those before them.
const MOST_COMPARED: usize = 64;

// === impl Review ===

impl<'a> Review<'a> {
    /// Takes everything together; `order` has each alias after all that it refers to.
    pub(crate) fn new(
        aliases: &'a [Option<Alias>],
        targets: &'a Targets,
        references: &References,
        order: &[usize],
    ) -> Self {
        let has_limit =
            |alias: &Option<Alias>| alias.as_ref().is_some_and(|alias| alias.guardrails.max_cost.is_some());
        let mut below: Vec<bool> = aliases.iter().map(has_limit).collect();
        let (mut above, mut inner) = (below.clone(), vec![false; aliases.len()]);
        for place in order {
            let limited = references.of(*place).any(|referred| is_set(&below, referred));
            set(&mut below, *place, limited);
        }
        let own = |alias: &Option<Alias>| alias.as_ref().and_then(|alias| alias.guardrails.max_latency);
        let mut latency: Vec<Option<Duration>> = aliases.iter().map(own).collect();
        for place in order.iter().rev() {
            let limited = is_set(&above, *place);
            let shortest = latency.get(*place).copied().flatten();
            for referred in references.of(*place) {
                if let Some(slot) = latency.get_mut(referred) {
                    *slot = reach::shorter(*slot, shortest);
                }
                set(&mut above, referred, limited);
                set(&mut inner, referred, true);
            }
        }
        let limited = above.iter().zip(below).map(|(above, below)| *above || below).collect();
        Self { aliases, reaches: Reaches::of(aliases, targets, order), limited, inner, latency }
    }

    /// Says what is odd about each alias; `shortest` is the least time that a listener gives an exchange.
    pub(crate) fn warn(&self, written: &[Entry], shortest: Duration, findings: &mut Findings<'_>) {
        for (place, entry) in written.iter().enumerate() {
            let alias = self.aliases.get(place).and_then(Option::as_ref);
            let Some((alias, reach)) = alias.zip(self.reaches.at(place)) else { continue };
            if let Route::Chain(chain) = &alias.route {
                self.warn_of_chain(place, entry, chain, findings);
                let total = alias.timeouts.total.unwrap_or(shortest);
                self.warn_of_no_time(place, entry, (chain, total), findings);
            }
            warn_of_long_waits(entry, alias, reach, shortest, findings);
            if !reach.goes_on && !is_set(&self.inner, place) {
                warn_of_idle_resume(entry, alias, findings);
            }
        }
    }

    fn warn_of_chain(&self, place: usize, entry: &Entry, chain: &Chain, findings: &mut Findings<'_>) {
        let Some(written) = entry.value.entry("fallbacks") else { return };
        let Some(primary) = self.reaches.route(&chain.primary) else { return };
        let steps: Vec<Step<'_>> = chain
            .fallbacks
            .iter()
            .zip(written.value.items())
            .filter_map(|(fallback, item)| {
                let at = item.get("target")?.span;
                Some(Step { fallback, reach: self.reaches.route(&fallback.route)?, at })
            })
            .collect();
        let possible = if is_set(&self.limited, place) { Failures::all() } else { Failures::without_cost() };
        warn_of_uncaught(written.at, chain, &primary, findings);
        let arrivals = chains::arrivals(&chain.fallbacks, possible, |_| false);
        for (position, (step, arrival)) in steps.iter().zip(arrivals).enumerate() {
            if !arrival.ever {
                warn_of_unreached(position, step, findings);
            } else if is_stale(position, &steps, (chain, &primary, possible)) {
                warn_of_repeat(step.at, findings);
            }
            warn_of_context(step, &primary, findings);
        }
    }

    /// Without a limit shorter than `total`, an answer that is not streamed times out when all time is used up.
    fn warn_of_no_time(
        &self,
        place: usize,
        entry: &Entry,
        (chain, total): (&Chain, Duration),
        findings: &mut Findings<'_>,
    ) {
        let Some(written) = entry.value.entry("fallbacks") else { return };
        let named = |fallback: &Fallback| fallback.conditions.contains(&Condition::Timeout);
        let Some(position) = chain.fallbacks.iter().position(named) else { return };
        let earlier = chain.fallbacks.iter().take(position).map(|fallback| &fallback.route);
        let mut limit = self.latency.get(place).copied().flatten();
        for route in std::iter::once(&*chain.primary).chain(earlier) {
            let Some(reach) = self.reaches.route(route) else { return };
            limit = reach::shorter(limit, reach.patience);
        }
        let item = written.value.items().get(position);
        let conditions = item.and_then(|item| item.get("conditions")).map_or(&[][..], Node::items);
        let Some(timeout) = conditions.iter().find(|item| item.text() == Some(Condition::Timeout.name()))
        else {
            return;
        };
        if !time_is_up(limit, total) {
            return;
        }
        let message =
            "nothing gives the primary up before all time is used: a timeout leaves this fallback none";
        findings
            .report(Code::LongAttempts, timeout.span, message)
            .label("holds only for streams, and for a timeout that the provider tells itself")
            .help("write `guardrails: {max_latency: …}`, shorter than the time of the whole exchange");
    }
}

fn time_is_up(limit: Option<Duration>, total: Duration) -> bool {
    limit.is_none_or(|limit| limit >= total)
}

fn is_set(places: &[bool], place: usize) -> bool {
    places.get(place).copied().unwrap_or(false)
}

fn set(places: &mut [bool], place: usize, value: bool) {
    if let Some(slot) = places.get_mut(place) {
        *slot |= value;
    }
}

/// Whether everything that the fallback leads to was tried on every way to it.
fn is_stale(
    position: usize,
    steps: &[Step<'_>],
    (chain, primary, possible): (&Chain, &Reach, Failures),
) -> bool {
    let Some(step) = steps.get(position).filter(|_| position < MOST_COMPARED) else { return false };
    let route = &step.fallback.route;
    let covers = |other: &Route, reach: &Reach| {
        other == route || step.reach.only.is_some_and(|only| reach.tried.contains(&only))
    };
    let covering: Vec<bool> =
        steps.iter().take(position).map(|earlier| covers(&earlier.fallback.route, &earlier.reach)).collect();
    let by_primary = covers(&chain.primary, primary);
    if !by_primary && !covering.contains(&true) {
        return false;
    }
    let covers = |earlier: Option<usize>| earlier.map_or(by_primary, |place| is_set(&covering, place));
    let arrivals = chains::arrivals(chain.fallbacks.get(..=position).unwrap_or_default(), possible, covers);
    arrivals.last() == Some(&Arrival { ever: true, fresh: false })
}

fn warn_of_uncaught(at: Span, chain: &Chain, primary: &Reach, findings: &mut Findings<'_>) {
    let uncaught = primary.caught.or(chains::caught(&chain.fallbacks)).missing();
    if uncaught.is_empty() {
        return;
    }
    let message = format!("no fallback catches {} of the primary", list(&uncaught));
    findings
        .report(Code::UncaughtFailure, at, message)
        .label("clients see these failures")
        .help("add the conditions to a fallback, or leave `conditions` out for all of them");
}

fn warn_of_unreached(position: usize, step: &Step<'_>, findings: &mut Findings<'_>) {
    let conditions = step.fallback.conditions.as_slice();
    let (label, help) = match conditions {
        [Condition::CostExceeded] => (
            "`cost_exceeded` needs a cost limit",
            "write `guardrails: {max_cost_per_request: …}`, or another condition",
        ),
        // This is an error already.
        [Condition::PrimaryAndFirstFallbackFailed] if position == 0 => return,
        _ => (
            "a fallback that its conditions need is itself never tried",
            "mend the fallbacks above it, or write another condition",
        ),
    };
    findings
        .report(Code::UnreachableFallback, step.at, "this fallback can never be reached")
        .label(label)
        .help(help);
}

fn warn_of_repeat(at: Span, findings: &mut Findings<'_>) {
    findings
        .report(Code::UnreachableFallback, at, "this fallback was tried before it is reached")
        .label("the same target again")
        .help("write another target; for more tries on one target there is `retries`");
}

fn warn_of_context(step: &Step<'_>, primary: &Reach, findings: &mut Findings<'_>) {
    let Some((fallback, primary)) = step.reach.window.zip(primary.window) else { return };
    let conditions = step.fallback.conditions.as_slice();
    let named = |condition| conditions.contains(&condition);
    let only = conditions == [Condition::ContextLengthExceeded];
    let concerned = named(Condition::ContextLengthExceeded) || named(Condition::Any);
    let smaller = fallback.most < primary.least;
    if !(concerned && smaller || only && fallback.most == primary.least) {
        return;
    }
    let message = format!(
        "the context of this fallback holds {} tokens, that of the primary {}",
        fallback.most, primary.least
    );
    let help = if only {
        "write a model with a larger context, or remove the fallback"
    } else {
        "write a model with a larger context, or `conditions` without `context_length_exceeded`"
    };
    findings
        .report(Code::SmallerContext, step.at, message)
        .label("what was too long for the primary is too long here")
        .help(help);
}

fn warn_of_long_waits(
    entry: &Entry,
    alias: &Alias,
    reach: &Reach,
    shortest: Duration,
    findings: &mut Findings<'_>,
) {
    let node = &entry.value;
    // What only leads on adds nothing of its own to what is said of the other alias.
    let adds = ["guardrails", "timeouts", "retries"].into_iter().any(|key| node.get(key).is_some());
    if matches!(alias.route, Route::Alias(_)) && !adds {
        return;
    }
    let (sum, total) = (reach.waits.sum(), alias.timeouts.total.unwrap_or(shortest));
    if sum <= total {
        return;
    }
    let by = match alias.timeouts.total {
        Some(_) => "its `timeouts.total`",
        None => "the `timeout` of a listener",
    };
    let inside = |table: &str, key: &str| node.get(table).and_then(|node| node.get(key));
    let at = inside("timeouts", "total").or_else(|| inside("guardrails", "max_latency"));
    let message = format!(
        "the attempts of `{}` may last {} together, but {by} is {}",
        entry.key.escape_debug(),
        written(sum),
        written(total),
    );
    findings
        .report(Code::LongAttempts, at.map_or(entry.at, |node| node.span), message)
        .label("the last of them are cut short")
        .help(format!("lower `max_latency`, or raise the limit to at least `{}`", written(sum)));
}

/// A duration as a configuration has it, rounded up to milliseconds.
fn written(duration: Duration) -> String {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    if millis.is_multiple_of(1_000) { format!("{}s", millis / 1_000) } else { format!("{millis}ms") }
}

fn warn_of_idle_resume(entry: &Entry, alias: &Alias, findings: &mut Findings<'_>) {
    if alias.mid_stream != Some(MidStream::Resume) {
        return;
    }
    let at = entry.value.get("mid_stream").map_or(entry.at, |node: &Node| node.span);
    findings
        .report(Code::NoEffect, at, "`mid_stream: resume` needs a further target to go on with")
        .label("has no effect")
        .help("write `fallbacks` or `load_balance`, or remove it");
}

fn list(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}
