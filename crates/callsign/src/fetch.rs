//! A small document over plain HTTP, from a server of one's own.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::time::Duration;

/// Longest time for a connection; a server of one's own answers far sooner.
const CONNECT: Duration = Duration::from_millis(300);

/// How long a document may take and how large it may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// For everything, looking up the host included.
    pub(crate) time: Duration,
    /// In bytes, the head included.
    pub(crate) size: u64,
}

/// What `path` holds at `authority` (`host:port`), if the answer is 200.
pub(crate) fn get(authority: &str, path: &str, bounds: Bounds) -> io::Result<String> {
    send(authority, format!("GET {path} HTTP/1.0\r\nhost: {authority}\r\n\r\n"), bounds)
}

/// The same where a token is to be shown.
pub(crate) fn get_as(authority: &str, path: &str, token: &str, bounds: Bounds) -> io::Result<String> {
    if token.chars().any(char::is_control) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the token holds a control character"));
    }
    let head = format!("GET {path} HTTP/1.0\r\nhost: {authority}\r\nauthorization: Bearer {token}\r\n\r\n");
    send(authority, head, bounds)
}

fn send(authority: &str, head: String, bounds: Bounds) -> io::Result<String> {
    let (told, answer) = mpsc::channel();
    let authority = authority.to_owned();
    // Looking up a host has no time limit of its own; a thread that is too late is left behind.
    std::thread::spawn(move || told.send(ask(&authority, &head, bounds)));
    let answer = answer.recv_timeout(bounds.time).map_err(|_| io::ErrorKind::TimedOut)??;
    body(&answer).ok_or_else(|| io::Error::other("it does not answer as expected"))
}

fn ask(authority: &str, head: &str, bounds: Bounds) -> io::Result<Vec<u8>> {
    let addresses = authority.to_socket_addrs()?;
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return converse(stream, head, bounds),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn converse(mut stream: TcpStream, head: &str, bounds: Bounds) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(bounds.time))?;
    stream.set_write_timeout(Some(bounds.time))?;
    stream.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(bounds.size).read_to_end(&mut answer)?;
    Ok(answer)
}

fn body(answer: &[u8]) -> Option<String> {
    let (head, body) = std::str::from_utf8(answer).ok()?.split_once("\r\n\r\n")?;
    (head.split_whitespace().nth(1) == Some("200")).then(|| body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn only_a_good_answer_has_a_body() {
        assert_eq!(body(b"HTTP/1.1 200 OK\r\na: b\r\n\r\n{}").as_deref(), Some("{}"));
        for answer in ["", "HTTP/1.1 404 Not Found\r\n\r\n{}", "SSH-2.0-x", "HTTP/1.1 200 OK\r\n"] {
            assert_eq!(body(answer.as_bytes()), None, "{answer}");
        }
    }
}
