"""The client examples of the documentation run as written; only the gateway's address is put in."""

import json
import os
import subprocess
import sys

import pytest

from gateway import ROOT, binary, running

WRITTEN = "http://127.0.0.1:12000"
CONFIG = (ROOT / "tests" / "seed" / "basic.yaml").read_text()
COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}],
}


@pytest.fixture
def gateway(upstream):
    upstream.json(COMPLETION)
    # The providers' own addresses cannot be reached from a test, so the entries point at the upstream.
    config = CONFIG.replace("access_key: $OPENAI_API_KEY", f"access_key: $OPENAI_API_KEY\n    base_url: {upstream.url}")
    with running(config, OPENAI_API_KEY="sk-upstream", ANTHROPIC_API_KEY="sk-ant-upstream") as url:
        yield url


def example(name, url):
    text = (ROOT / "tests" / "seed" / name).read_text()
    assert text.count(WRITTEN) == 1
    return text.replace(WRITTEN, url)


def models(upstream):
    return [json.loads(request["body"])["model"] for request in upstream.requests]


def test_python_example(gateway, upstream):
    environment = {**os.environ, "OPENAI_API_KEY": "client-key"}
    command = [sys.executable, "-c", example("client.py", gateway)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert models(upstream) == ["gpt-4o-mini", "gpt-4o"]
    assert [request["path"] for request in upstream.requests] == ["/v1/chat/completions"] * 2
    assert {request["headers"]["authorization"] for request in upstream.requests} == {"Bearer sk-upstream"}


def test_curl_example(gateway, upstream):
    command = ["sh", "-c", example("client.sh", gateway)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == COMPLETION
    assert models(upstream) == ["gpt-4o-mini"]


def test_examples_run_on_what_init_writes_without_any_key():
    # The quick start: OLLAMA_HOST leads nowhere, so that a server on this machine does not change the outcome.
    environment = {"OLLAMA_HOST": "127.0.0.1:1"}
    done = subprocess.run([binary(), "init", "--stdout"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with running(done.stdout) as url:
        client = {**os.environ, "OPENAI_API_KEY": "any"}
        for command in [[sys.executable, "-c", example("client.py", url)], ["sh", "-c", example("client.sh", url)]]:
            done = subprocess.run(command, env=client, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["choices"][0]["message"]["content"]


@pytest.mark.parametrize("name", ["basic.yaml", "client.py", "client.sh"])
def test_front_page_shows_the_same(name):
    text = (ROOT / "tests" / "seed" / name).read_text().strip()
    assert text in (ROOT / "README.md").read_text()
