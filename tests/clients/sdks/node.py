"""The clients of Node: one process that holds every talk it is handed, a line of JSON each."""

import dataclasses
import json
import os
import pathlib
import subprocess

from sdks.talk import Heard

DRIVER = pathlib.Path(__file__).with_name("driver.mjs")


class Driver:
    def __init__(self):
        # Nothing of the caller's environment may change what a client does.
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
        self._process = subprocess.Popen(
            ["node", DRIVER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def talk(self, sdk, url, model, talk):
        line = json.dumps({"sdk": sdk, "url": url, "model": model, "talk": dataclasses.asdict(talk)})
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert "thrown" not in told, told.get("thrown")
        told["calls"] = [[tuple(call) for call in turn] for turn in told["calls"]]
        return Heard(**told)
