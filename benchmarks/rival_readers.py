"""Do the tools themselves read what we export for them? Each reads it with its own code, in an environment of its own.

    python benchmarks/rival_readers.py --install FOLDER     installs the readers (1.6 GB, minutes), once, and checks
    python benchmarks/rival_readers.py --readers FOLDER     checks

A project of `--sentences` is made with the command line: texts with emoji, right-to-left words, double spaces and line
breaks, answered by two people, and a model's predictions of them. Each format of `whylight export --examples` is read
by its tool (`rival_reading/`), and ids, texts, labels and marked words are compared with the export as JSON lines. The
last line is the table of benchmarks/results/rival_readers.md. Prodigy is not free, and ERASER, HateXplain and brat are
no packages: our own readers read those formats in `tests/annotator/exporting/test_other_tools.py`.
"""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from learner.data.tokenizer import cut

HERE = Path(__file__).resolve().parent
WORDS = (
    "The",
    "ferry",
    "sank",
    "😀",
    "👩‍👩‍👧",
    "don't",
    "U.S.",
    "עברית",
    "المعبارة",
    "世界",
    "café",
    "#",
    "crew",
    "fled",
    ".",
)
SPLITS = ("train", "train", "dev", "test")
QUICK = ("--model", "cnn", "--encoder", "static", "--vectors", "random", "--steps", "20", "--no-twin")
GAPS = (" ", " ", " ", "  ", "\n", ", ")
ENVIRONMENTS = {
    "readers": ("label-studio-sdk", "spacy", "datasets", "conllu"),
    # doccano's own pins are too wide for what came since.
    "doccano": ("doccano", "setuptools<81", "marshmallow<4", "numpy<2"),
}
TEXT = ("text", "label", "spans")


@dataclass(frozen=True)
class Reading:
    """A format, as exported, and the program that reads it."""

    format: str
    file: str
    script: str
    package: str
    environment: str = "readers"
    compared: tuple[str, ...] = ("id", *TEXT)
    but_for: str | None = None
    """A token whose line this reader takes for a comment; sentences with it are left out."""


READINGS = (
    Reading("label-studio", "label-studio", "from_label_studio.py", "label-studio-sdk", compared=TEXT),
    Reading("doccano", "doccano.jsonl", "from_doccano.py", "doccano", environment="doccano"),
    Reading("spacy", "spacy", "from_spacy.py", "spacy"),
    Reading(
        "conll", "examples.conll", "from_conllu.py", "conllu", compared=("id", "label", "tokens", "words"), but_for="#"
    ),
    Reading("conll", "examples.conll", "from_spacy.py", "spacy", compared=("tokens", "words")),
    Reading("parquet", "examples.parquet", "from_datasets.py", "datasets"),
    Reading("huggingface", "huggingface", "from_datasets.py", "datasets"),
)


def main() -> None:
    """Export, read everything, and print the table."""
    options = _parser().parse_args()
    if options.install:
        _install(options.install)
    programs = options.install or options.readers
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        exports = _exported(Path(folder), options.sentences, programs)
        expected = [_expected(json.loads(line)) for line in (exports / "examples.jsonl").open()]
        assert len(expected) == options.sentences, len(expected)
        found = [_read(reading, exports, programs, expected) for reading in READINGS]
    print(f"Read by the tools themselves: {len(found)} readings, {time.monotonic() - began:.0f} s.", file=sys.stderr)
    print(_table(found, options.sentences))
    if options.json:
        print(json.dumps({f"{row['format']}, {row['reader']}": row["same"] for row in found}))
    sys.exit(any(row["same"] < row["of"] for row in found))


def _exported(folder: Path, count: int, programs: Path) -> Path:
    """Make a project with the command line, train a round, and export the examples in every format."""
    project, exports = folder / "p.db", folder / "exports"
    exports.mkdir()
    (folder / "in.jsonl").write_text("".join(json.dumps(_sentence(number)) + "\n" for number in range(count)))
    _whylight("init", project, "--label", "fine", "--label", "complaint", "--no-rationale", "fine", "--overlap", "2")
    _whylight("import", project, folder / "in.jsonl")
    _whylight("round", "start", project, "--wait", *QUICK)
    for format, name in ({"jsonl": "examples.jsonl"} | {each.format: each.file for each in READINGS}).items():
        python = programs / "readers" / "bin" / "python" if format == "spacy" else Path(sys.executable)
        _whylight("export", project, exports / name, "--examples", "--format", format, python=python)
    return exports


def _sentence(number: int) -> dict[str, Any]:
    draw = random.Random(number)
    words = [draw.choice(WORDS) for _ in range(draw.randint(4, 12))] + ["sank"]
    text = "".join(word + draw.choice(GAPS) for word in words).strip()
    label = draw.choice(("fine", "complaint", "complaint"))
    marks = "".join(draw.choice("+..") for _ in cut(text)[0]) if label == "complaint" else None
    answers = [{"person": person, "label": label, "marks": marks, "seconds": 4.5} for person in ("ada", "bob")]
    return {"id": f"s{number}", "text": text, "split": draw.choice(SPLITS), "annotations": answers}


def _whylight(*arguments: object, python: Path = Path(sys.executable)) -> None:
    paths = [str(HERE.parent), *sys.path] if python != Path(sys.executable) else []
    env = os.environ | ({"PYTHONPATH": os.pathsep.join(paths)} if paths else {})
    subprocess.run([python, "-m", "annotator", *map(str, arguments)], check=True, stdout=sys.stderr, env=env)


def _expected(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a reader should find of a row of the export as JSON lines."""
    spans = [[span["start"], span["end"]] for span in row["spans"] if span["mark"] == "+"]
    marked: list[list[str]] = []
    for token, mark, before in zip(row["tokens"], row["marks"] or "", "." + (row["marks"] or ""), strict=False):
        if mark == "+" and before == "+":
            marked[-1].append(token)
        elif mark == "+":
            marked.append([token])
    return {name: row[name] for name in ("id", "text", "label", "tokens")} | {"spans": spans, "words": marked}


def _read(reading: Reading, exports: Path, programs: Path, expected: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    python = programs / reading.environment / "bin" / "python"
    script = HERE / "rival_reading" / reading.script
    done = subprocess.run([python, script, exports / reading.file], check=True, stdout=subprocess.PIPE, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    read = {_key(row, reading.compared) for row in found}
    wanted = [row for row in expected if reading.but_for not in row["tokens"]]
    same = sum(_key(row, reading.compared) in read for row in wanted)
    assert len(read) <= len(expected), f"{reading.package} read more than was written"
    version = f"from importlib.metadata import version; print(version({reading.package!r}), end='')"
    asked = subprocess.run([python, "-c", version], check=True, capture_output=True, text=True).stdout
    return {
        "format": reading.format,
        "reader": f"{reading.package} {asked}",
        "compared": ", ".join(reading.compared),
        "same": same,
        "of": len(wanted),
        "but_for": reading.but_for,
    }


def _key(row: Mapping[str, Any], compared: Sequence[str]) -> str:
    return json.dumps([row[name] for name in compared])


def _table(found: Sequence[Mapping[str, Any]], count: int) -> str:
    today = date.today().isoformat()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        f"`python benchmarks/rival_readers.py --sentences {count}`, {machine}, seeds 0 to {count - 1}, {today}:",
        "",
        "| format | read by | compared | the same |",
        "| --- | --- | --- | --- |",
    ]
    for row in found:
        but = f", without sentences with the token {row['but_for']}" if row["but_for"] else ""
        lines.append(f"| `{row['format']}` | {row['reader']} | {row['compared']} | {row['same']} of {row['of']}{but} |")
    return "\n".join(lines)


def _install(folder: Path) -> None:
    for name, packages in ENVIRONMENTS.items():
        if not (folder / name).exists():
            subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
            subprocess.run([folder / name / "bin" / "pip", "install", "--quiet", *packages], check=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--install", type=Path, metavar="FOLDER", help="install the readers into this folder first")
    where.add_argument("--readers", type=Path, metavar="FOLDER", help="the folder that --install filled")
    parser.add_argument("--sentences", type=int, default=200, help="200 by default")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    return parser


if __name__ == "__main__":
    main()
