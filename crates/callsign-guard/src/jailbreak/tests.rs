//! What the detector is held to.
