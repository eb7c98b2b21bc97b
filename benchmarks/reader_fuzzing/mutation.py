"""Make files worse at random: their bytes, their lines, the values inside, and which files there are."""

import gzip
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from reader_fuzzing.containers import mutate_packed
from reader_fuzzing.seeds import Files

MOST_BYTES = 2**20
_ENOUGH = 2**16
"""A file that has grown to this many bytes is not made longer by its lines and values."""

_PIECES = [
    *(
        b"",
        b"\x00",
        b"\r",
        b"\r\n",
        b"\n",
        b"\t",
        b"\x0c",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\xbd",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
    ),
    *(b'"', b"'", b",", b";", b"|", b":", b"[", b"]", b"{", b"}", b"\\", b"\\u0000", b"\\ud83d", b"null", b"NaN", b"-"),
    *(b"0", b"-1", b"1e999", b"9" * 400, b"1.5", b"true", b"B-x", b"I-", b"O", b"# id = ", b"-DOCSTART-", b"T1\tx 0 1"),
    *("🚢".encode(), "e\u0301".encode(), "\u202e".encode(), "\u2028".encode(), "\u200b".encode(), "\ufeff".encode()),
    *(b"label", b"text", b"tokens", b"marks", b"rationale", b"annotations", b"id", b"sep=;", b"<html>", b"PK\x03\x04"),
]
_VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 7, 10**30, 1.5, -0.0, 1e308, float("nan"), float("inf"), "", " ", "x", "🚢", "a\rb"),
    *("\ud83d", "\x00", "0", "event", "complaint", "ana", "train", "accept", "2026-03-01T10:00:00Z", "-10000-01-01"),
    *([], [[]], [None], [[0, 1]], [0, 1], {}, {"start": 0}, {"start": 0, "end": 2}, {"a": {"b": []}}, "x" * 5000),
    *([[0, 2, "event"]], ["It"], [1, 0, 1], "+.", "9" * 30, "0001-01-01T00:00:00+14:00", "nan", [[[[[[]]]]]]),
]


def mutate(files: Files, others: Sequence[Files], draw: random.Random) -> Files:
    """Return the files with one to eight changes; pieces of the `others` may be among them."""
    files = dict(files)
    for _ in range(draw.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        if len(files) > 1 and draw.random() < 0.1:
            _mutate_names(files, draw)
        path = draw.choice(sorted(files))
        other = draw.choice([content for each in others for content in each.values()] or [b""])
        files[path] = _mutate_content(files[path], other, draw)[:MOST_BYTES]
    return files


def _mutate_names(files: Files, draw: random.Random) -> None:
    """Remove, rename or copy one of several files."""
    path = draw.choice(sorted(files))
    way = draw.randrange(3)
    folder, _, name = path.rpartition("/")
    suffix = draw.choice((".txt", ".ann", ".jsonl", ".arrow", ".TXT", ""))
    renamed = "/".join(part for part in (draw.choice((folder, "deep", "docs", "train")), f"{name[:3]}{suffix}") if part)
    is_free = not any(f"{other}/".startswith(f"{renamed}/") or f"{renamed}/".startswith(f"{other}/") for other in files)
    if way and is_free:
        files[renamed] = files[path]
    if way < 2 and len(files) > 1:
        del files[path]


def _mutate_content(content: bytes, other: bytes, draw: random.Random) -> bytes:
    if (changed := mutate_packed(content, draw, mutate_value, _mutate_bytes)) is not None:
        return changed
    way = draw.random()
    if way < 0.45 and (changed := _mutate_json(content, draw)) is not None:
        return changed
    if way < 0.65:
        return _mutate_lines(content, other, draw)
    if way < 0.68:
        return _recoded(content, draw)
    return _mutate_bytes(content, other, draw)


def _mutate_bytes(content: bytes, other: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(content) + 1)
    end = min(len(content), start + draw.choice((0, 0, 1, 1, 2, 4, 16, 64)))
    ways: list[Callable[[], bytes]] = [
        lambda: draw.choice(_PIECES),
        lambda: draw.choice(_PIECES),
        lambda: bytes([draw.randrange(256)]),
        lambda: content[start:end] * draw.choice((2, 3, 100)),
        lambda: other[draw.randrange(len(other) + 1) :][: draw.choice((1, 4, 16, 64))],
        lambda: b"",
    ]
    if draw.random() < 0.02:
        return content[:start]
    return content[:start] + draw.choice(ways)() + content[end:]


def _mutate_lines(content: bytes, other: bytes, draw: random.Random) -> bytes:
    lines, others = content.splitlines(keepends=True), other.splitlines(keepends=True) or [b"\n"]
    place, second = draw.randrange(len(lines) + 1), draw.randrange(len(lines) + 1)
    way = draw.randrange(6)
    if way == 0 or not lines:
        lines.insert(place, draw.choice(others))
    elif way == 1:
        del lines[place : place + draw.choice((1, 2))]
    elif way == 2 and len(content) < _ENOUGH:
        lines[place:place] = lines[second : second + 2] * draw.choice((1, 2, 50))
    elif way == 3:
        lines[place:place] = [draw.choice((b"\n", b"\r\n", b" \n", b"\t\n", b"\x0c\n"))]
    elif way == 4:
        lines = [line.rstrip(b"\r\n") + (b"\r\n" if number == place else b"\n") for number, line in enumerate(lines)]
    else:
        lines[place : place + 2] = [b"".join(lines[place : place + 2]).replace(b"\n", b"")]
    return b"".join(lines)


def _recoded(content: bytes, draw: random.Random) -> bytes:
    if draw.random() < 0.5:
        return gzip.compress(content, mtime=0)
    return content.decode("utf-8", "replace").encode(
        draw.choice(("utf-16", "utf-16-le", "cp1252", "utf-8-sig")), "replace"
    )


def _mutate_json(content: bytes, draw: random.Random) -> bytes | None:
    """Return the content with another value somewhere in its JSON, or in that of a line; None if it has none."""
    lines = content.splitlines(keepends=True)
    if not lines:
        return None
    place = draw.randrange(len(lines))
    for start, end in ((place, place + 1), (0, len(lines))):
        try:
            value = json.loads(b"".join(lines[start:end]))
        except (ValueError, RecursionError):
            continue
        written = json.dumps(mutate_value(value, draw), ensure_ascii=draw.random() < 0.5)
        return b"".join([*lines[:start], written.encode("utf-8", "surrogatepass"), b"\n", *lines[end:]])
    return None


def mutate_value(value: Any, draw: random.Random) -> Any:
    """Return a JSON value with a change somewhere inside."""
    if isinstance(value, dict) and value and draw.random() < 0.9:
        return _mutate_object(dict(value), draw)
    if isinstance(value, list) and value and draw.random() < 0.9:
        return _mutate_list(list(value), draw)
    if isinstance(value, str) and value and draw.random() < 0.4:
        changed = _mutate_bytes(value.encode("utf-8", "surrogatepass"), b"x", draw)
        return changed.decode("utf-8", draw.choice(("replace", "ignore")))
    if type(value) is int and draw.random() < 0.5:
        return value + draw.choice((-1, 1, 2, -100, 2**31, 2**63))
    return draw.choice(_VALUES)


def _mutate_object(value: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    key, way = draw.choice(list(value)), draw.random()
    if way < 0.1:
        del value[key]
    elif way < 0.2:
        value[draw.choice([*value, "label", "text", "annotations", "tokens", "user", "spans", "query"])] = value[key]
    else:
        value[key] = mutate_value(value[key], draw)
    return value


def _mutate_list(value: list[Any], draw: random.Random) -> list[Any]:
    place, way = draw.randrange(len(value)), draw.random()
    if way < 0.1:
        del value[place]
    elif way < 0.25:
        value[place:place] = [value[draw.randrange(len(value))]] * draw.choice((1, 1, 3, 300))
    else:
        value[place] = mutate_value(value[place], draw)
    return value
