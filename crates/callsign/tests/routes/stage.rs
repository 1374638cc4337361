//! Scenarios that share one gateway and one upstream: each has models and aliases of its own, so that none spoils the health
//! of another's targets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use callsign_testkit::gateway::Gateway;
use callsign_testkit::ledger::Received;
use callsign_testkit::reply::Reply;
use callsign_testkit::upstream::Upstream;
use serde_json::Value;

use super::cases;
use super::record;
use super::scene::{Config, Heard, ask};
use super::speech::{Mode, Speech};

/// What a model's provider answers, whatever way it is asked.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// This text.
    Says(&'static str),
    /// An error of this status.
    Error(u16),
    /// Exactly this.
    Exact(Reply),
    /// This, as its mode wants it.
    Does(fn(Speech, Mode) -> Reply),
}

/// A route, and the models that it leads to.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    /// Its name, which is the alias that a client asks for.
    pub(crate) name: String,
    /// How the client asks.
    pub(crate) way: (Speech, Mode),
    models: Vec<Model>,
    aliases: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
struct Model {
    label: &'static str,
    more: String,
    answers: Vec<Answer>,
}

/// A gateway with all scenarios, and the upstream behind it.
pub(crate) struct Stage {
    /// The gateway.
    pub(crate) gateway: Gateway,
    /// Where every model lives.
    pub(crate) upstream: Upstream,
}

/// What became of a scenario.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What the client heard.
    pub(crate) heard: Heard,
    /// The labels of the models that were asked, in order.
    pub(crate) visited: Vec<String>,
    /// The record of the exchange.
    pub(crate) told: Value,
}

// === impl Answer ===

impl Answer {
    /// What is sent in this case.
    pub(crate) fn reply(&self, (speech, mode): (Speech, Mode)) -> Reply {
        match self {
            Self::Says(text) => speech.says(mode, text),
            Self::Error(status) => Reply::json(*status, speech.error(&format!("no {status}"))),
            Self::Exact(reply) => reply.clone(),
            Self::Does(reply) => reply(speech, mode),
        }
    }
}

// === impl Scenario ===

impl Scenario {
    /// A scenario without models; `route` is the inside of its alias. `@x` in it stands for model `x`, `%x` for alias `x`.
    pub(crate) fn new(name: impl Into<String>, way: (Speech, Mode), route: &str) -> Self {
        let name = name.into();
        Self { aliases: vec![(name.clone(), route.to_owned())], name, way, models: Vec::new() }
    }

    /// A scenario of a client that asks `OpenAI`'s API for an answer in one piece.
    pub(crate) fn plain(name: impl Into<String>, route: &str) -> Self {
        Self::new(name, (Speech::OpenAi, Mode::Whole), route)
    }

    /// With a model that always answers so.
    pub(crate) fn model(self, label: &'static str, answer: Answer) -> Self {
        self.model_with(label, "", vec![answer])
    }

    /// With a model whose entry has these further keys, and that answers one after another; the last goes on for ever.
    pub(crate) fn model_with(mut self, label: &'static str, more: &str, answers: Vec<Answer>) -> Self {
        let more = if more.is_empty() { String::new() } else { format!(", {more}") };
        self.models.push(Model { label, more, answers });
        self
    }

    /// With a further alias.
    pub(crate) fn alias(mut self, name: &str, route: &str) -> Self {
        self.aliases.push((format!("{}.{name}", self.name), route.to_owned()));
        self
    }

    /// What a model is called by its provider.
    pub(crate) fn id(&self, label: &str) -> String {
        format!("{}.{label}", self.name)
    }

    /// The target of a model.
    pub(crate) fn target(&self, label: &str) -> String {
        format!("{}/{}", self.way.0.provider(), self.id(label))
    }

    fn configure(&self, config: &mut Config, url: &str) {
        for model in &self.models {
            config.entry(&self.target(model.label), url, &model.more);
        }
        for (name, route) in &self.aliases {
            let models = format!("{}/{}.", self.way.0.provider(), self.name);
            let route = route.replace('@', &models).replace('%', &format!("{}.", self.name));
            config.alias(name, &route.replace("URL", url));
        }
    }
}

// === impl Stage ===

impl Stage {
    /// A gateway with all of these.
    pub(crate) async fn of(scenarios: &[Scenario]) -> Arc<Self> {
        let upstream = Upstream::scripted(script(scenarios)).await;
        let mut config = Config::default();
        for scenario in scenarios {
            scenario.configure(&mut config, &upstream.url());
        }
        Arc::new(Self { gateway: config.start().await, upstream })
    }

    /// Plays one scenario and checks its record against what the client heard.
    pub(crate) async fn play(&self, scenario: &Scenario) -> Outcome {
        let heard = ask(self.gateway.client(), scenario.way, &scenario.name).await;
        let told = record::of_heard(&self.gateway, &scenario.name, &heard).await;
        let visited = self.visits(scenario).iter().map(|request| label(scenario, request)).collect();
        Outcome { heard, visited, told }
    }

    /// The requests that reached the models of a scenario, in order.
    pub(crate) fn visits(&self, scenario: &Scenario) -> Vec<Arc<Received>> {
        let own = |request: &Arc<Received>| model_of(request).starts_with(&format!("{}.", scenario.name));
        self.upstream.received().into_iter().filter(own).collect()
    }
}

/// Plays all scenarios side by side on one stage and gives each outcome to `check`, under its scenario's name.
pub(crate) async fn play<E>(scenarios: Vec<(Scenario, E)>, check: fn(&Scenario, E, Outcome))
where
    E: Send + 'static,
{
    let all: Vec<Scenario> = scenarios.iter().map(|(scenario, _)| scenario.clone()).collect();
    let stage = Stage::of(&all).await;
    let plays = scenarios.into_iter().map(|(scenario, expected)| {
        let stage = Arc::clone(&stage);
        let name = scenario.name.clone();
        (name, async move { check(&scenario, expected, stage.play(&scenario).await) })
    });
    cases::all(plays).await;
}

/// The model that a request asks its provider for.
pub(crate) fn model_of(request: &Received) -> String {
    request.json()["model"].as_str().expect("a model").to_owned()
}

fn label(scenario: &Scenario, request: &Received) -> String {
    let model = model_of(request);
    model.strip_prefix(&format!("{}.", scenario.name)).expect("a model of the scenario's").to_owned()
}

/// What a model answers, and how often it was asked.
struct Part {
    speech: Speech,
    answers: Vec<Answer>,
    asked: usize,
}

fn script(scenarios: &[Scenario]) -> impl Fn(&Received) -> Reply + Send + Sync + 'static {
    let parts = scenarios.iter().flat_map(|scenario| {
        let part = |model: &Model| Part { speech: scenario.way.0, answers: model.answers.clone(), asked: 0 };
        scenario.models.iter().map(move |model| (scenario.id(model.label), part(model)))
    });
    let parts: Mutex<HashMap<String, Part>> = Mutex::new(parts.collect());
    move |request| {
        let mode = if request.json()["stream"] == true { Mode::Stream } else { Mode::Whole };
        let mut parts = parts.lock().expect("no script panics");
        let part = parts.get_mut(&model_of(request)).expect("a model of some scenario's");
        let answer = &part.answers[part.asked.min(part.answers.len() - 1)];
        part.asked += 1;
        answer.reply((part.speech, mode))
    }
}
