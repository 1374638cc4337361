//! A tree of what names mean, drawn for people or written as JSON.

use serde_json::{Map, Value, json};

/// Something in the tree.
#[derive(Debug)]
pub(super) struct Node {
    /// Its name; empty for a route that has none.
    pub(super) name: String,
    /// What it is: `alias`, `model`, `split`, `pool`, `chain`.
    pub(super) kind: &'static str,
    /// When its parent leads to it.
    pub(super) when: Option<String>,
    /// What is to be said about it.
    pub(super) facts: Vec<(&'static str, Fact)>,
    /// Where it leads.
    pub(super) routes: Vec<Node>,
}

/// One thing to say.
#[derive(Debug)]
pub(super) enum Fact {
    /// A value.
    One(String),
    /// Several values with names.
    Several(Vec<(&'static str, String)>),
}

// === impl Node ===

impl Node {
    pub(super) fn new(name: impl Into<String>, kind: &'static str) -> Self {
        Self { name: name.into(), kind, when: None, facts: Vec::new(), routes: Vec::new() }
    }

    pub(super) fn when(mut self, when: Option<String>) -> Self {
        self.when = when;
        self
    }

    pub(super) fn fact(&mut self, name: &'static str, value: impl Into<String>) {
        self.facts.push((name, Fact::One(value.into())));
    }

    /// As JSON; a fact's name is its key.
    pub(super) fn json(&self) -> Value {
        let mut fields = Map::new();
        if !self.name.is_empty() {
            fields.insert("name".to_owned(), json!(self.name));
        }
        fields.insert("kind".to_owned(), json!(self.kind));
        if let Some(when) = &self.when {
            fields.insert("when".to_owned(), json!(when));
        }
        for (name, fact) in &self.facts {
            fields.insert((*name).to_owned(), fact.json());
        }
        if !self.routes.is_empty() {
            fields.insert("routes".to_owned(), self.routes.iter().map(Self::json).collect());
        }
        Value::Object(fields)
    }

    /// As lines of text.
    pub(super) fn draw(&self) -> String {
        let mut lines = vec![self.title()];
        self.draw_below("", &mut lines);
        lines.join("\n") + "\n"
    }

    fn title(&self) -> String {
        let name = if self.name.is_empty() {
            self.kind.to_owned()
        } else {
            format!("{} ({})", self.name, self.kind)
        };
        match &self.when {
            Some(when) => format!("{when}: {name}"),
            None => name,
        }
    }

    fn draw_below(&self, margin: &str, lines: &mut Vec<String>) {
        let rail = if self.routes.is_empty() { "   " } else { "│  " };
        let width = self.facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, fact) in &self.facts {
            lines.push(format!("{margin}{rail}{:width$}  {}", name.replace('_', " "), fact.text()));
        }
        for (position, route) in self.routes.iter().enumerate() {
            let is_last = position + 1 == self.routes.len();
            let (branch, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            lines.push(format!("{margin}{branch}{}", route.title()));
            route.draw_below(&format!("{margin}{below}"), lines);
        }
    }
}

// === impl Fact ===

impl Fact {
    fn json(&self) -> Value {
        match self {
            Self::One(value) => json!(value),
            Self::Several(values) => {
                values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Self::One(value) => value.clone(),
            Self::Several(values) => {
                let values = values.iter().map(|(name, value)| format!("{} {value}", name.replace('_', " ")));
                values.collect::<Vec<_>>().join(", ")
            }
        }
    }
}
