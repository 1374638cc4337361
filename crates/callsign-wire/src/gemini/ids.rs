//! Names for calls that have none: results refer to a call by its name and place here, and by an `id` elsewhere.

/// Makes up ids: the same ones for the same conversation, or the same answer, each time that it is read.
#[derive(Debug, Default)]
pub(super) struct Ids {
    answer: Option<String>,
    made: u32,
}

const MARK: &str = "callsign_call_";

// === impl Ids ===

impl Ids {
    /// Ids for the calls of an answer, which must differ from those of every other answer in a conversation.
    pub(super) fn of_answer(response_id: Option<&str>) -> Self {
        Self { answer: Some(response_id.unwrap_or_default().to_owned()), made: 0 }
    }

    /// An id for the next call. Where an answer has no name, what is called has to tell answers apart.
    pub(super) fn next(&mut self, name: &str, arguments: &str) -> String {
        let number = self.made;
        self.made += 1;
        match self.answer.as_deref() {
            None => format!("{MARK}{number}"),
            Some("") => format!("{MARK}{:016x}_{number}", hash([name, arguments])),
            Some(answer) => format!("{MARK}{:016x}_{number}", hash([answer, ""])),
        }
    }
}

/// Whether an id was made up here, so that whoever made the call does not know it.
pub(super) fn is_made_up(id: &str) -> bool {
    id.starts_with(MARK)
}

/// FNV-1a. <https://datatracker.ietf.org/doc/html/rfc9923>
fn hash(texts: [&str; 2]) -> u64 {
    let bytes = texts.into_iter().flat_map(|text| text.bytes().chain([0xFF]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
