//! How one simulated answer behaves: the entry's settings, overridden by the request's header.

use std::time::Duration;

use callsign_plan::target::{SimulatedFault, Simulation};

use super::stage::Answer;
use super::{End, Script, Step};

/// Settings of one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Behaviour(Simulation);

/// Why the header `x-callsign-simulate` cannot be understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Mistake {
    /// A part without `=`.
    #[error("`x-callsign-simulate` has `{0}`, which is not of the form `setting=value`; {HINT}")]
    Form(String),
    /// A setting that does not exist.
    #[error("`x-callsign-simulate` has no setting `{0}`; {HINT}")]
    Setting(String),
    /// A value that is not a duration.
    #[error("`{0}` in `x-callsign-simulate` is not a duration; write it like `200ms`, `5s` or `1m`")]
    Duration(String),
    /// A value that is not a fault.
    #[error(
        "`{0}` in `x-callsign-simulate` is not a fault; write a status from 400 to 599, `hang`, `stall`, `cut` or `none`"
    )]
    Fault(String),
}

const HINT: &str = "write it like `delay=200ms, token_delay=20ms, fault=429`";

// === impl Behaviour ===

impl Behaviour {
    /// `simulation` with the settings that the header names replaced.
    pub(super) fn of(simulation: &Simulation, header: Option<&str>) -> Result<Self, Mistake> {
        let mut settings = simulation.clone();
        let parts = header.unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty());
        for part in parts {
            let (setting, value) = part.split_once('=').ok_or_else(|| Mistake::Form(part.to_owned()))?;
            let value = value.trim();
            match setting.trim() {
                "delay" => settings.delay = duration(value)?,
                "token_delay" => settings.token_delay = duration(value)?,
                "fault" => settings.fault = fault(value)?,
                other => return Err(Mistake::Setting(other.to_owned())),
            }
        }
        Ok(Self(settings))
    }

    pub(super) fn fault(&self) -> Option<SimulatedFault> {
        self.0.fault
    }

    /// `answer` with its pauses, broken off where the fault says so.
    pub(super) fn stage(&self, answer: Answer) -> Script {
        let Answer { status, content_type, headers, pieces } = answer;
        let mut after = self.0.delay;
        let mut spoken = false;
        let mut steps: Vec<Step> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            if piece.token {
                after += if spoken { self.0.token_delay } else { Duration::ZERO };
                spoken = true;
            }
            steps.push(Step { after: std::mem::take(&mut after), bytes: piece.bytes });
        }
        let end = self.break_off(&mut steps);
        Script { status, content_type, headers, steps, end }
    }

    fn break_off(&self, steps: &mut Vec<Step>) -> End {
        match self.0.fault {
            None | Some(SimulatedFault::Status(_)) => End::Done,
            Some(SimulatedFault::Hang) => {
                steps.clear();
                End::Hang
            }
            Some(SimulatedFault::Stall) => {
                keep_half(steps);
                End::Hang
            }
            Some(SimulatedFault::Cut) => {
                keep_half(steps);
                End::Cut
            }
        }
    }
}

/// Keeps the first half of a stream's events, or of the bytes of an answer in one piece.
fn keep_half(steps: &mut Vec<Step>) {
    if let [only] = steps.as_mut_slice() {
        let half = only.bytes.len() / 2;
        only.bytes.truncate(half);
    } else {
        steps.truncate(steps.len() / 2);
    }
}

fn duration(text: &str) -> Result<Duration, Mistake> {
    let wrong = || Mistake::Duration(text.to_owned());
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
    let number: u32 = number.parse().map_err(|_| wrong())?;
    match unit {
        "ms" => Ok(Duration::from_millis(number.into())),
        "s" => Ok(Duration::from_secs(number.into())),
        "m" => Ok(Duration::from_secs(u64::from(number) * 60)),
        _ => Err(wrong()),
    }
}

fn fault(text: &str) -> Result<Option<SimulatedFault>, Mistake> {
    match text {
        "none" => Ok(None),
        "hang" => Ok(Some(SimulatedFault::Hang)),
        "stall" => Ok(Some(SimulatedFault::Stall)),
        "cut" => Ok(Some(SimulatedFault::Cut)),
        _ => match text.parse() {
            Ok(status @ 400..=599) => Ok(Some(SimulatedFault::Status(status))),
            _ => Err(Mistake::Fault(text.to_owned())),
        },
    }
}
