"""The admin listener keeps what its description promises, whatever it is asked."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import urllib.request

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import checks

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTENING = re.compile(r"listening on (http://\S+) \((\w+)\)")

CONFIG = """
listeners: [{name: main, port: 0}]
admin: {port: 0}
model_providers:
  - {model: demo/chatty}
  - {model: demo/limited, simulate: {fault: 429}}
model_aliases:
  talk: {target: chatty}
  safe: {target: limited, fallbacks: [{target: chatty}], guardrails: {content_filters: [{type: pii}]}}
history: {path: '%s/history.db'}
"""


def binary():
    path = pathlib.Path(os.environ.get("CALLSIGN_BINARY") or ROOT / "target" / "debug" / "callsign")
    assert path.is_file(), f"{path} is missing; run `cargo build` or set CALLSIGN_BINARY"
    return path


@contextlib.contextmanager
def running():
    """A gateway that has answered a little; gives the URLs of its listeners by name."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "callsign.yaml"
        file.write_text(CONFIG % folder)
        process = subprocess.Popen([binary(), "serve", file], env={}, stderr=subprocess.PIPE, text=True)
        try:
            urls = {}
            for line in process.stderr:
                if found := LISTENING.search(line):
                    urls[found.group(2)] = found.group(1)
                if len(urls) == 2:
                    break
            threading.Thread(target=process.stderr.read, daemon=True).start()
            for model in ["talk", "safe"]:
                body = json.dumps({"model": model, "messages": [{"role": "user", "content": "Hi"}]}).encode()
                request = urllib.request.Request(urls["main"] + "/v1/chat/completions", body)
                request.add_header("content-type", "application/json")
                urllib.request.urlopen(request).read()
            yield urls
        finally:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def described():
    with running() as urls:
        yield schemathesis.openapi.from_url(urls["admin"] + "/api/v1/openapi.json")


CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=strategies.data())
def holds(operation, data):
    """Whatever is asked of it, what it answers is as described."""
    case = data.draw(operation.as_strategy())
    case.call_and_validate(checks=checks.CHECKS.get_by_names(CHECKS), timeout=10)


def test_answers_are_as_described(described):
    checks.load_all_checks()
    # A stream has no end, a drain is one, and what the playground answers is a model's business.
    schema = described.exclude(path=["/api/v1/live", "/api/v1/drain"]).exclude(path_regex="playground")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 12
    for operation in operations:
        holds(operation)
