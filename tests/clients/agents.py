"""Coding agents as child processes in a folder of their own, cut off from the network and from the caller's environment."""

import base64
import json
import os
import pathlib
import subprocess

from sdks.talk import PIXELS

MODULES = pathlib.Path(__file__).parent / "node_modules"


def binary(pattern):
    """The agent's program, which its package for this platform brings."""
    found = sorted(MODULES.glob(pattern))
    assert found, f"nothing in {MODULES} matches {pattern}; run `scripts/node-env.sh tests/clients`"
    return found[0]


class Workplace:
    """A folder to work in, with a file and a picture, and a home."""

    def __init__(self, folder):
        self.folder, self.home = folder / "work", folder / "home"
        for each in (self.folder, self.home):
            each.mkdir()
        self.write("hello.txt", b"hello there\n")
        self.write("red.png", base64.b64decode(PIXELS))

    def path(self, name):
        return str(self.folder / name)

    def write(self, name, content):
        (self.folder / name).write_bytes(content)

    def read(self, name):
        return (self.folder / name).read_text()

    def run(self, command, variables):
        """Runs `command` here and gives what it wrote; a proxy that refuses everything keeps it on this machine."""
        nowhere = {name: "http://127.0.0.1:9" for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
        here = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PATH": os.environ["PATH"], "HOME": str(self.home)}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**nowhere, **here, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout


def lines(output):
    """The JSON lines of `output`."""
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]
