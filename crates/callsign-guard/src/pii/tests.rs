//! What is found, what is not, and that streams may rely on `settled`.
