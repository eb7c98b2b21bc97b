"""Every fenced block of the documents is run, read as what it is, or says why not."""

import csv
import fcntl
import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from documented_project import PROJECT, QUICK_ROUND, cancel_rounds, facts, make_folder, whylight
from documents import ROOT, Block, blocks_of, pages, sources, written_in
from language_models import fake_model, suggests

from annotator.cli import main
from learner.__main__ import main as learner

SHOWN = {"text", "json", "csv", "toml", "nginx", "ini", "dockerfile"}
"""Languages that are only read; tests/test_deploy.py compares the last three with the files in `deploy/`."""
FROM_SCRATCH = {"README.md"}
"""Pages that make the project themselves; elsewhere `whylight init` makes another one."""
BEFORE_ROUNDS = {"docs/guide/queue.md", "docs/guide/importing.md"}
"""Pages about a project that has no round yet."""
NEEDS = {"docs/from/spacy.md": "spacy"}
"""Pages about a package that an extra brings; CI installs it after the other tests, and runs the page then."""
STAND_INS = {"ID": "news-17", "OTHER_ID": "news-18"}
"""What the folder has where a page shows a placeholder."""
MORE = {
    ("round", "start"): (*QUICK_ROUND, "--no-twin"),
    ("python", "-m", "learner", "train"): ("--encoder", "static", "--steps", "2"),
}
"""What makes a command quick."""
LESS = {("round", "seeds"): (["--more", "4"], ["--more", "1", "--no-twin"])}


def _name(document: Path) -> str:
    return str(document.relative_to(ROOT))


WITH_BLOCKS = [page for page in pages() if any(block.not_run is None for block in blocks_of(page))]


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder as `make_folder` makes it, made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = shared / "documented"
    with (shared / "documented.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half = tmp_path_factory.mktemp("half")
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(half)
                make_folder(half)
            half.rename(folder)
    return folder


@pytest.fixture
def folder(made_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of that folder, in which a page's blocks run; a round that a block leaves at work is cancelled."""
    ours = tmp_path / "folder"
    shutil.copytree(made_folder, ours)
    monkeypatch.chdir(ours)
    yield ours
    cancel_rounds(ours / PROJECT)


@pytest.mark.slow
@pytest.mark.parametrize("document", WITH_BLOCKS, ids=_name)
def test_all_blocks_of_a_page_run_in_their_order(document: Path, folder: Path) -> None:
    if (package := NEEDS.get(_name(document))) is not None:
        pytest.importorskip(package, reason=f"the extra {package} is not installed")
    blocks = [block for block in blocks_of(document) if block.not_run is None]
    if _name(document) in FROM_SCRATCH:
        Path(PROJECT).unlink()
        shutil.rmtree(f"{PROJECT}.rounds")
    elif _name(document) in BEFORE_ROUNDS:
        folder = folder / "before"
    names: dict[str, Any] = {"__name__": "documented"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in blocks:
            _run(block, names)


@pytest.mark.parametrize("document", pages(), ids=_name)
def test_a_block_that_is_not_run_says_why(document: Path) -> None:
    for block in blocks_of(document):
        if block.not_run is not None:
            assert block.language == "", f"{document.name}:{block.line} is {block.language}, which is only read"
            assert len(block.not_run.split()) > 2, f"{document.name}:{block.line} gives no reason"
    marked = len(re.findall(r"^<!-- not run:", document.read_text(), re.MULTILINE))
    assert marked == sum(block.not_run is not None for block in blocks_of(document)), (
        f"{document.name}: a reason for no block"
    )
    assert document.read_text().count("\n```") == 2 * len(list(blocks_of(document))), (
        f"{document.name}: a block was not found"
    )


@pytest.mark.parametrize("document", pages(), ids=_name)
def test_scripts_that_are_not_run_exist_and_have_their_options(document: Path) -> None:
    for command in (line for block in blocks_of(document) if not block.language for line in block.commands):
        found = re.match(r"python (benchmarks/\w+)\.py", command)
        if found:
            sources = [ROOT / f"{found[1]}.py", *ROOT.glob("benchmarks/**/*.py")]
            text = "\n".join(source.read_text() for source in sources)
            assert sources[0].exists(), command
            assert [option for option in re.findall(r"--[\w-]+", command) if f'"{option}"' not in text] == []


@pytest.mark.parametrize("document", pages(), ids=_name)
def test_commands_within_sentences_exist_with_their_options(document: Path) -> None:
    if document.name == "CHANGELOG.md":
        return  # it names commands of earlier versions, too
    _check_commands(re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE), document.name)


def test_commands_within_docstrings_and_comments_exist_with_their_options() -> None:
    for source in sources():
        for text in written_in(source):
            _check_commands(text, _name(source))


def _check_commands(prose: str, where: str) -> None:
    for written in re.findall(r"`whylight ((?:[^`]|\n)+)`", prose):
        command: click.Command = main
        words = written.split()
        while isinstance(command, click.Group) and words:
            assert words[0] in command.commands or words[0].startswith("-"), f"{where}: whylight {written}"
            command = command.commands.get(words.pop(0), command)
        known = {spelling for option in command.params for spelling in (*option.opts, *option.secondary_opts)}
        unknown = [word for word in words if word.startswith("--") and word not in known | {"--help", "--version"}]
        assert unknown == [], f"{where}: whylight {written}"


def _run(block: Block, names: dict[str, Any]) -> None:
    where = f"{_name(block.page)}:{block.line}"
    if block.title is not None:
        Path(block.title).parent.mkdir(parents=True, exist_ok=True)
        Path(block.title).write_text(block.text)
    if block.language == "python":
        exec(compile("\n" * block.line + block.text, block.page, "exec"), names)
    elif block.language == "json":
        assert all(json.loads(line) for line in block.text.splitlines()), where
    elif block.language == "toml":
        assert tomllib.loads(block.text), where
    elif block.language == "csv":
        assert len({len(row) for row in csv.reader(block.text.splitlines())}) == 1, where
    elif not block.language:
        for command in block.commands:
            _run_command(command, where)
    else:
        assert block.language in SHOWN, f"{where}: nothing runs a block of {block.language}"


def _run_command(command: str, where: str) -> None:
    words = shlex.split(command)
    for start, (given, instead) in LESS.items():
        if tuple(words[1 : 1 + len(start)]) == start and given == words[-len(given) :]:
            words[-len(given) :] = instead
    words += next((more for start, more in MORE.items() if _begins(words, start)), ())
    if words[:3] == ["python", "-m", "learner"]:
        learner(words[3:])
    elif words[:2] == ["whylight", "serve"]:
        main.commands["serve"].make_context("serve", words[2:])  # it would not end
    elif words[:2] == ["whylight", "suggest"] and "--base-url" in words:
        with fake_model([suggests("event", 1)]) as model:
            whylight(*_with_address(words[1:], model.url))
    elif words[:2] == ["whylight", "init"] and Path(words[2]).exists():
        whylight("init", "another.db", *words[3:])
    elif words[0] == "whylight":
        whylight(*map(_stand_in, words[1:]), said_yes="--yes" in _options_of(words[1:]))
        if words[1:3] == ["round", "seeds"]:
            cancel_rounds(Path(PROJECT))
    else:
        pytest.fail(f"{where}: {command} is not run; say why in a comment before the block")


def _begins(words: list[str], start: tuple[str, ...]) -> bool:
    return tuple(words[: len(start)]) == start or tuple(words[1 : 1 + len(start)]) == start


def _with_address(words: list[str], url: str) -> list[str]:
    place = words.index("--base-url") + 1
    return [*words[:place], url, *words[place + 1 :]]


def _stand_in(word: str) -> str:
    """Return what the folder has where a page shows an example of it."""
    if re.fullmatch(rf"{PROJECT}\.backups/\S+\.db", word):
        return str(max(Path(f"{PROJECT}.backups").glob("*.db")))
    if word == "341":
        return str(facts("review", "surplus", PROJECT)["surplus"][0]["number"])
    return STAND_INS.get(word, word)


def _options_of(words: list[str]) -> list[str]:
    command: click.Command = main
    for word in words:
        if isinstance(command, click.Group):
            command = command.commands[word]
    return [spelling for option in command.params for spelling in option.opts]
