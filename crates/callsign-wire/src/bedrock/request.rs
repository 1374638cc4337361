//! Requests of this dialect, read into the hub and written from it.

mod betas;
mod decode;
mod encode;
mod hints;
mod notes;
mod novas;
mod outline;
mod settings;
mod toolbox;

pub(crate) use decode::decode;
pub(crate) use encode::{encode, encode_count};
