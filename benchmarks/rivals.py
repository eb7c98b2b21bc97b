"""Whylight next to Label Studio and Potato, in the same browser on the same machine: how long does a person wait?

    python benchmarks/rivals.py DATA --install FOLDER       installs both into environments of their own (1.5 GB), once
    python benchmarks/rivals.py DATA --programs FOLDER --json

DATA is the folder that `learner reproduce` takes; the sentences are LitBank's: `--sentences` of 18 to 22 words, and
half as many texts of 200. The tools take turns, sentence by sentence: three marks, a label, submit. Milliseconds run
from the gesture's own timestamp to the first frame that shows its effect; of a double-click or a drag only what follows
the last release is counted. Whylight shows the next sentence before the answer is stored and says when it is, the
others show it afterwards, so "saved" is a figure of its own. The memory is that of the server and all its processes,
shared pages by share.

Everything happens on this machine; the browser finds no other host. The figures mean nothing on a machine that does
other work at the same time.
"""

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from live_pages import chromium, free_port
from playwright.sync_api import Browser, Page
from rich.console import Console
from rich.table import Table
from rival_tools import clock
from rival_tools.label_studio import LabelStudio
from rival_tools.potato import Potato
from rival_tools.tool import Tool, words_to_mark
from rival_tools.whylight import Whylight

TOOLS: dict[str, tuple[type[Tool], str]] = {
    "whylight": (Whylight, ""),
    "label-studio": (LabelStudio, "label-studio"),
    "potato": (Potato, "potato-annotation"),
}
PROGRAMS = {"label-studio": "label-studio", "potato": "potato"}
NO_OTHER_HOST = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
MARKS = 3
SPARE = 5
LONG = 200
SETTLED_S = 3
Figures = dict[str, list[float]]


def main() -> None:
    """Measure, and print the table."""
    options = _parser().parse_args()
    if options.install:
        _install(options.install)
    programs = options.install or options.programs
    texts = {"20 words": short_texts(options.data, options.sentences + SPARE)}
    texts[f"{LONG} words"] = long_texts(options.data, options.sentences // 2 + SPARE)
    figures: dict[str, Figures] = {name: defaultdict(list) for name in options.tools}
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium(NO_OTHER_HOST) as browser,
    ):
        for length, given in texts.items():
            with_tools = {name: _made(name, programs, Path(folder) / f"{name}-{len(given)}") for name in options.tools}
            _take_turns(browser, with_tools, given, length, figures)
    _print(figures)
    if options.json:
        print(json.dumps(_facts(options, programs) | {name: _summary(of) for name, of in figures.items()}))


def short_texts(data: Path, count: int) -> list[str]:
    """Return sentences of 18 to 22 words, with spaces between all of them."""
    fitting = (tokens for tokens in _litbank(data) if 18 <= len(tokens) <= 22 and len(set(tokens)) >= 12)
    return [" ".join(tokens) for tokens, _ in zip(fitting, range(count), strict=False)]


def long_texts(data: Path, count: int) -> list[str]:
    """Return texts of 200 words, of neighbouring sentences."""
    found: list[str] = []
    words: list[str] = []
    for tokens in _litbank(data):
        words += tokens
        if len(words) >= LONG:
            found.append(" ".join(words[:LONG]))
            words = []
        if len(found) == count:
            break
    return found


def _litbank(data: Path) -> Iterator[list[str]]:
    with gzip.open(data / "litbank" / "litbank.jsonl.gz", "rt") as lines:
        for line in lines:
            yield json.loads(line)["tokens"]


def _take_turns(
    browser: Browser, tools: dict[str, Tool], texts: Sequence[str], length: str, figures: dict[str, Figures]
) -> None:
    pages: dict[str, Page] = {}
    count = len(texts) - SPARE
    try:
        for name, tool in tools.items():
            tool.prepare(texts)
            figures[name]["server answers, s"].append(tool.start())
            pages[name] = tool.new_page(browser)
            began = time.monotonic()
            tool.sign_in(pages[name], "Anna")
            figures[name]["first sentence, s"].append(time.monotonic() - began)
        time.sleep(SETTLED_S)
        for name, tool in tools.items():
            figures[name]["memory with one page, MB"].append(tool.memory_mb())
        for _ in range(count):
            for name, tool in tools.items():
                pages[name].bring_to_front()
                _answer(tool, pages[name], length, figures[name])
        for name, tool in tools.items():
            figures[name][f"memory after {count} answers, MB"].append(tool.memory_mb())
            stored = tool.stored()
            whole = sum(len(marks) == MARKS for marks in stored.values())
            assert whole >= len(texts) - 5, (
                f"{name} has stored {whole} of {len(texts) - 5} answers with all their marks"
            )
    finally:
        for tool in tools.values():
            tool.kill()


def _answer(tool: Tool, page: Page, length: str, figures: Figures) -> None:
    for word in words_to_mark(tool.text_of(page), MARKS):
        clock.expect_change(page, "mark", tool.show(page, tool.marks))
        tool.mark(page, word)
        figures[f"{length}, gesture to mark"].append(clock.took(page, "mark"))
    tool.choose_label(page)
    _submit(tool, page, length, figures)
    if tool.saved_is_next:
        page.wait_for_load_state("networkidle")


def _submit(tool: Tool, page: Page, length: str, figures: Figures) -> None:
    clock.expect_change(page, "next", tool.text_of(page))
    if not tool.saved_is_next:
        clock.expect_change(page, "saved")
    tool.submit(page)
    figures[f"{length}, submit to next"].append(clock.took(page, "next"))
    saved = figures[f"{length}, submit to next"][-1] if tool.saved_is_next else clock.took(page, "saved")
    figures[f"{length}, submit to saved"].append(saved)


def _made(name: str, programs: Path, folder: Path) -> Tool:
    kind, _ = TOOLS[name]
    return kind(programs / name / "bin" / PROGRAMS.get(name, name), folder, free_port())


def _install(folder: Path) -> None:
    for name, (_, package) in TOOLS.items():
        if package and not (folder / name).exists():
            subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
            subprocess.run([folder / name / "bin" / "pip", "install", "--quiet", package], check=True)


def _summary(of: Figures) -> dict[str, float]:
    found = {}
    for name, values in of.items():
        found[f"{name}, p50" if len(values) > 5 else name] = round(statistics.median(values), 1)
        if len(values) > 5:
            found[f"{name}, p95"] = round(statistics.quantiles(values, n=20)[-1], 1)
    return found


def _facts(options: argparse.Namespace, programs: Path) -> dict[str, object]:
    versions = {"whylight": metadata.version("whylight")}
    for name, (_, package) in TOOLS.items():
        if package and name in options.tools:
            ask = f"from importlib.metadata import version; print(version({package!r}), end='')"
            asked = [programs / name / "bin" / "python", "-c", ask]
            versions[name] = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    return {
        "machine": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "sentences": options.sentences,
        "versions": versions,
    }


def _print(figures: dict[str, Figures]) -> None:
    summaries = {name: _summary(of) for name, of in figures.items()}
    table = Table("", *(TOOLS[name][0].name for name in figures))
    for row in dict.fromkeys(row for of in summaries.values() for row in of):
        table.add_row(row, *(f"{of[row]:g}" if row in of else "" for of in summaries.values()))
    Console().print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--install", type=Path, metavar="FOLDER", help="install the others there first")
    where.add_argument("--programs", type=Path, metavar="FOLDER", help="where they were installed")
    parser.add_argument("--tools", nargs="+", choices=list(TOOLS), default=list(TOOLS))
    parser.add_argument("--sentences", type=int, default=60)
    parser.add_argument("--json", action="store_true", help="print one object as the last line")
    return parser


if __name__ == "__main__":
    main()
