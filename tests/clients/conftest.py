"""The strict providers, a gateway in front of each, and the clients."""

import contextlib
import dataclasses

import pytest

from gateway import running
from sdks import kept
from sdks.node import Driver
from sdks.registry import NODE, PYTHON
from strict import anthropic, bedrock, gemini, openai_chat, openai_responses
from strict.server import Provider

DIALECTS = {each.NAME: each for each in (openai_chat, openai_responses, anthropic, gemini, bedrock)}
# `together_ai` speaks Chat Completions only, `chatgpt` Responses only and `vertex_ai` Gemini's dialect only, so the target's
# dialect is sure.
ENTRIES = {
    "openai_chat": "model: together_ai/{model}, base_url: {url}/v1",
    "openai_responses": "model: chatgpt/{model}, base_url: {url}/v1",
    "anthropic": "model: anthropic/{model}, base_url: {url}",
    "gemini": "model: vertex_ai/{model}, project: some-project, location: global, base_url: {url}",
    "bedrock": "model: amazon_bedrock/{model}, region: eu-north-1, base_url: {url}",
}
CONFIG = """
model_providers:
  - {{{entry}, access_key: provider-key}}
model_aliases:
  any-model: {{target: {model}}}
"""
ALIAS = "any-model"


class Targets:
    """A provider of each dialect, and a gateway in front of it, both started when first asked for."""

    def __init__(self):
        self._stack = contextlib.ExitStack()
        self._providers, self._gateways = {}, {}

    def provider(self, dialect):
        if dialect not in self._providers:
            self._providers[dialect] = Provider(DIALECTS[dialect])
            self._stack.callback(self._providers[dialect].close)
        return self._providers[dialect]

    def gateway(self, dialect):
        if dialect not in self._gateways:
            url, model = self.provider(dialect).url, DIALECTS[dialect].MODEL
            entry = ENTRIES[dialect].format(model=f'"{model}"'.strip('"'), url=url)
            config = CONFIG.format(entry=entry, model=model)
            self._gateways[dialect] = self._stack.enter_context(running(config))
        return self._gateways[dialect]

    def close(self):
        self._stack.close()


@dataclasses.dataclass(frozen=True)
class Line:
    """A client and what it is connected to; `play` the script, then `hold` a talk."""

    client: object
    dialect: str
    provider: Provider
    url: str
    model: str
    driver: Driver | None

    def play(self, *turns, grain=None):
        self.provider.play(*turns, grain=grain)

    def hold(self, talk):
        """What the client heard; fails if the provider had anything to complain of."""
        heard = self.attempt(talk)
        self.provider.finish()
        assert heard.error is None, heard.error
        return heard

    def attempt(self, talk):
        """What the client heard, be it an error."""
        if self.client.hold:
            return self.client.hold(self.url, self.model, talk)
        return self.driver.talk(self.client.name, self.url, self.model, talk)


@pytest.fixture(scope="session")
def targets():
    targets = Targets()
    yield targets
    kept.close()
    targets.close()


@pytest.fixture(scope="session")
def driver():
    driver = Driver()
    yield driver
    driver.close()


def _routes():
    for where, clients in (("python", PYTHON), ("node", NODE)):
        for client in clients:
            yield pytest.param((client, client.dialect, "direct"), id=f"{where}-{client.name}-direct")
            for dialect in DIALECTS:
                yield pytest.param((client, dialect, "gateway"), id=f"{where}-{client.name}-to-{dialect}")


@pytest.fixture(params=_routes())
def line(request, targets):
    client, dialect, way = request.param
    provider = targets.provider(dialect)
    direct = way == "direct"
    url = provider.url if direct else targets.gateway(dialect)
    model = DIALECTS[dialect].MODEL if direct else ALIAS
    driver = None if client.hold else request.getfixturevalue("driver")
    yield Line(client, dialect, provider, url, model, driver)
    provider.play()
