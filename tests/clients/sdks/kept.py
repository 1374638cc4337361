"""Clients that are made once for each URL: reading the system's certificates takes longer than a whole talk."""

import functools

_open = []


def kept(make):
    """`make`, whose clients are kept until `close`."""

    @functools.cache
    def made(url):
        client = make(url)
        _open.append(client)
        return client

    return made


def close():
    """Closes every client that was kept."""
    while _open:
        _open.pop().close()
