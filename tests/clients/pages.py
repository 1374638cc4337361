"""The configurations that the pages of `docs/clients` show, so that the tests run what a reader copies."""

import re

import yaml

from gateway import ROOT

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
GATEWAY = "http://127.0.0.1:12000"


def block(page, language):
    """The only block in `language` on `page`."""
    text = (ROOT / "docs" / "clients" / f"{page}.md").read_text()
    (found,) = [body for kind, body in BLOCK.findall(text) if kind == language]
    return found


def exports(page, url):
    """The variables that the page's shell block sets, with the gateway at `url`."""
    pairs = [line.removeprefix("export ").split("=", 1) for line in block(page, "bash").splitlines() if "export" in line]
    assert pairs, f"{page} sets no variables"
    return {name: value.replace(GATEWAY, url) for name, value in pairs}


def config(page, entry, target):
    """The page's configuration, with `entry` for its provider's and `target` for its model."""
    document = yaml.safe_load(block(page, "yaml"))
    (provider,) = document["model_providers"]
    named = provider["model"].split("/", 1)[1]
    document["model_providers"] = [yaml.safe_load("{" + entry + ", access_key: provider-key}")]
    for alias in document["model_aliases"].values():
        alias["target"] = target if alias["target"] == named else alias["target"]
    return yaml.safe_dump(document)


def own_config(page, url):
    """The page's configuration as it stands, but for its provider's address."""
    document = yaml.safe_load(block(page, "yaml"))
    for provider in document["model_providers"]:
        provider["base_url"] = url
    return yaml.safe_dump(document)
