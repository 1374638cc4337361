//! The ways in which a provider fails, as data: what it does, and what is to come of it.

use std::time::Duration;

use callsign_testkit::reply::{Framing, Reply};

use super::speech::{Mode, Speech};

/// One way to fail.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Its name.
    pub(crate) name: &'static str,
    /// Where the provider is.
    pub(crate) place: Place,
    /// How long the gateway waits.
    pub(crate) limits: Limits,
    /// What the provider does.
    pub(crate) deed: Deed,
    /// What comes of it.
    pub(crate) ending: Ending,
}

/// Where the failing provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// At the upstream that does as scripted.
    Scripted,
    /// At a port that nobody listens on.
    Closed,
    /// At a server that is asked for TLS and does not speak it.
    Plain,
    /// At a name that does not exist.
    Nowhere,
}

/// How long the gateway waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limits {
    /// As long as it does by default: nothing here may look like a timeout.
    Default,
    /// For each thing as an entry's `timeouts` say.
    Each(&'static str),
    /// So long for the whole answer, or for the first token of a stream.
    Latency(&'static str),
}

/// What a provider does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed {
    /// Nothing: it is not reached.
    None,
    /// It answers with an error of this status.
    Error(u16),
    /// The same, and says when to come back.
    ErrorUntil(u16, &'static str),
    /// This, for good: the gateway would wait in vain for more.
    Lasts(fn(Speech, Mode) -> Reply),
    /// This, and it is done.
    Ends(fn(Speech, Mode) -> Reply),
}

/// What comes of a fault when nothing better does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ending {
    /// The provider's own status passes; it stands for this condition.
    Status(u16, &'static str),
    /// There was no usable answer: the gateway's status, its code, and the condition.
    Own(u16, &'static str, &'static str),
    /// The same, but a stream has said something by then.
    Late(u16, &'static str, &'static str),
    /// It is the client's mistake, which no other target mends.
    Client(u16),
}

use Deed::{Ends, Error, ErrorUntil, Lasts};
use Ending::{Client, Late, Own, Status};
use Limits::{Default, Each, Latency};
use Place::Scripted;

const UNREACHABLE: Ending = Own(502, "upstream_unreachable", "unavailable");
const TIMEOUT: Ending = Own(504, "upstream_timeout", "timeout");
const INVALID: Ending = Own(502, "upstream_invalid", "invalid_response");

/// All of them.
pub(crate) static FAULTS: [Fault; 33] = [
    row("refused", Place::Closed, Default, Deed::None, UNREACHABLE),
    row("tls", Place::Plain, Default, Deed::None, UNREACHABLE),
    row("dns", Place::Nowhere, Default, Deed::None, UNREACHABLE),
    row("closed-before-the-head", Scripted, Default, Ends(|_, _| Reply::hang_up()), UNREACHABLE),
    row("reset-before-the-head", Scripted, Default, Ends(|_, _| Reply::abort()), UNREACHABLE),
    row("closed-after-the-head", Scripted, Default, Ends(|_, mode| head(mode).fin()), UNREACHABLE),
    row("reset-after-the-head", Scripted, Default, Ends(|_, mode| head(mode).reset()), UNREACHABLE),
    row("400", Scripted, Default, Error(400), Client(400)),
    row("401", Scripted, Default, Error(401), Status(401, "auth_failed")),
    row("402", Scripted, Default, Error(402), Status(402, "quota_exceeded")),
    row("403", Scripted, Default, Error(403), Status(403, "auth_failed")),
    row("404", Scripted, Default, Error(404), Status(404, "model_not_found")),
    row("408", Scripted, Default, Error(408), Status(408, "timeout")),
    row("413", Scripted, Default, Error(413), Client(413)),
    row("422", Scripted, Default, Error(422), Client(422)),
    row("429", Scripted, Default, Error(429), Status(429, "rate_limited")),
    row("429-until", Scripted, Default, ErrorUntil(429, "7"), Status(429, "rate_limited")),
    row("500", Scripted, Default, Error(500), Status(500, "unavailable")),
    row("502", Scripted, Default, Error(502), Status(502, "unavailable")),
    row("503", Scripted, Default, Error(503), Status(503, "unavailable")),
    row("504", Scripted, Default, Error(504), Status(504, "timeout")),
    row("529", Scripted, Default, Error(529), Status(529, "unavailable")),
    row("hang-before-the-head", Scripted, Latency("500ms"), Lasts(|_, _| Reply::silence()), TIMEOUT),
    row("hang-after-the-head", Scripted, Latency("500ms"), Lasts(|_, mode| head(mode).stall()), TIMEOUT),
    row(
        "hang-before-the-first-token",
        Scripted,
        Each("first_token: 400ms, idle: 300ms"),
        Lasts(opened),
        TIMEOUT,
    ),
    row("stall", Scripted, Each("idle: 300ms"), Lasts(stalled), Late(504, "upstream_timeout", "timeout")),
    row("cut", Scripted, Default, Ends(cut), Late(502, "upstream_unreachable", "unavailable")),
    row("garbage", Scripted, Default, Ends(garbage), INVALID),
    row("html", Scripted, Default, Ends(|_, _| Reply::body(200, "text/html", "<h1>Welcome</h1>")), INVALID),
    row("empty", Scripted, Default, Ends(empty), INVALID),
    row("hollow", Scripted, Default, Ends(hollow), INVALID),
    row("error-event", Scripted, Default, Ends(error), INVALID),
    row("drip", Scripted, Latency("500ms"), Lasts(drip), TIMEOUT),
];

const fn row(name: &'static str, place: Place, limits: Limits, deed: Deed, ending: Ending) -> Fault {
    Fault { name, place, limits, deed, ending }
}

/// The head of a 200 and nothing of its body.
fn head(mode: Mode) -> Reply {
    match mode {
        Mode::Whole => Reply::json(200, "").framed(Framing::Claimed(200)),
        Mode::Stream => Reply::stream(),
    }
}

/// The beginning of an answer that says nothing yet.
fn opened(speech: Speech, mode: Mode) -> Reply {
    match mode {
        Mode::Whole => head(mode).data("{").stall(),
        Mode::Stream => Reply::stream().data(speech.opening()).stall(),
    }
}

/// Half of an answer.
fn half(speech: Speech, mode: Mode) -> Reply {
    match mode {
        Mode::Whole => {
            let body = speech.whole("half");
            Reply::json(200, body.split_at(body.len() / 2).0.to_owned())
                .framed(Framing::Claimed(body.len() as u64))
        }
        Mode::Stream => Reply::sse([speech.opening(), speech.token("half")]),
    }
}

fn stalled(speech: Speech, mode: Mode) -> Reply {
    half(speech, mode).stall()
}

/// A reset could overtake what was sent before it, so this ends in good order, but too early.
fn cut(speech: Speech, mode: Mode) -> Reply {
    half(speech, mode).fin()
}

fn garbage(speech: Speech, mode: Mode) -> Reply {
    match mode {
        Mode::Whole => Reply::json(200, r#"{"id":"1","choices":[{"#),
        Mode::Stream => Reply::stream().data(speech.opening()).data("data: {\"id\":\"1\",\"choi\n\n"),
    }
}

fn empty(_: Speech, mode: Mode) -> Reply {
    match mode {
        Mode::Whole => Reply::json(200, ""),
        Mode::Stream => Reply::stream(),
    }
}

/// In order but for the answer, which it does not hold.
fn hollow(speech: Speech, mode: Mode) -> Reply {
    match mode {
        Mode::Whole => Reply::json(200, r#"{"id":"1","error":null,"choices":[],"content":[]}"#),
        Mode::Stream => Reply::sse([speech.opening(), "data: {}\n\n".to_owned()]),
    }
}

fn error(speech: Speech, mode: Mode) -> Reply {
    match mode {
        Mode::Whole => Reply::json(200, speech.error("overloaded")),
        Mode::Stream => Reply::sse([speech.opening(), speech.error_event("overloaded")]),
    }
}

/// One byte after the other, each soon enough for any limit between two pieces.
fn drip(speech: Speech, mode: Mode) -> Reply {
    let pause = Duration::from_millis(20);
    match mode {
        Mode::Whole => Reply::json(200, "").drip(speech.whole("drip"), pause),
        Mode::Stream => Reply::stream().drip(speech.opening() + &speech.token("drip"), pause),
    }
}

// === impl Fault ===

impl Fault {
    /// What the provider answers; none where it is not reached.
    pub(crate) fn reply(&self, (speech, mode): (Speech, Mode)) -> Option<Reply> {
        let error = |status| Reply::json(status, speech.error(&format!("no {status}")));
        Some(match self.deed {
            Deed::None => return None,
            Error(status) => error(status),
            ErrorUntil(status, when) => error(status).header("retry-after", when),
            Lasts(reply) | Ends(reply) => reply(speech, mode),
        })
    }

    /// When the provider says to come back.
    pub(crate) fn retry_after(&self) -> Option<&'static str> {
        match self.deed {
            ErrorUntil(_, when) => Some(when),
            _ => None,
        }
    }
}
