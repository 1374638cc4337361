//! The model server of the benchmark: one port per kind of answer, one thread per connection. A thread that blocks in
//! `read` costs fewer system calls than a reactor, and can keep a pace finer than a millisecond.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use anyhow::Result;

use super::http1::Reader;
use super::scenario::{Answer, Gait, PerAnswer, Script};

const TAIL: usize = 64;
const WRONG_MODEL: &str = "the upstream was not asked for its own model";

/// Serves until its standard input closes. The first line of its output says where, as JSON.
#[expect(clippy::print_stdout, reason = "the parent reads the ports from there")]
pub(crate) fn run() -> Result<()> {
    let ports = PerAnswer::try_new(open)?;
    println!("{}", serde_json::to_string(&ports)?);
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn open(answer: Answer) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let script = Arc::new(answer.script());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let script = Arc::clone(&script);
            // A connection that breaks is the proxy's affair: its clients see it and end the run.
            thread::spawn(move || serve(&stream, answer, &script).ok());
        }
    });
    Ok(address)
}

fn serve(stream: &TcpStream, answer: Answer, script: &Script) -> Result<()> {
    stream.set_nodelay(true)?;
    let expected = format!(r#""model":"{}""#, answer.model());
    let mut reader = Reader::new(stream);
    let mut tail = Vec::with_capacity(2 * TAIL);
    while let Some(head) = reader.head()? {
        tail.clear();
        reader.body(head.framing, &mut |part| keep_tail(&mut tail, part))?;
        if memchr::memmem::find(&tail, expected.as_bytes()).is_some() {
            play(script, stream)?;
        } else {
            refuse(stream)?;
        }
    }
    Ok(())
}

fn keep_tail(tail: &mut Vec<u8>, part: &[u8]) {
    let last = part.len().saturating_sub(TAIL);
    tail.extend_from_slice(part.get(last..).unwrap_or_default());
    let surplus = tail.len().saturating_sub(TAIL);
    tail.drain(..surplus);
}

fn play(script: &Script, mut stream: &TcpStream) -> io::Result<()> {
    let mut due = Instant::now();
    stream.write_all(&script.opening)?;
    for _ in 0..script.events {
        match script.gait {
            Gait::Rush => (),
            Gait::Turns => thread::yield_now(),
            Gait::Pace(pace) => {
                due += pace;
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
        stream.write_all(&script.event)?;
    }
    stream.write_all(&script.closing)
}

fn refuse(mut stream: &TcpStream) -> io::Result<()> {
    let length = WRONG_MODEL.len();
    write!(stream, "HTTP/1.1 400 Bad Request\r\nContent-Length: {length}\r\n\r\n{WRONG_MODEL}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_same_however_the_body_arrives() {
        let body: Vec<u8> = (0..=255).collect();
        for step in 1..body.len() {
            let mut tail = Vec::new();
            body.chunks(step).for_each(|part| keep_tail(&mut tail, part));
            assert_eq!(tail, body[body.len() - TAIL..], "{step} bytes at a time");
        }
    }

    #[test]
    fn another_model_is_refused() {
        let address = open(Answer::Plain).unwrap();
        for (model, expected) in [("plain", Some(200)), ("alias", Some(400))] {
            let stream = TcpStream::connect(address).unwrap();
            (&stream).write_all(&crate::bench::scenario::Scenario::Small.request(model)).unwrap();
            assert_eq!(Reader::new(&stream).head().unwrap().unwrap().status, expected, "{model}");
        }
    }
}
