//! Callsign.
fn main() {}
