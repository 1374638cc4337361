"""What every test of a client starts from."""

import socket

import anthropic
import openai
import pytest

from gateway import Upstream, running

DEMO = """
model_providers:
  - {model: demo/chatty, default: true}
  - {model: demo/limited, simulate: {fault: 429}}
  - {model: demo/broken, simulate: {fault: 500}}
  - {model: demo/denied, simulate: {fault: 401}}
  - {model: demo/cutting, simulate: {fault: cut}}
model_aliases:
  fast-model: {target: chatty, description: for quick answers}
  arch.summarize.v1: {target: fast-model}
  limited: {target: demo/limited}
  broken: {target: demo/broken}
  denied: {target: demo/denied}
  cutting: {target: demo/cutting}
"""

SCRIPTED = """
model_providers:
  - {{model: openai/gpt-4o-mini, access_key: k, base_url: "{url}"}}
  - {{model: anthropic/claude-3-haiku, access_key: k, base_url: "{url}"}}
model_aliases:
  fast: {{target: gpt-4o-mini}}
  creative: {{target: claude-3-haiku}}
  fast-and-impatient: {{target: gpt-4o-mini, timeouts: {{total: 300ms}}}}
  creative-and-impatient: {{target: claude-3-haiku, timeouts: {{total: 300ms}}}}
"""


@pytest.fixture(scope="session")
def demo():
    """The URL of a gateway in front of the simulated provider."""
    with running(DEMO) as url:
        yield url


@pytest.fixture(scope="session")
def dead_end():
    """The URL of a gateway whose provider's port is closed."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with running(SCRIPTED.format(url="http://127.0.0.1:%d" % taken.getsockname()[1])) as url:
            yield url


@pytest.fixture
def upstream():
    upstream = Upstream()
    yield upstream
    upstream.close()


@pytest.fixture
def scripted(upstream):
    """The URL of a gateway in front of `upstream`."""
    with running("listeners: [{port: 0, limits: {body: 64KiB}}]\n" + SCRIPTED.format(url=upstream.url)) as url:
        yield url


OPEN = []


@pytest.fixture(autouse=True)
def close_clients():
    """Closes the clients that a test opened."""
    yield
    while OPEN:
        OPEN.pop().close()


def openai_client(url, **options):
    OPEN.append(openai.OpenAI(base_url=url, api_key="client-key", max_retries=0, timeout=20, **options))
    return OPEN[-1]


def anthropic_client(url, **options):
    OPEN.append(anthropic.Anthropic(base_url=url, api_key="client-key", max_retries=0, timeout=20, **options))
    return OPEN[-1]
