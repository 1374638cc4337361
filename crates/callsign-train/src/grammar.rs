//! Sentences made from rules: `@name` opens a rule, each line is one way to write it, `{name}` and `{this|or this}` are filled in.

use std::collections::BTreeMap;

use crate::dice::Dice;

/// Rules by name, and those that whole texts begin with.
#[derive(Debug, Default)]
pub(crate) struct Grammar {
    rules: BTreeMap<String, Vec<String>>,
    /// Name, label and weight.
    pub(crate) roots: Vec<Root>,
}

/// A rule that a whole text may begin with.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    pub(crate) name: String,
    pub(crate) attack: bool,
    /// How many texts are made of it.
    pub(crate) count: usize,
}

/// How deep rules may call one another.
const DEPTH: usize = 12;

// === impl Grammar ===

impl Grammar {
    /// Adds a file's rules: `@name`, or `@+name 200` and `@-name 200` for so many attacks and harmless texts.
    pub(crate) fn add(&mut self, file: &str) {
        let mut name = String::new();
        for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
            let Some(head) = line.strip_prefix('@') else {
                self.rules.entry(name.clone()).or_default().push(line.replace("\\n", "\n"));
                continue;
            };
            let (rule, count) = head.trim_end().split_once(' ').unwrap_or((head, "0"));
            rule.trim_start_matches(['+', '-']).clone_into(&mut name);
            if rule != name {
                let root = Root {
                    name: name.clone(),
                    attack: rule.starts_with('+'),
                    count: count.parse().unwrap_or(0),
                };
                self.roots.push(root);
            }
        }
    }

    /// A text of a rule.
    pub(crate) fn write(&self, rule: &str, dice: &mut Dice) -> String {
        let mut told = String::new();
        self.rule(rule, dice, DEPTH, &mut told);
        told
    }

    fn rule(&self, rule: &str, dice: &mut Dice, depth: usize, told: &mut String) {
        match self.rules.get(rule).and_then(|ways| dice.pick(ways)) {
            Some(way) if depth > 0 => self.fill(way, dice, depth - 1, told),
            _ => told.push_str(rule),
        }
    }

    fn fill(&self, way: &str, dice: &mut Dice, depth: usize, told: &mut String) {
        let mut rest = way;
        while let Some((before, after)) = rest.split_once('{') {
            told.push_str(before);
            let Some((slot, after)) = closing(after) else {
                told.push('{');
                rest = after;
                continue;
            };
            let ways = alternatives(slot);
            match ways.as_slice() {
                [one] if self.rules.contains_key(*one) => self.rule(one, dice, depth, told),
                [one] => {
                    told.push('{');
                    self.fill(one, dice, depth, told);
                    told.push('}');
                }
                many => {
                    let way = dice.pick(many).copied().unwrap_or_default();
                    self.fill(way, dice, depth, told);
                }
            }
            rest = after;
        }
        told.push_str(rest);
    }
}

/// What stands before the brace that closes, and what after.
fn closing(text: &str) -> Option<(&str, &str)> {
    let mut open = 0_usize;
    for (place, letter) in text.char_indices() {
        match letter {
            '{' => open += 1,
            '}' if open == 0 => return Some((text.get(..place)?, text.get(place + 1..)?)),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The parts between bars that stand in no inner braces.
fn alternatives(slot: &str) -> Vec<&str> {
    let (mut parts, mut start, mut open) = (Vec::new(), 0, 0_i32);
    for (place, letter) in slot.char_indices() {
        match letter {
            '{' => open += 1,
            '}' => open -= 1,
            '|' if open == 0 => {
                parts.extend(slot.get(start..place));
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.extend(slot.get(start..));
    parts
}
