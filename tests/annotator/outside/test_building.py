"""Shards of what an import reads: text, words and metadata of every sentence of the pool, and no answer."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
import pytest
from pyarrow import parquet

from annotator import formats
from annotator.commands.data import import_
from annotator.commands.pool import build
from annotator.errors import BadPool
from annotator.formats.answers.spans import OTHER_NAMES
from annotator.formats.faults import BadInput
from annotator.formats.fields import Fields
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.outside import building
from annotator.outside.building import Reading, build_pool
from db.records import OWNER
from db.store import Store
from learner.errors import ShardError
from learner.shards.folder import shards_of
from learner.shards.shard import windows


def read(folder: Path) -> list[dict[str, object]]:
    return [row for shard in shards_of(folder) for row in parquet.read_table(folder / shard.name).to_pylist()]


def test_every_sentence_of_the_pool_is_in_a_shard_as_an_import_reads_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("satz;label;jahr\nEin Boot  sank.;event;1912\nEs schlief.;none;1913\n", "cp1252")
    (tmp_path / "b.jsonl").write_text(
        json.dumps({"id": "b1", "tokens": ["Who", "?"], "query": "A ship"})
        + "\n"
        + json.dumps({"id": "b2", "satz": "Held out.", "split": "test", "label": "event"})
    )
    made = build_pool(
        [tmp_path / "a.csv", tmp_path / "b.jsonl"], tmp_path / "pool", reading=Reading(fields=Fields(text="satz"))
    )
    assert (made.built.rows, dict(made.held_out), made.answered) == (3, {"test": 1}, 3)
    assert made.remarks == [
        "a.csv: Read as its content suggests: semicolons.",
        "a.csv: Fields kept as metadata: jahr (2).",
        "b.jsonl: Sentences whose text was made from their tokens, with single spaces: 1.",
    ]
    first, second, third = read(tmp_path / "pool")
    assert first | {"metadata": json.loads(str(first["metadata"]))} == {
        "id": "a.csv:1",
        "text": "Ein Boot  sank.",
        "tokens": ["Ein", "Boot", "sank", "."],
        "query": None,
        "query_tokens": None,
        "metadata": {"jahr": "1912"},
    }
    assert second["id"] == "a.csv:2"
    assert (third["id"], third["text"], third["query_tokens"]) == ("b1", "Who ?", ["A", "ship"])
    (window,) = windows(tmp_path / "pool" / shards_of(tmp_path / "pool")[0].name)
    assert [sentence.tokens for sentence in window][2] == ("Who", "?")


def test_a_folder_of_another_tool_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "brat").mkdir()
    (tmp_path / "brat" / "one.txt").write_text("The ship sank.\n")
    (tmp_path / "brat" / "one.ann").write_text("T1\tevent 9 13\tsank\n")
    made = build_pool([tmp_path / "brat"], tmp_path / "pool")
    assert [row["text"] for row in read(tmp_path / "pool")] == ["The ship sank."]
    assert made.built.rows == 1


def test_a_folder_gets_the_remarks_of_an_import_which_name_the_files_that_were_not_read(
    empty_store: Store, tmp_path: Path
) -> None:
    mixed = tmp_path / "mixed"
    (mixed / "deep").mkdir(parents=True)
    (mixed / "b.txt").write_bytes(b"One text.\r\nOf two lines.")
    for name in ("a.csv", "deep/c.csv", "d.md", "e.jsonl", ".hidden"):
        (mixed / name).write_text("id,text\n1,Lost\n")
    (mixed / "link.txt").symlink_to(mixed / "b.txt")
    imported = import_file(empty_store, mixed, ImportSettings(dry_run=True), actor=OWNER)
    said = remarks(asdict(imported))
    assert said == [
        "Files of the folder that were not read: 5; a.csv, d.md, deep/c.csv and 2 more.",
        "Read as a folder with one text in each file.",
        "Texts whose line breaks CR LF became newlines: 1.",
    ]
    assert build_pool([mixed], tmp_path / "pool").remarks == [f"mixed: {remark}" for remark in said]


def test_no_remark_or_fault_names_an_option_that_only_an_import_has(tmp_path: Path) -> None:
    several = {"text": "It sank.", "label": [[0, 2, "who"], [3, 7, "what"]]}
    (tmp_path / "a.jsonl").write_text(json.dumps(several) + "\n")
    made = build_pool([tmp_path / "a.jsonl"], tmp_path / "pool", reading=Reading("doccano"))
    mixed = "a.jsonl: Sentences with spans of several names and no label; the spans were kept as metadata: 1."
    assert mixed in made.remarks
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": "It sank.", "label": "x", "marks": [[0, 4]]}) + "\n")
    with pytest.raises(BadPool, match=r"expected spans of whole words\.$"):
        build_pool([tmp_path / "b.jsonl"], tmp_path / "other")


def test_an_import_says_what_its_options_do_about_the_faults_and_notes_of_a_pool(
    empty_store: Store, tmp_path: Path
) -> None:
    several = {"text": "It sank.", "label": [[0, 2, "who"], [3, 7, "what"]]}
    (tmp_path / "a.jsonl").write_text(json.dumps(several) + "\n")
    settings = ImportSettings(format="doccano", dry_run=True)
    said = remarks(asdict(import_file(empty_store, tmp_path / "a.jsonl", settings, actor=OWNER)))
    mixed = "Sentences with spans of several names and no label; the spans were kept as metadata"
    assert f"{mixed}, --span-name chooses some: 1." in said


@pytest.mark.parametrize(
    ("given", "expected", "advice"),
    [
        ({"label": {}}, "a label's name, or its index", ", which --label-base explains"),
        ({"annotations": [{"label": {}}]}, "a label's name, or its index", ", which --label-base explains"),
        ({"label": "x", "marks": [[0, 4]]}, "spans of whole words", ", or --align expand, or --align contract"),
        ({"marks": [[0, 2]]}, "the label that the marks belong to", ", or --marked-label"),
        ({"marks": [[1, 0], [0, 1]]}, "the label that the marks belong to", ", or --marked-label"),
    ],
)
def test_an_option_of_an_import_alone_is_advised_to_an_import_alone(
    empty_store: Store, tmp_path: Path, given: dict[str, object], expected: str, advice: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "It sank", **given}) + "\n")
    with pytest.raises(BadInput) as refused:
        import_file(empty_store, path, ImportSettings(), actor=OWNER)
    with pytest.raises(BadPool) as bad:
        build_pool([path], tmp_path / "pool")
    fault = str(refused.value).splitlines()[1]
    assert fault.endswith(f", expected {expected}{advice}.")
    assert str(bad.value).splitlines()[1] == f"{fault.removesuffix(f'{advice}.')}."


def test_readers_name_an_option_that_a_pool_lacks_in_advice_alone() -> None:
    """The choice of spans is an import's, so a pool has no note about those that were not chosen."""
    lacking = re.compile(rf"(?:{'|'.join(options_of(import_) - options_of(build))})(?![\w-])")
    found = {
        text
        for path in Path(formats.__path__[0]).rglob("*.py")
        for text in texts_apart_from_advice(ast.parse(path.read_text()))
        if lacking.search(text)
    }
    assert found == {OTHER_NAMES}


def options_of(command: click.Command) -> set[str]:
    named = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return {name for name in named if name.startswith("--")}


def texts_apart_from_advice(tree: ast.AST) -> Iterator[str]:
    """Yield the texts in code, without docstrings, arguments called `advice` and what is assigned to `ADVICE`."""
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.value
    is_docstring = isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant)
    is_argument = isinstance(tree, ast.keyword) and tree.arg == "advice"
    is_constant = isinstance(tree, ast.Assign) and ast.unparse(tree.targets[0]) == "ADVICE"
    if not (is_docstring or is_argument or is_constant):
        for part in ast.iter_child_nodes(tree):
            yield from texts_apart_from_advice(part)


def test_a_fault_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Good."}\n{"text": 5}\n')
    with pytest.raises(BadPool, match=r"a\.jsonl cannot become shards, and none were written(?s:.*)Line 2, text"):
        build_pool([tmp_path / "a.jsonl"], tmp_path / "pool")
    with pytest.raises(ShardError, match="two of the files have the same name"):
        build_pool([tmp_path / "a.jsonl", tmp_path / "x" / "a.jsonl"], tmp_path / "pool")
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_no_more_is_read_than_a_row_group_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learner.shards.build._ROW_GROUP", 10)
    monkeypatch.setattr("learner.shards.build.WINDOW", 1)
    (tmp_path / "a.txt").write_text("".join(f"Line {number}.\n" for number in range(1000)))
    read_so_far, ahead, rows = 0, [], building._rows

    def counted(*arguments: object) -> Iterator[object]:
        nonlocal read_so_far
        for row in rows(*arguments):  # type: ignore[arg-type]
            read_so_far += 1
            yield row

    monkeypatch.setattr(building, "_rows", counted)
    build_pool(
        [tmp_path / "a.txt"], tmp_path / "pool", rows=100, report=lambda _, total: ahead.append(read_so_far - total)
    )
    assert len(ahead) == 10 and max(ahead) == 0
