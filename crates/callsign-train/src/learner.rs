//! Finds the weights: the worst window of each text is pushed to the side where it belongs, by gradient, a little at a time.

use callsign_guard::jailbreak::lab::{
    DAMPING, HIDDEN, INPUTS, Laboratory, Segment, Sieve, WAYS, WIDTH, Weights, length, windows,
};

use crate::corpus::Example;
use crate::dice::Dice;
use crate::vocabulary;

/// How to learn.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Manner {
    /// Two to the power of this many rows.
    #[arg(long, default_value_t = 16)]
    pub(crate) bits: u32,
    /// How often each text is seen.
    #[arg(long, default_value_t = 8)]
    pub(crate) rounds: usize,
    /// How large the first steps are.
    #[arg(long, default_value_t = 0.08)]
    pub(crate) rate: f32,
    /// Share of the features that are not seen at each turn.
    #[arg(long, default_value_t = 0.7)]
    pub(crate) dropout: f32,
    /// How strongly weights are drawn to zero.
    #[arg(long, default_value_t = 2e-4)]
    pub(crate) decay: f32,
    /// What harmless texts weigh together, for each one that attacks do.
    #[arg(long, default_value_t = 2.0)]
    pub(crate) caution: f32,
    /// Share of the attacks that may be none.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) doubt: f32,
    /// Rounds at the end whose weights are averaged.
    #[arg(long, default_value_t = 2)]
    pub(crate) average: usize,
    /// Kinds of sources that a feature must come in, if fewer than `alone` texts have it.
    #[arg(long, default_value_t = 2)]
    pub(crate) kinds: u8,
    /// Texts that a feature must come in.
    #[arg(long, default_value_t = 25)]
    pub(crate) texts: u16,
    /// Texts that are enough even if they come from one kind of source.
    #[arg(long, default_value_t = 60)]
    pub(crate) alone: u16,
    /// The seed of chance.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// A text as its features.
pub(crate) struct Lesson {
    pub(crate) segments: Vec<Segment>,
    attack: bool,
    weight: f32,
}

/// A window of a lesson: the segment, and its first block and the one behind the last.
#[derive(Debug, Clone, Copy)]
struct Window {
    segment: usize,
    start: usize,
    end: usize,
}

/// Weights in the making.
pub(crate) struct Learner {
    manner: Manner,
    rows: Vec<[f32; WIDTH]>,
    pace: Vec<[f32; 2]>,
    into: [[f32; INPUTS]; HIDDEN],
    biases: [f32; HIDDEN],
    out: [f32; HIDDEN],
    direct: [f32; WAYS + 4],
    dice: Dice,
    rate: f32,
}

/// Takes of a round's weights for the average.
const PARTS: usize = 4;

/// The average of the weights at several moments.
#[derive(Default)]
struct Mean {
    count: f32,
    numbers: Vec<f32>,
}

/// A window's way through the network.
struct Pass {
    inputs: [f32; INPUTS],
    hidden: [f32; HIDDEN],
    total: f32,
    share: f32,
}

/// Texts as lessons; each source weighs as the root of what it holds, each side as `caution` says.
pub(crate) fn lessons(examples: &[Example], manner: &Manner) -> (Laboratory, Vec<Lesson>) {
    let laboratory = Laboratory::new(manner.bits);
    let sieve = Sieve::new(vocabulary::telling(examples, manner, &laboratory).into_iter());
    let laboratory = laboratory.with(sieve);
    let mut counts = std::collections::BTreeMap::new();
    for example in examples {
        *counts.entry((example.attack, example.source.as_str())).or_insert(0.0_f32) += 1.0;
    }
    let side = |attack: bool| {
        counts.iter().filter(|((side, _), _)| *side == attack).map(|(_, count)| count.powf(0.7)).sum::<f32>()
    };
    let sides = [side(false) / manner.caution, side(true)];
    let all: f32 = counts.values().sum();
    let lesson = |example: &Example| {
        let count = counts[&(example.attack, example.source.as_str())];
        let weight = count.powf(-0.3) / sides[usize::from(example.attack)] * all / (1.0 + manner.caution);
        Lesson { segments: laboratory.read(&example.text), attack: example.attack, weight }
    };
    let lessons = examples.iter().map(lesson).collect();
    (laboratory, lessons)
}

// === impl Learner ===

impl Learner {
    pub(crate) fn new(manner: Manner) -> Self {
        let mut dice = Dice::new(manner.seed);
        let mut small = |scale: f32| (dice.share() - 0.5) * 2.0 * scale;
        let mut rows = vec![[0.0; WIDTH]; 1 << manner.bits];
        for number in rows.iter_mut().flat_map(|row| &mut row[1..]) {
            *number = small(0.05);
        }
        let mut into = [[0.0; INPUTS]; HIDDEN];
        for weight in into.iter_mut().flatten() {
            *weight = small(0.4);
        }
        let mut out = [0.0; HIDDEN];
        for (place, weight) in out.iter_mut().enumerate() {
            *weight = if place % 2 == 0 { 0.5 } else { -0.5 };
        }
        let pace = vec![[0.0; 2]; 1 << manner.bits];
        let rate = manner.rate;
        Self { manner, rows, pace, into, biases: [0.0; HIDDEN], out, direct: [0.0; WAYS + 4], dice, rate }
    }

    /// Goes through all lessons as often as the manner says.
    pub(crate) fn learn(&mut self, lessons: &[Lesson]) {
        let mut order: Vec<usize> = (0..lessons.len()).collect();
        let mut mean = Mean::default();
        for round in 0..self.manner.rounds {
            self.dice.shuffle(&mut order);
            let rounds = self.manner.rounds as f32;
            self.rate = self.manner.rate * (1.0 - round as f32 / rounds).max(0.1);
            let averaged = round + self.manner.average >= self.manner.rounds;
            for part in order.chunks(order.len().div_ceil(PARTS).max(1)) {
                for &place in part {
                    self.study(&lessons[place]);
                }
                if averaged {
                    mean.add(self);
                }
            }
        }
        mean.put(self);
        // What was never seen stays out of the sums.
        for (row, pace) in self.rows.iter_mut().zip(&self.pace) {
            if pace[0] == 0.0 {
                *row = [0.0; WIDTH];
            }
        }
    }

    /// All weights, in order.
    fn numbers(&mut self) -> Box<dyn Iterator<Item = &mut f32> + '_> {
        let net = self
            .into
            .iter_mut()
            .flatten()
            .chain(&mut self.biases)
            .chain(&mut self.out)
            .chain(&mut self.direct);
        Box::new(self.rows.iter_mut().flatten().chain(net))
    }

    fn study(&mut self, lesson: &Lesson) {
        let mut found: Vec<(f32, Window)> = Vec::new();
        let all = every_window(lesson);
        if all.len() == 1 {
            found.push((0.0, all[0]));
        } else {
            found.extend(all.iter().map(|window| (self.judge(lesson, *window), *window)));
            found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
            if !lesson.attack && found.len() > 3 {
                let other = 2 + self.dice.below(found.len() - 2);
                found.swap(2, other);
            }
            found.truncate(if lesson.attack { 1 } else { 3 });
        }
        let share = (found.len() as f32).sqrt().recip();
        for (_, window) in found {
            self.step(lesson, window, lesson.weight * share);
        }
    }

    fn judge(&self, lesson: &Lesson, window: Window) -> f32 {
        let mut sums = [0.0; WIDTH];
        let mut count = 0;
        for block in &lesson.segments[window.segment].blocks[window.start..window.end] {
            count += block.len();
            for &row in block {
                add(&mut sums, &self.rows[row as usize]);
            }
        }
        self.pass(&sums, count as f32, frame(lesson, window)).total
    }

    fn pass(&self, sums: &[f32; WIDTH], count: f32, flags: [usize; 2]) -> Pass {
        let share = (count + DAMPING).sqrt().recip();
        let mut inputs = [0.0; INPUTS];
        for (input, sum) in inputs.iter_mut().zip(&sums[1..]) {
            *input = sum * share;
        }
        let mut total = sums[0] * share;
        for flag in flags {
            inputs[WIDTH - 1 + flag] = 1.0;
            total += self.direct[flag];
        }
        let mut hidden = [0.0; HIDDEN];
        for (unit, value) in hidden.iter_mut().enumerate() {
            let sum: f32 = self.into[unit].iter().zip(&inputs).map(|(weight, input)| weight * input).sum();
            *value = (sum + self.biases[unit]).max(0.0);
            total += *value * self.out[unit];
        }
        Pass { inputs, hidden, total, share }
    }

    fn step(&mut self, lesson: &Lesson, window: Window, weight: f32) {
        let mut seen = Vec::new();
        let mut sums = [0.0; WIDTH];
        for block in &lesson.segments[window.segment].blocks[window.start..window.end] {
            for &row in block {
                if !self.dice.often(self.manner.dropout) {
                    seen.push(row);
                    add(&mut sums, &self.rows[row as usize]);
                }
            }
        }
        let flags = frame(lesson, window);
        // As many as there would be without dropout, so that the sums are of one size.
        let keep = 1.0 - self.manner.dropout;
        for sum in &mut sums {
            *sum /= keep;
        }
        let pass = self.pass(&sums, seen.len() as f32 / keep, flags);
        let wanted = if lesson.attack { 1.0 - self.manner.doubt } else { 0.0 };
        let slope = (1.0 / (1.0 + (-pass.total).exp()) - wanted) * weight;
        let back = self.correct(&pass, slope, flags);
        self.move_rows(&seen, &back, slope * pass.share / keep, pass.share / keep);
    }

    /// Moves the network, and says how far each input should move.
    fn correct(&mut self, pass: &Pass, slope: f32, flags: [usize; 2]) -> [f32; WIDTH - 1] {
        let rate = self.rate * 0.1;
        let mut back = [0.0; WIDTH - 1];
        for unit in 0..HIDDEN {
            if pass.hidden[unit] <= 0.0 {
                continue;
            }
            let error = slope * self.out[unit];
            self.out[unit] -= rate * slope * pass.hidden[unit];
            for (place, moved) in back.iter_mut().enumerate() {
                *moved += error * self.into[unit][place];
            }
            for (weight, input) in self.into[unit].iter_mut().zip(&pass.inputs) {
                *weight -= rate * error * input;
            }
            self.biases[unit] -= rate * error;
        }
        for flag in flags {
            self.direct[flag] -= rate * slope;
        }
        back
    }

    fn move_rows(&mut self, seen: &[u32], back: &[f32; WIDTH - 1], own: f32, share: f32) {
        let mut size: f32 = back.iter().map(|number| number * number).sum();
        size *= share * share / (WIDTH - 1) as f32;
        let decay = self.manner.decay;
        for &row in seen {
            let (row, pace) = (&mut self.rows[row as usize], &mut self.pace[row as usize]);
            pace[0] += own * own + 1e-12;
            pace[1] += size + 1e-12;
            let [first, rest] = pace.map(|pace| self.rate / (pace.sqrt() + 0.01));
            row[0] -= first * (own + decay * row[0] * 0.1);
            for (number, moved) in row[1..].iter_mut().zip(back) {
                *number -= rest * (moved * share + decay * *number * 0.1);
            }
        }
    }

    /// How far a text is on the attacks' side: its worst window.
    pub(crate) fn worst(&self, segments: &[Segment]) -> f32 {
        let lesson = Lesson { segments: segments.to_vec(), attack: false, weight: 0.0 };
        every_window(&lesson).into_iter().map(|window| self.judge(&lesson, window)).fold(-30.0, f32::max)
    }

    /// The way of hiding and the length of the worst window.
    pub(crate) fn blame(&self, segments: &[Segment]) -> (usize, usize) {
        let lesson = Lesson { segments: segments.to_vec(), attack: false, weight: 0.0 };
        let scored = every_window(&lesson).into_iter().map(|window| (self.judge(&lesson, window), window));
        let worst = scored.max_by(|(one, _), (other, _)| one.total_cmp(other));
        worst.map_or((0, 0), |(_, window)| (segments[window.segment].way, window.end - window.start))
    }

    /// The weights in whole steps, with the threshold taken off.
    pub(crate) fn finish(&self, laboratory: &Laboratory, threshold: f32) -> Vec<u8> {
        let largest = |numbers: &mut dyn Iterator<Item = f32>| {
            let mut sizes: Vec<f32> = numbers.map(f32::abs).filter(|size| *size > 0.0).collect();
            sizes.sort_by(f32::total_cmp);
            sizes.get(sizes.len() * 9995 / 10000).copied().unwrap_or(1.0)
        };
        let scales = [
            largest(&mut self.rows.iter().map(|row| row[0])) / 127.0,
            largest(&mut self.rows.iter().flat_map(|row| row[1..].iter().copied())) / 127.0,
        ];
        let mut rows = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let mut small = [0_i8; WIDTH];
            for (place, number) in row.iter().enumerate() {
                small[place] = (number / scales[usize::from(place > 0)]).round().clamp(-127.0, 127.0) as i8;
            }
            rows.push(small);
        }
        let (into, biases, out, direct) = (self.into, self.biases, self.out, self.direct);
        let weights = Weights { scales, into, biases, out, direct, threshold };
        laboratory.write(&weights, &rows)
    }
}

// === impl Mean ===

impl Mean {
    fn add(&mut self, learner: &mut Learner) {
        self.count += 1.0;
        if self.numbers.is_empty() {
            self.numbers.resize(learner.numbers().count(), 0.0);
        }
        for (sum, number) in self.numbers.iter_mut().zip(learner.numbers()) {
            *sum += *number;
        }
    }

    fn put(&self, learner: &mut Learner) {
        for (sum, number) in self.numbers.iter().zip(learner.numbers()) {
            *number = sum / self.count;
        }
    }
}

fn add(sums: &mut [f32; WIDTH], row: &[f32; WIDTH]) {
    for (sum, number) in sums.iter_mut().zip(row) {
        *sum += number;
    }
}

fn frame(lesson: &Lesson, window: Window) -> [usize; 2] {
    [lesson.segments[window.segment].way, WAYS + length(window.end - window.start)]
}

fn every_window(lesson: &Lesson) -> Vec<Window> {
    let segments = lesson.segments.iter().enumerate();
    segments
        .flat_map(|(segment, read)| {
            windows(read.blocks.len()).map(move |(start, end)| Window { segment, start, end })
        })
        .collect()
}
