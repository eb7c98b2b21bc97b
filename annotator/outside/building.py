"""Make shards of files that an import reads: text, words, query and metadata of each sentence, without answers."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from annotator.errors import BadPool
from annotator.formats.faults import BadInput, Faults, show_name
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.files.layout import AS_WRITTEN, Layout
from annotator.formats.registry import find_format
from annotator.formats.rows import SentenceRow
from annotator.importing.describing import describe_reading
from annotator.importing.folder_source import open_path
from annotator.importing.remarks import Remarks
from annotator.importing.report_wording import remarks
from annotator.importing.source import check_there
from learner.shards.build import DEFAULT_ROWS, Built, Report, build_of_rows, check_names, whole_windows


@dataclass(frozen=True)
class Reading:
    """How files are read, as the options of `whylight import` say it."""

    format: str | None = None
    """None takes the one that each file's suffix or content stands for."""
    fields: Fields = DEFAULT_FIELDS
    layout: Layout = AS_WRITTEN


@dataclass
class BuiltPool:
    """What was built, and what was not taken."""

    built: Built = field(default_factory=lambda: Built(0, 0, 0))
    held_out: Counter[str] = field(default_factory=Counter)
    """Sentences of dev and of test, by split, which were left out."""
    answered: int = 0
    """Sentences whose label, marks or answers were left out."""
    remarks: list[str] = field(default_factory=list)
    """What was guessed, repaired and not read, in the sentences of an import, each after its file's name."""


def build_pool(
    sources: Sequence[Path],
    out: Path,
    *,
    reading: Reading | None = None,
    rows: int | None = None,
    report: Report = lambda shard, total: None,
) -> BuiltPool:
    """Write the sentences of files and folders as a new folder of shards, whole or not at all, in constant memory.

    `rows` of a shard, by default about a million, are rounded up to whole windows. A sentence without an id is called
    by its file and its place there. Raises BadPool with the first faults of a file, and ShardError if `out` exists.
    """
    check_names(sources)
    pool, how = BuiltPool(), reading or Reading()
    each = (row for path in sources for row in _rows(path, how, pool))
    try:
        most = whole_windows(rows or DEFAULT_ROWS)
        pool.built = build_of_rows(each, out, rows=most, report=report, columns=_columns())
    except BadInput as bad:
        head = f"{show_name(bad.source)} cannot become shards, and none were written; correct this and build again:"
        raise BadPool("\n".join([head, *(str(fault.without_advice()) for fault in bad.faults)])) from bad
    return pool


def _columns() -> Any:
    import pyarrow as pa

    words, text = pa.list_(pa.string()), pa.string()
    return pa.schema(
        [("id", text), ("text", text), ("tokens", words), ("query", text), ("query_tokens", words), ("metadata", text)]
    )


def _rows(path: Path, how: Reading, pool: BuiltPool) -> Iterator[tuple[Any, ...]]:
    faults, place, seen, name = Faults(str(path)), count(1), Remarks(), show_name(path.name)
    check_there(path)
    with open_path(path, find_format(path, how.format), how.fields, None, how.layout) as opened:
        source = opened.recognised_by_content() if how.format is None else opened
        for chunk in source.chunks(faults):
            faults.raise_if_any()
            for row, number in zip(chunk, place, strict=False):
                for repair in row.repairs:
                    faults.notes.repaired(repair, row.line)
                seen.note(row.external_id or "", row, None, ())
                pool.answered += row.label is not None or bool(row.annotations)
                if row.split in ("dev", "test"):
                    pool.held_out[row.split] += 1
                else:
                    yield _row(row, f"{name}:{number}")
        faults.raise_if_any()
    facts = describe_reading(source.format, faults.notes, seen.notes) | _facts_of(seen)
    facts["repairs"] = [*map(asdict, facts["repairs"])]
    pool.remarks += [f"{name}: {remark}" for remark in remarks(facts)]


def _facts_of(seen: Remarks) -> dict[str, Any]:
    """Return the facts of an import's report that hold for a pool, where no option names the people who answered."""
    kept = [
        replace(field, looks_like="") if field.looks_like == "who answered" else field for field in seen.kept_fields()
    ]
    return {
        "added": seen.rows,
        "skipped": 0,
        "kept": [*map(asdict, kept)],
        "joined": seen.joined,
        "odd_ids": asdict(seen.odd_ids) if seen.odd_ids.count else None,
        "single_tokens": seen.single_tokens,
    }


def _row(row: SentenceRow, place: str) -> tuple[Any, ...]:
    metadata = json.dumps(row.metadata, ensure_ascii=False) if row.metadata else None
    return (row.external_id or place, row.text, row.tokens, row.query, row.query_tokens, metadata)
