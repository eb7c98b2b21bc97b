"""The page of the report, docs/report.md: the parts of the text, filled in, and where its numbers come from."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from report_parts.figures import Figure, fill
from report_parts.sources import Sources

TEXT = Path(__file__).parent / "text"
WAITING = ".waiting"
"""The name of a part ends so that takes the place of its namesake while the study has no tables."""
_MADE_BY = "<!-- Made by `python benchmarks/report.py` from benchmarks/report_parts/text; change the text there. -->"


def page(sources: Sources) -> str:
    """Return the report as Markdown: the same bytes from the same files."""
    files = parts(has_tables=sources.tables.is_file())
    filled = [fill(path.read_text(encoding="utf-8").strip(), sources) for path in files]
    texts = [text for text, _ in filled]
    figures = [figure for _, of_part in filled for figure in of_part]
    return "\n\n".join([_MADE_BY, *texts, *_sources(figures)]) + "\n"


def parts(*, has_tables: bool) -> list[Path]:
    """Return the files of the text in their order; of two for one place, the one that suits."""
    files = sorted(TEXT.glob("*.md"))
    waiting = [path for path in files if path.stem.endswith(WAITING)]
    replaced = {path.stem.removesuffix(WAITING) for path in waiting}
    if has_tables:
        return [path for path in files if path not in waiting]
    return [path for path in files if path.stem not in replaced]


def _sources(figures: Iterable[Figure]) -> Iterator[str]:
    """Yield the last section: each file with its command, its date and the numbers that were read from it."""
    yield "## Where every number comes from"
    yield (
        "The files are in the repository; those of results name the machine on which they were measured. After each "
        "number is the field that has it."
    )
    ordered = sorted(figures, key=lambda figure: figure.source.name)
    yield "\n".join(_source(list(of_file)) for _, of_file in groupby(ordered, key=lambda figure: figure.source.name))


def _source(figures: list[Figure]) -> str:
    source = figures[0].source
    made = "; ".join([*(f"`{command}`" for command in source.commands), *([source.date] if source.date else [])])
    numbers = dict.fromkeys(f"{figure.label} `{' > '.join(figure.steps)}`" for figure in figures)
    return f"- `{source.name}`{f' ({made})' if made else ''}: {'; '.join(numbers)}"
