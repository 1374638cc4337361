//! Clients of one dialect and targets of another, through the real binary.

mod translate {
    mod bad_input;
    mod counts;
    mod embeddings;
    mod faults;
    mod headers;
    mod losses;
    mod matrix;
    mod tongue;
}
