//! Words as a tree of letters, laid out so that a child is found by counting bits.

use std::collections::{BTreeMap, VecDeque};

use super::tape::Letters;

/// A node of the tree.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Node {
    /// The letters that go on from here.
    pub(super) children: Letters,
    /// The first child; the others follow it in the order of their bits.
    first: u32,
    /// Which entry ends here, counted from 1; 0 is none.
    pub(super) entry: u16,
}

/// Several trees in one row.
#[derive(Debug, Default)]
pub(super) struct Forest {
    nodes: Vec<Node>,
}

/// A tree that grows.
#[derive(Debug, Default)]
pub(super) struct Sapling {
    branches: BTreeMap<u32, Sapling>,
    entry: u16,
}

// === impl Forest ===

impl Forest {
    /// Plants `tree`; its root is node `…` of the forest.
    pub(super) fn plant(&mut self, tree: &Sapling) -> u32 {
        let root = self.next();
        self.nodes.push(Node::default());
        let mut waiting = VecDeque::from([(root, tree)]);
        while let Some((number, sapling)) = waiting.pop_front() {
            let first = self.next();
            let mut node = Node { first, entry: sapling.entry, children: 0 };
            for (bit, branch) in &sapling.branches {
                node.children |= 1 << bit;
                waiting.push_back((self.next(), branch));
                self.nodes.push(Node::default());
            }
            if let Some(place) = usize::try_from(number).ok().and_then(|number| self.nodes.get_mut(number)) {
                *place = node;
            }
        }
        root
    }

    /// Node `number`.
    pub(super) fn node(&self, number: u32) -> Node {
        usize::try_from(number).ok().and_then(|number| self.nodes.get(number)).copied().unwrap_or_default()
    }

    fn next(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or_default()
    }
}

// === impl Node ===

impl Node {
    /// The child for the letter of `bit`, which `children` must hold.
    pub(super) fn child(self, bit: Letters) -> u32 {
        self.first + (self.children & (bit - 1)).count_ones()
    }
}

// === impl Sapling ===

impl Sapling {
    /// Adds a word, as the bits of its letters; the entry that is there already stays.
    pub(super) fn add(&mut self, word: impl Iterator<Item = Letters>, entry: u16) {
        let mut sapling = self;
        for letter in word {
            sapling = sapling.branches.entry(letter.trailing_zeros()).or_default();
        }
        if sapling.entry == 0 {
            sapling.entry = entry;
        }
    }
}
