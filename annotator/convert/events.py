"""ACE 2005 and Rich ERE: a sentence has an event or not, and the words of its triggers say why."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regex  # type: ignore[import-untyped]

from annotator.convert.elements import Element, read_elements
from annotator.convert.sentences import sentences
from annotator.convert.source import Layout, Source, Trigger, read_source
from annotator.errors import CannotConvert
from learner.data.tokenizer import tokenize

_BLANK = regex.compile(r"[\p{Cc}\p{Zl}\p{Zp}]")
_ACE_VERSIONS = ("timex2norm", "adj", "fp1", "fp2")  # of the same document; the first is the corpus's final version


@dataclass(frozen=True)
class Corpus:
    """How one corpus is laid out."""

    suffix: str
    sources: tuple[str, ...]  # suffixes, the likeliest first
    layout: Layout
    trigger: Callable[[Path, Element], Trigger | None]


def documents(path: Path, corpus: Corpus, left_out: Counter[str]) -> list[Path]:
    """Return the annotation files at `path`, a file or a folder with its subfolders, in the order of their names."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*" + corpus.suffix) if file.is_file())
    if not found:
        raise CannotConvert(f"{path} has no file whose name ends in {corpus.suffix}.")
    chosen: dict[str, Path] = {}
    for file in sorted(found, key=lambda file: (_version(file), file)):
        first = chosen.setdefault(file.name, file)
        if first is not file and _version(first) == _version(file):
            raise CannotConvert(f"{path} has {file.name} twice, in {first.parent} and {file.parent}; give one of them.")
    left_out["other versions of a document"] += len(found) - len(chosen)
    return sorted(chosen.values())


def rows(annotation: Path, corpus: Corpus, left_out: Counter[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each sentence of a document, in order."""
    found = (corpus.trigger(annotation, element) for element in read_elements(annotation))
    triggers = list(
        {(mention.start, mention.end, mention.type): mention for mention in found if mention is not None}.values()
    )
    name = annotation.name.removesuffix(corpus.suffix)
    source = read_source(_source_of(annotation, name, corpus), corpus.layout, triggers)
    places = [source.find(trigger) for trigger in triggers]
    kept = [any(a <= start and end <= b for a, b in source.blocks) for start, end in places]
    left_out["triggers outside the documents' prose"] += kept.count(False)
    inside = [(*place, trigger.type) for place, trigger, is_kept in zip(places, triggers, kept, strict=True) if is_kept]
    for number, (start, end) in enumerate(_sentences(source, inside)):
        row = _row(source.text[start:end], [(a - start, b - start, kind) for a, b, kind in inside if start <= a < end])
        if row is not None:
            yield {"id": f"{name}-{number:04d}", **row}


def _sentences(source: Source, triggers: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int]]:
    whole = [(start, end) for start, end, _ in triggers]
    for start, end in source.blocks:
        yield from sentences(source.text, start, end, whole=whole)


def _row(text: str, triggers: Sequence[tuple[int, int, str]]) -> dict[str, Any] | None:
    """Return a sentence's row, with `triggers` as places in `text`; None for a sentence without a word."""
    text = _BLANK.sub(" ", text)  # one character for another, so the places stay the same
    tokens = tokenize(text)
    if not tokens:
        return None
    marks = ["+" if any(t.start < b and a < t.end for a, b, _ in triggers) else "." for t in tokens]
    types = sorted({kind for _, _, kind in triggers})
    return {
        "text": text,
        "tokens": [token.text for token in tokens],
        "label": int(bool(triggers)),
        "marks": "".join(marks),
        **({"event_types": types} if types else {}),
    }


def _version(path: Path) -> int:
    folder = path.parent.name
    return _ACE_VERSIONS.index(folder) if folder in _ACE_VERSIONS else 0


def _source_of(annotation: Path, name: str, corpus: Corpus) -> Path:
    """Return the document: next to the annotation, or in a folder `source` next to the annotation's."""
    for suffix in corpus.sources:
        if (sibling := annotation.with_name(name + suffix)).is_file():
            return sibling
    for folder in (annotation.parent / "source", annotation.parent.parent / "source"):
        for suffix in corpus.sources:
            if found := sorted(folder.rglob(_literally(name + suffix))):
                return found[0]
    names = " or ".join(name + suffix for suffix in corpus.sources)
    raise CannotConvert(f"{annotation.name}: its text is missing; put {names} next to it, or in a folder `source`.")


def _literally(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _ace_trigger(path: Path, element: Element) -> Trigger | None:
    if element.path[-3:] != ("event_mention", "anchor", "charseq"):
        return None
    start, last = _number(path, element, "START"), _number(path, element, "END")
    event = element.inside("event").attributes if "event" in element.path else {}
    return _trigger(path, element, start, last + 1, (event.get("TYPE"), event.get("SUBTYPE")))


def _ere_trigger(path: Path, element: Element) -> Trigger | None:
    if element.path[-2:] != ("event_mention", "trigger"):
        return None
    start, length = _number(path, element, "offset"), _number(path, element, "length")
    mention: Mapping[str, str] = element.ancestors[-1].attributes
    return _trigger(path, element, start, start + length, (mention.get("type"), mention.get("subtype")))


def _trigger(path: Path, element: Element, start: int, end: int, types: Sequence[str | None]) -> Trigger:
    kind = ":".join(type for type in types if type)
    return Trigger(start, end, element.text, kind, f"{path.name} line {element.line}")


def _number(path: Path, element: Element, attribute: str) -> int:
    found = element.attributes.get(attribute, "")
    if not regex.fullmatch("[0-9]{1,9}", found):
        raise CannotConvert(
            f"{path.name} line {element.line}, {attribute}: found {found!r}, expected the trigger's place in letters."
        )
    return int(found)


ACE = Corpus(
    suffix=".apf.xml",
    sources=(".sgm", ".SGM"),
    layout=Layout(
        tags_count=False,
        within=frozenset({"text"}),
        skipped=frozenset({"poster", "postdate", "subject", "speaker"}),
    ),
    trigger=_ace_trigger,
)
ERE = Corpus(
    suffix=".rich_ere.xml",
    sources=(".cmp.txt", ".mpdf.xml", ".xml", ".sgm", ".txt"),
    layout=Layout(tags_count=True, skipped=frozenset({"quote", "dateline", "date_time", "keyword", "author"})),
    trigger=_ere_trigger,
)
