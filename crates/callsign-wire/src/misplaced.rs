//! Bodies that came to another dialect's path: some clients send Responses bodies to chat completions.
