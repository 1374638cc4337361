//! Any body as a request of any operation: what it asks for can be told, and once it is lowered it asks for no more.

#![no_main]

use callsign_wire::demand;
use callsign_wire::dialect::Operation;
use callsign_wire::used;
use libfuzzer_sys::fuzz_target;

const OPERATIONS: [Operation; 6] = [
    Operation::ChatCompletions,
    Operation::Completions,
    Operation::Responses,
    Operation::Messages,
    Operation::GenerateContent,
    Operation::Converse,
];

fuzz_target!(|input: &[u8]| {
    let Some((&first, body)) = input.split_first() else { return };
    let operation = OPERATIONS[usize::from(first) % OPERATIONS.len()];
    let _texts = demand::texts(operation, body);
    let _usage = (used::whole(operation, body), used::stream(operation, body, body));
    if demand::read(operation, body).is_none() {
        return;
    }
    let limit = u64::from(first) + 1;
    let Ok(lowered) = demand::lower(operation, body, limit, "max_tokens") else { return };
    let demand = demand::read(operation, &lowered).expect("still a request");
    assert!(demand.limit.is_some_and(|asked| asked <= limit), "{}", String::from_utf8_lossy(&lowered));
});
