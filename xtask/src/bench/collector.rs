//! A collector of traces that takes whatever it is sent, so that sending them costs a proxy what it would elsewhere.

use std::io::{BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

use anyhow::Result;

/// What it says to everything: an empty answer in protobuf.
const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";

/// Starts one for as long as the process lives; where it listens.
pub(super) fn start() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who sends no more closes the connection.
            thread::spawn(move || take(&stream).ok());
        }
    });
    Ok(address)
}

fn take(mut stream: &TcpStream) -> Result<()> {
    let mut bytes = BufReader::new(stream).bytes();
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Some(byte) = bytes.next() else { return Ok(()) };
            head.push(byte?);
        }
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        for byte in bytes.by_ref().take(length.unwrap_or(0)) {
            byte?;
        }
        stream.write_all(TAKEN)?;
    }
}
