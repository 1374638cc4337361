"""The clients of Node: one process that holds every talk and does every act it is handed, a line of JSON each."""

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
        told = self._hand({"sdk": sdk, "url": url, "model": model, "talk": dataclasses.asdict(talk)})
        told["calls"] = [[tuple(call) for call in turn] for turn in told["calls"]]
        return Heard(**told)

    def act(self, url, what, argument):
        """What came of it: `{"told": …}` or `{"failed": …}`, as `stored_responses.act` has it."""
        return self._hand({"url": url, "what": what, "argument": argument})

    def _hand(self, wanted):
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert "thrown" not in told, told.get("thrown")
        return told
