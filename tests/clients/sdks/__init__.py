"""The clients: each holds the same `Talk` in its own way and tells what it understood."""
