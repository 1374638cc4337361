//! From a name in the catalog to the tree of what it means. It never looks at a key's value.

use std::time::Duration;

use callsign_plan::alias::{Algorithm, Alias, Chain, MidStream, Pool, Retries, Route, Split, Sticky};
use callsign_plan::catalog::{Catalog, Found};
use callsign_plan::course::{CONNECT, FIRST_TOKEN, IDLE};
use callsign_plan::ids::{AliasId, TargetId};
use callsign_plan::layout::Delivery;
use callsign_plan::target::{
    AuthScheme, Credential, Model, Place, SimulatedFault, Simulation, Target, Timeouts,
};
use callsign_plan::units::Weight;
use callsign_wire::dialect::{Dialect, Operation};

use super::tree::{Fact, Node};

/// Most nodes of a tree: aliases that share parts could otherwise grow one without end.
const MOST_NODES: usize = 2_000;

/// What `name` means; `None` if nothing.
pub(super) fn of(catalog: &Catalog, name: &str) -> Option<Node> {
    let mut walk = Walk { catalog, trail: Vec::new(), left: MOST_NODES };
    match catalog.find(name)? {
        Found::Alias(id) => walk.alias(id),
        Found::Target(id) => walk.target(id, None),
        Found::Wildcard(id, from) => walk.target(id, name.get(from..)),
    }
}

/// The way down from a name.
struct Walk<'c> {
    catalog: &'c Catalog,
    trail: Vec<AliasId>,
    left: usize,
}

// === impl Walk ===

impl Walk<'_> {
    fn alias(&mut self, id: AliasId) -> Option<Node> {
        let alias = self.catalog.alias(id)?;
        let mut node = Node::new(alias.name.as_ref(), "alias");
        describe_alias(alias, &mut node);
        describe_attempts(alias, &mut node);
        self.trail.push(id);
        node.routes.extend(self.route(&alias.route));
        self.trail.pop();
        Some(node)
    }

    fn route(&mut self, route: &Route) -> Option<Node> {
        let Some(left) = self.left.checked_sub(1) else {
            return Some(Node::new("…", "more than can be shown"));
        };
        self.left = left;
        match route {
            Route::Target(id) => self.target(*id, None),
            Route::Alias(id) => self.alias(*id),
            Route::Split(split) => Some(self.split(split)),
            Route::Pool(pool) => Some(self.pool(pool)),
            Route::Chain(chain) => Some(self.chain(chain)),
        }
    }

    fn split(&mut self, split: &Split) -> Node {
        let mut node = Node::new("", "split");
        match &split.sticky {
            Some(Sticky::User) => node.fact("sticky", "by user"),
            Some(Sticky::Header(name)) => node.fact("sticky", format!("by header {name}")),
            None => (),
        }
        for share in &split.shares {
            let when = format!("{} %", decimal(share.weight));
            node.routes.extend(self.route(&share.route).map(|route| route.when(Some(when))));
        }
        node
    }

    fn pool(&mut self, pool: &Pool) -> Node {
        let mut node = Node::new("", "pool");
        node.fact("algorithm", algorithm(pool.algorithm));
        for member in &pool.members {
            let weighs = pool.algorithm == Algorithm::Weighted || member.weight != Weight::ONE;
            let when = weighs.then(|| format!("weight {}", decimal(member.weight)));
            node.routes.extend(self.route(&member.route).map(|route| route.when(when)));
        }
        node
    }

    fn chain(&mut self, chain: &Chain) -> Node {
        let mut node = Node::new("", "chain");
        node.routes.extend(self.route(&chain.primary).map(|route| route.when(Some("first".to_owned()))));
        for fallback in &chain.fallbacks {
            let conditions: Vec<&str> = fallback.conditions.iter().map(|one| one.name()).collect();
            let when = format!("on {}", conditions.join(" or "));
            node.routes.extend(self.route(&fallback.route).map(|route| route.when(Some(when))));
        }
        node
    }

    fn target(&self, id: TargetId, asked: Option<&str>) -> Option<Node> {
        let target = self.catalog.target(id)?;
        let model = match (&target.model, asked) {
            (Model::Fixed(model), _) => model.as_ref(),
            (Model::Asked, asked) => asked.unwrap_or("*"),
        };
        let name =
            asked.map_or_else(|| target.name.to_string(), |model| format!("{}/{model}", target.provider));
        let mut node = Node::new(name, "model");
        node.fact("provider", target.provider.as_ref());
        node.fact("model", model);
        describe_place(target, model, &mut node);
        describe_access(target, &mut node);
        if let Some(context) = target.context {
            node.fact("context", format!("{context} tokens"));
        }
        if let Some(latency) = self.max_latency(target) {
            node.fact("max_latency", time(latency));
        }
        node.facts.push(("timeouts", self.timeouts(target)));
        Some(node)
    }

    /// As it holds on this way: the target's own, else the strictest of the aliases.
    fn max_latency(&self, target: &Target) -> Option<Duration> {
        let aliases = self.trail.iter().filter_map(|id| self.catalog.alias(*id));
        target.max_latency.or_else(|| aliases.filter_map(|alias| alias.guardrails.max_latency).min())
    }

    /// As they hold on this way: the target's own, the nearest alias's, the file's, the defaults.
    fn timeouts(&self, target: &Target) -> Fact {
        let aliases =
            self.trail.iter().rev().filter_map(|id| self.catalog.alias(*id)).map(|alias| alias.timeouts);
        let written = aliases.chain([self.catalog.parts().timeouts]).fold(target.timeouts, Timeouts::or);
        let total = written.total.map_or_else(|| self.listeners_total(), time);
        Fact::Several(vec![
            ("connect", time(written.connect.unwrap_or(CONNECT))),
            ("first_token", time(written.first_token.unwrap_or(FIRST_TOKEN))),
            ("idle", time(written.idle.unwrap_or(IDLE))),
            ("total", total),
        ])
    }

    fn listeners_total(&self) -> String {
        let mut times: Vec<Duration> = self.catalog.parts().listeners.iter().map(|one| one.timeout).collect();
        times.dedup();
        times.into_iter().map(time).collect::<Vec<_>>().join(" or ")
    }
}

fn describe_alias(alias: &Alias, node: &mut Node) {
    if let Some(description) = &alias.description {
        node.fact("description", description.as_ref());
    }
    if alias.hidden {
        node.fact("hidden", "left out of /v1/models");
    }
    if let Some(successor) = alias.deprecated.as_ref().and_then(|deprecation| deprecation.successor.as_ref())
    {
        node.fact("deprecated", format!("ask for {successor} instead"));
    } else if alias.deprecated.is_some() {
        node.fact("deprecated", "yes");
    }
}

/// What an alias says of attempts at its targets.
fn describe_attempts(alias: &Alias, node: &mut Node) {
    if let Some(latency) = alias.guardrails.max_latency {
        node.fact("max_latency", time(latency));
    }
    if let Some(Retries { attempts, backoff }) = alias.retries {
        let values = vec![("attempts", attempts.to_string()), ("backoff", time(backoff))];
        node.facts.push(("retries", Fact::Several(values)));
    }
    if let Some(mid_stream) = alias.mid_stream {
        let name = match mid_stream {
            MidStream::Error => "error",
            MidStream::Resume => "resume",
        };
        node.fact("mid_stream", name);
    }
}

fn describe_place(target: &Target, model: &str, node: &mut Node) {
    match &target.place {
        Place::Simulated(simulation) => node.facts.push(("simulated", simulated(simulation))),
        Place::Server { origin, layout } => {
            let shown = [
                (Dialect::OpenAiChat, "chat_url", Operation::ChatCompletions),
                (Dialect::OpenAiResponses, "responses_url", Operation::Responses),
                (Dialect::Anthropic, "messages_url", Operation::Messages),
                (Dialect::Gemini, "gemini_url", Operation::GenerateContent),
                (Dialect::Bedrock, "converse_url", Operation::Converse),
            ];
            for (_, name, operation) in
                shown.into_iter().filter(|(dialect, ..)| target.dialects.contains(*dialect))
            {
                if let Some(path) = layout.path(operation, Delivery::Whole, model) {
                    node.fact(name, format!("{origin}{path}"));
                }
            }
        }
    }
    let all = [
        Dialect::OpenAiChat,
        Dialect::OpenAiResponses,
        Dialect::Anthropic,
        Dialect::Gemini,
        Dialect::Bedrock,
    ];
    let spoken = all.into_iter().filter(|dialect| target.dialects.contains(*dialect)).map(Dialect::name);
    node.fact("dialects", spoken.collect::<Vec<_>>().join(", "));
}

fn simulated(simulation: &Simulation) -> Fact {
    let fault = match simulation.fault {
        None => "none".to_owned(),
        Some(SimulatedFault::Status(status)) => status.to_string(),
        Some(SimulatedFault::Hang) => "hang".to_owned(),
        Some(SimulatedFault::Stall) => "stall".to_owned(),
        Some(SimulatedFault::Cut) => "cut".to_owned(),
    };
    Fact::Several(vec![
        ("delay", time(simulation.delay)),
        ("token_delay", time(simulation.token_delay)),
        ("fault", fault),
    ])
}

fn describe_access(target: &Target, node: &mut Node) {
    let key = match &target.credential {
        Credential::None => "none needed".to_owned(),
        Credential::Key { scheme, .. } => format!("given, sent as {}", header(*scheme)),
        Credential::Passthrough { scheme } => format!("the client's own, sent as {}", header(*scheme)),
        Credential::Granted(grant) => grant.about().to_owned(),
        Credential::Missing { variable } => format!("missing: {variable} is not set"),
    };
    node.fact("key", key);
    if !target.headers.is_empty() {
        let names: Vec<&str> = target.headers.iter().map(|(name, _)| name.as_ref()).collect();
        node.fact("headers", names.join(", "));
    }
    if let Some(host) = &target.http_host {
        node.fact("host", host.as_ref());
    }
}

const fn header(scheme: AuthScheme) -> &'static str {
    match scheme {
        AuthScheme::Bearer => "authorization: Bearer",
        AuthScheme::XApiKey => "x-api-key",
        AuthScheme::ApiKey => "api-key",
        AuthScheme::GoogApiKey => "x-goog-api-key",
    }
}

const fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RoundRobin => "round_robin",
        Algorithm::LeastConnections => "least_connections",
        Algorithm::Weighted => "weighted",
        Algorithm::LeastLatency => "least_latency",
        Algorithm::ConsistentHash => "consistent_hash",
    }
}

fn time(duration: Duration) -> String {
    format!("{duration:?}")
}

/// A weight as it would be written.
fn decimal(weight: Weight) -> String {
    let (whole, rest) = (weight.0 / Weight::ONE.0, weight.0 % Weight::ONE.0);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:06}").trim_end_matches('0').to_owned()
}
