"""The folder in which the blocks of the documents run: the files that pages name, and a project with two rounds."""

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from annotator.cli import main
from annotator.rounds.start import cancel_round, follow_round
from db.errors import UnknownRound
from db.learning import rounds
from db.learning.round_records import WORKING_STATES
from db.records import OWNER
from db.store import Store

QUICK_ROUND = ("--encoder", "static", "--vectors", "random", "--steps", "2")
"""A round of the documents in seconds, whatever is installed."""
PROJECT = "events.db"
OTHERS = ("ben.db", "cleo.db")
"""Projects of the same labels, each with a sentence that its person answered, which can be merged."""
_EVENTS = ("sank", "left", "fell", "burned", "arrived", "broke")
_THINGS = ("ship", "train", "review", "brambley", "house", "bridge")


def whylight(*words: str, said_yes: bool = False) -> Result:
    """Run the command; it has to succeed."""
    done = CliRunner().invoke(main, [*words, *(["--yes"] if said_yes else [])])
    assert done.exit_code == 0, f"whylight {' '.join(words)}\n{done.output}{done.exception!r}"
    return done


def facts(*words: str) -> Any:
    """Run the command and return what its JSON object holds."""
    return json.loads(whylight(*words, "--json").stdout.splitlines()[-1])


def make_folder(folder: Path) -> None:
    """Write the files into `folder`, the current one, and make the project.

    `before` has it without rounds, and with a second import.
    """
    (folder / "sentences.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in _sentences()))
    (folder / "DATA").write_text("".join(f"{json.dumps(row)}\n" for row in _examples()))
    (folder / "guidelines.md").write_text("Mark the words that say what happened.\n")
    whylight("init", PROJECT, "--label", "none", "--label", "event", "--no-rationale", "none")
    whylight("import", PROJECT, "sentences.jsonl")
    for name in ("Ben", "Cleo"):
        whylight("person", "add", PROJECT, name)
    whylight("guidelines", "set", PROJECT, "guidelines.md")
    for number, other in enumerate(OTHERS):
        (folder / "more.jsonl").write_text(json.dumps(_answered_by(Path(other).stem.title(), 60 + number)) + "\n")
        whylight("init", other, "--label", "none", "--label", "event", "--no-rationale", "none")
        whylight("import", other, "more.jsonl")
    (folder / "guidelines.md").write_text("Mark the words that say what happened, and no others.\n")
    shutil.copytree(folder, folder / "before")
    whylight("import", f"before/{PROJECT}", "more.jsonl")
    whylight("round", "start", PROJECT, "--wait", "--no-twin", *QUICK_ROUND)
    second = facts("round", "start", PROJECT, "--wait", *QUICK_ROUND)["id"]
    with Store.open(folder / PROJECT) as store:
        _wait_for(store, -second)


def cancel_rounds(project: Path) -> None:
    """Cancel what is at work or waits, as far as it has not ended by itself, and wait for its end."""
    with Store.open(project) as store:
        for working in rounds.all_of(store):
            if working.state in WORKING_STATES:
                with suppress(UnknownRound):
                    cancel_round(store, working.id, actor=OWNER)
                _wait_for(store, working.id)


def _wait_for(store: Store, number: int) -> None:
    for _ in follow_round(store, number):
        pass


def _sentences() -> list[dict[str, Any]]:
    """Return sentences of all splits, answered and not, one of them with an answer that came too late."""
    rows = [{"id": f"news-{number}", **_row(number)} for number in range(60)]
    for number, row in enumerate(rows):
        row["split"] = "test" if number % 5 == 3 else "dev" if number % 5 == 4 else "pool"
        if number % 7:
            label, marks = row.pop("label"), row.pop("marks")
            row["annotations"] = [{"person": "Ada", "label": label, "marks": marks}]
        else:
            del row["label"], row["marks"]
    rows[1]["id"] = "review-433"
    late = {"person": "Anton", "label": "none", "key": "surplus-1", "kind": "answer", "surplus": True}
    rows[2]["annotations"].append(late)
    return rows


def _answered_by(person: str, number: int) -> dict[str, Any]:
    row = _row(number)
    annotation = {"person": person, "label": row.pop("label"), "marks": row.pop("marks")}
    return {"id": f"news-{number}", "split": "pool", **row, "annotations": [annotation]}


def _examples() -> list[dict[str, Any]]:
    splits = ("train", "train", "train", "dev", "test")
    return [
        {"id": str(number), "split": splits[number % 5], **_row(number), "label": int(bool(number % 2))}
        for number in range(40)
    ]


def _row(number: int) -> dict[str, Any]:
    thing, event = _THINGS[number % 6], _EVENTS[(number // 2) % 6]
    if number % 2:
        return {"tokens": ["The", thing, event, str(number), "."], "label": "event", "marks": "..+.."}
    return {"tokens": ["The", thing, "is", "old", str(number), "."], "label": "none", "marks": None}
