//! Requests of this dialect, read into the hub and written from it.

mod decode;
mod encode;
pub(crate) mod field;
mod hints;
mod outline;
pub(crate) mod schema;
mod settings;
mod toolbox;

pub(crate) use decode::decode;
pub(crate) use encode::{encode, encode_count};
