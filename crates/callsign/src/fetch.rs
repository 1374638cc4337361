//! A small document over HTTP, from a server of one's own.

pub(crate) mod secure;

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use rustls::ClientConfig;

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

/// What this side shows.
#[derive(Debug, Default)]
pub(crate) struct Shown<'a> {
    /// After `Bearer`.
    pub(crate) token: Option<&'a str>,
    /// For an `https` server.
    pub(crate) files: secure::Files,
}

/// A server that is asked.
#[derive(Clone)]
struct Server {
    authority: String,
    tls: Option<Arc<ClientConfig>>,
}

/// What `path` holds at `authority` (`host:port`), if the answer is 200.
pub(crate) fn get(authority: &str, path: &str, bounds: Bounds) -> io::Result<String> {
    let server = Server { authority: authority.to_owned(), tls: None };
    send(server, format!("GET {path} HTTP/1.0\r\nhost: {authority}\r\n\r\n"), bounds)
}

/// The same at a URL of `http` or `https` without a path, where something is to be shown.
pub(crate) fn get_as(url: &str, path: &str, shown: &Shown<'_>, bounds: Bounds) -> io::Result<String> {
    let server = Server::at(url, &shown.files)?;
    let authority = &server.authority;
    let token = shown.token.map_or_else(String::new, |token| format!("authorization: Bearer {token}\r\n"));
    if token.trim_end().chars().any(char::is_control) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the token holds a control character"));
    }
    let head = format!("GET {path} HTTP/1.0\r\nhost: {authority}\r\n{token}\r\n");
    send(server, head, bounds)
}

// === impl Server ===

impl Server {
    fn at(url: &str, files: &secure::Files) -> io::Result<Self> {
        let url = url.trim_end_matches('/');
        let Some(authority) = url.strip_prefix("https://") else {
            let authority = url.strip_prefix("http://").unwrap_or(url).to_owned();
            return Ok(Self { authority, tls: None });
        };
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if has_port { authority.to_owned() } else { format!("{authority}:443") };
        Ok(Self { authority, tls: Some(files.config()?) })
    }

    fn host(&self) -> &str {
        self.authority.rsplit_once(':').map_or(&*self.authority, |(host, _)| host).trim_matches(['[', ']'])
    }
}

fn send(server: Server, head: String, bounds: Bounds) -> io::Result<String> {
    let (told, answer) = mpsc::channel();
    // Looking up a host has no time limit of its own; a thread that is too late is left behind.
    std::thread::spawn(move || told.send(ask(&server, &head, bounds)));
    let answer = answer.recv_timeout(bounds.time).map_err(|_| io::ErrorKind::TimedOut)??;
    body(&answer).ok_or_else(|| io::Error::other("it does not answer as expected"))
}

fn ask(server: &Server, head: &str, bounds: Bounds) -> io::Result<Vec<u8>> {
    let addresses = server.authority.to_socket_addrs()?;
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return open(stream, server, head, bounds),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn open(stream: TcpStream, server: &Server, head: &str, bounds: Bounds) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(bounds.time))?;
    stream.set_write_timeout(Some(bounds.time))?;
    match &server.tls {
        None => converse(stream, head, bounds),
        Some(config) => converse(secure::encrypted(stream, server.host(), Arc::clone(config))?, head, bounds),
    }
}

fn converse(mut stream: impl Read + Write, head: &str, bounds: Bounds) -> io::Result<Vec<u8>> {
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
