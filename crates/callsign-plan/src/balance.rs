//! Which member of a pool gets an attempt.

use std::time::Duration;

use crate::alias::Algorithm;
use crate::dice::Dice;
use crate::draw;
use crate::units::Weight;

/// A member of a pool, as a pick sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat<'a> {
    /// What a consistent hash knows it by.
    pub name: &'a str,
    /// Its weight.
    pub weight: Weight,
    /// How many attempts are under way at it.
    pub load: u32,
    /// How long it takes to open an answer; zero while nothing is known.
    pub latency: Duration,
}

/// What decides between members that are equal.
#[derive(Debug)]
pub struct Draw<'d> {
    /// The request's number. All attempts of a request have the same, else a member that fails would, by taking two
    /// numbers each time, shift who comes first.
    pub turn: u64,
    /// Chance.
    pub dice: &'d mut Dice,
    /// A hash of the prompt's beginning, where there is one; see [`draw::fingerprint`].
    pub prompt: Option<u64>,
}

/// The steps of weighted turns with no member closed, with one, two, and more. They come of √5, √2, √3 and √7, which
/// have nothing in common: those whom a member failed are spread by weight instead of all going to its neighbour.
const STEPS: [u64; 4] = [draw::STEP, 0x6a09_e667_f3bc_c909, 0xbb67_ae85_84ca_a73b, 0xa54f_f53a_5f1d_36f1];

/// The position of the member that gets the attempt.
///
/// `seats` are the members still open to this request, each with its position in the pool; `of` is how many members
/// the pool has. There is none where no seat is open, or where weights count and all that are open weigh 0.
pub fn pick(algorithm: Algorithm, seats: &[(usize, Seat<'_>)], of: usize, draw: Draw<'_>) -> Option<usize> {
    let Draw { turn, dice, prompt } = draw;
    let positions = seats.iter().map(|(position, _)| *position);
    match algorithm {
        Algorithm::RoundRobin => in_order(&positions, of, turn),
        Algorithm::LeastConnections => least_loaded(seats, of, turn),
        Algorithm::Weighted => weighted(seats, of, turn),
        Algorithm::LeastLatency => quicker_of_two(seats, dice),
        Algorithm::ConsistentHash => match prompt {
            None => in_order(&positions, of, turn),
            Some(prompt) => same_for(prompt, seats),
        },
    }
}

/// Each position has its own turns. Those of closed ones are numbered through and dealt to the open ones in order,
/// so that no neighbour gets them all: among any turns in a row the counts of two open ones differ by 2 at most.
fn in_order(open: &(impl Iterator<Item = usize> + Clone), of: usize, turn: u64) -> Option<usize> {
    let count = open.clone().count();
    let (round, slot) = (turn.checked_div(of as u64)?, usize::try_from(turn.checked_rem(of as u64)?).ok()?);
    if let Some(own) = open.clone().find(|position| *position == slot) {
        return Some(own);
    }
    let closed_before = slot.saturating_sub(open.clone().filter(|position| *position < slot).count());
    let closed = of.saturating_sub(count);
    let number = round.wrapping_mul(closed as u64).wrapping_add(closed_before as u64);
    open.clone().nth(usize::try_from(number.checked_rem(count as u64)?).ok()?)
}

fn least_loaded(seats: &[(usize, Seat<'_>)], of: usize, turn: u64) -> Option<usize> {
    let least = seats.iter().map(|(_, seat)| seat.load).min()?;
    let idlest = seats.iter().filter(|(_, seat)| seat.load == least);
    in_order(&idlest.map(|(position, _)| *position), of, turn)
}

fn weighted(seats: &[(usize, Seat<'_>)], of: usize, turn: u64) -> Option<usize> {
    let closed = of.saturating_sub(seats.len());
    let step = STEPS.get(closed).or(STEPS.last())?;
    let index = draw::along(seats.iter().map(|(_, seat)| seat.weight), turn, *step)?;
    seats.get(index).map(|(position, _)| *position)
}

fn same_for(prompt: u64, seats: &[(usize, Seat<'_>)]) -> Option<usize> {
    let index = draw::by_hash(prompt, seats.iter().map(|(_, seat)| (seat.name, seat.weight)))?;
    seats.get(index).map(|(position, _)| *position)
}

fn quicker_of_two(seats: &[(usize, Seat<'_>)], dice: &mut Dice) -> Option<usize> {
    let sides = seats.len() as u64;
    let first = dice.below(sides);
    let second = dice.below(sides.saturating_sub(1));
    let second = if second < first { second } else { second + 1 };
    let (place, one) = seats.get(usize::try_from(first).ok()?)?;
    let Some((other_place, other)) = seats.get(usize::try_from(second).ok()?) else { return Some(*place) };
    let usual = one.latency.max(other.latency);
    let quicker = wait(other, usual) < wait(one, usual);
    Some(if quicker { *other_place } else { *place })
}

/// How long an attempt more would wait, then how many would wait with it. One that nothing is known of is tried at
/// once; until it has answered, more attempts wait as long as they would at the other.
fn wait(seat: &Seat<'_>, usual: Duration) -> (u128, u32) {
    let ahead = if seat.latency.is_zero() {
        usual.as_nanos() * u128::from(seat.load)
    } else {
        seat.latency.as_nanos() * (u128::from(seat.load) + 1)
    };
    (ahead, seat.load)
}

#[cfg(test)]
mod tests;
