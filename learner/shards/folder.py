"""A folder of shards and a folder of scores: what belongs in each, and the name of what is missing, changed or foreign.

    shards.json    next to shards that `build` made: the name, size and SHA-256 of each
    plan.json      next to scores: which shards were to be scored, where, and by which checkpoint

A folder of other Parquet files has no shards.json; then every Parquet file in it is a shard.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from learner.data.aside import written_aside
from learner.errors import ShardError, ShardsChanged
from learner.shards.shard import SUFFIX, Shard
from learner.wording import first_names

LIST, PLAN = "shards.json", "plan.json"
FORMAT = 1
_SHOWN = 3


@dataclass(frozen=True)
class Plan:
    """Which shards are to be scored, where they are, and by what."""

    shards: tuple[Shard, ...]
    shards_in: str
    checkpoint_in: str
    checkpoint: str
    """Its SHA-256, as `checkpoint_digest` returns it."""
    embedding: bool = False


def write_list(folder: Path, shards: Sequence[Shard], *, rows: int) -> None:
    """Write what the shards of a folder are."""
    _write(folder / LIST, {"rows": rows, "shards": [shard._asdict() for shard in shards]})


def shards_of(folder: Path) -> list[Shard]:
    """Return the shards of a folder by name; raise ShardError for one that is missing, changed or foreign."""
    if not folder.is_dir():
        raise ShardError(f"{folder}: found no such folder, expected one of shards")
    found = {path.name: Shard(path.name, path.stat().st_size) for path in _tables_in(folder)}
    if (folder / LIST).exists():
        listed = _shards(_read(folder / LIST), folder / LIST)
        _check_listed(folder, listed, found)
        return sorted(listed)
    if not found:
        raise ShardError(f"{folder}: found no Parquet file, expected shards")
    return sorted(found.values())


def write_plan(folder: Path, plan: Plan) -> None:
    """Write the plan where it is not yet; all processes that share the work write the same bytes."""
    facts = {"shards": [shard._asdict() for shard in plan.shards]}
    _write(folder / PLAN, {**asdict(plan), **facts})


def read_plan(folder: Path) -> Plan:
    """Return the plan next to some scores."""
    if not (folder / PLAN).is_file():
        raise ShardError(f"{folder}: found no {PLAN}, expected what `python -m learner shards score` wrote")
    facts = _read(folder / PLAN)
    try:
        return Plan(
            shards=tuple(_shards(facts, folder / PLAN)),
            shards_in=str(facts["shards_in"]),
            checkpoint_in=str(facts["checkpoint_in"]),
            checkpoint=str(facts["checkpoint"]),
            embedding=bool(facts["embedding"]),
        )
    except KeyError as error:
        raise _damaged(folder / PLAN) from error


def check_none_missing(folder: Path, plan: Plan) -> None:
    """Raise ShardError unless there are scores of every shard of the plan, and of no other."""
    there, planned = {path.name for path in _tables_in(folder)}, {shard.name for shard in plan.shards}
    if missing := planned - there:
        raise ShardError(
            f"{folder}: found no scores of {named(missing)}, expected those of all shards, {len(planned):,}; "
            "score the missing ones with the same command"
        )
    if foreign := there - planned:
        raise ShardError(f"{folder}: {named(foreign)} belongs to no shard of {plan.shards_in}; move it away")


def named(names: Iterable[str]) -> str:
    """Return some names, and how many others there are."""
    return first_names(sorted(set(names)), _SHOWN)


def what_became(*, missing: Collection[str] = (), changed: Collection[str] = ()) -> str:
    """Return which shards are missing and which changed, as `a is missing and b, c are changed`; "" if there is none.

    Everything that compares shards with what they were says it with this.
    """
    states = {"missing": missing, "changed": changed}
    return " and ".join(
        f"{named(names)} {'is' if len(names) == 1 else 'are'} {state}" for state, names in states.items() if names
    )


def not_as_it_was(folder: Path, became: str) -> ShardsChanged:
    """Return the error for a folder of shards of which this became, as `what_became` says it."""
    return ShardsChanged(f"{folder} is not what it was: {became}; put the shards back, or build them again")


def _check_listed(folder: Path, listed: Sequence[Shard], found: dict[str, Shard]) -> None:
    names = {shard.name for shard in listed}
    changed = {shard.name for shard in listed if shard.name in found and found[shard.name].size != shard.size}
    if became := what_became(missing=names - found.keys(), changed=changed):
        raise not_as_it_was(folder, became)
    if foreign := found.keys() - names:
        raise ShardError(f"{folder}: {named(foreign)} is not one of the shards that {LIST} lists; move it away")


def _tables_in(folder: Path) -> list[Path]:
    return [path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith(".")]


def _shards(facts: dict[str, Any], file: Path) -> list[Shard]:
    try:
        return [Shard(str(each["name"]), int(each["size"]), str(each["sha256"])) for each in facts["shards"]]
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(file) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged(file) from error
    if not isinstance(facts, dict):
        raise _damaged(file)
    if facts.get("format") != FORMAT:
        raise ShardError(f"{file}: found format {facts.get('format')}, expected {FORMAT}; use one version of Whylight")
    return facts


def _write(file: Path, facts: dict[str, Any]) -> None:
    body = (json.dumps({"format": FORMAT, **facts}, ensure_ascii=False, indent=1) + "\n").encode()
    if not file.exists() or file.read_bytes() != body:
        with written_aside(file) as stream:
            stream.write(body)


def _damaged(file: Path) -> ShardError:
    return ShardError(
        f"{file}: found damaged contents, expected what Whylight wrote; run the command that wrote it again"
    )
