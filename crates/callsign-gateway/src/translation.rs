//! A target that speaks another dialect: the request as it gets it, and its answer as the client gets it.
//!
//! The answer is translated where it comes in, so that everything behind (what opens it, what ends it, what takes
//! it up) meets the client's dialect only.

mod headers;
mod listed;
mod request;
mod told;
mod translated;
mod vectors;

pub(crate) use headers::{rename as rename_headers, translate as translate_headers};
pub(crate) use request::{Words, misread, terms, voice};
pub(crate) use translated::{Pair, Translated};
pub(crate) use vectors::Vectors;
