//! Whose a response is. The credential itself is never kept.

use sha2::{Digest, Sha256};

/// A fingerprint of the credential that a response was asked for with; who has another one never sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner([u8; 32]);

// === impl Owner ===

impl Owner {
    /// Everyone who shows no credential, together.
    pub const ANYONE: Self = Self([0; 32]);

    /// The owner who shows this credential.
    pub fn of(credential: &[u8]) -> Self {
        // A prefix of our own, so that the fingerprint is of no use where plain hashes of keys are compared.
        let mut hash = Sha256::new_with_prefix(b"callsign state owner\n");
        hash.update(credential);
        Self(hash.finalize().into())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Owner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [first, second, ..] = self.0;
        write!(formatter, "Owner({first:02x}{second:02x}…)")
    }
}
