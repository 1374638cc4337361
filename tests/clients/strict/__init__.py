"""Providers that answer as scripted and refuse whatever the real ones would refuse.

One module for each dialect: what a request must look like, what it says (`Gist`), and how an `Answer` looks on the wire.
"""
