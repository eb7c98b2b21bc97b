"""What still has an old text, in sentences."""

from collections.abc import Iterator, Sequence
from pathlib import Path


def still_holding_lines(
    rounds: Sequence[str],
    guidelines: Sequence[int],
    files: Sequence[Path | str],
    exports: Sequence[Path | str] = (),
    shards: Path | str | None = None,
) -> Iterator[str]:
    """Yield what still has a text that is gone, or words that only it had, apart from backups."""
    if rounds:
        yield f"Models of these rounds know words that no other sentence has: {', '.join(rounds)}."
    if guidelines:
        versions = ", ".join(map(str, guidelines))
        yield f"The guidelines quote it, in version {versions}; a version is never changed."
    yield from (f"{file} has the text as well. It is yours, and was left as it is." for file in files)
    yield from (f"{export} was exported from this project and may have the text as well." for export in exports)
    if shards is not None:
        yield f"The shards in {shards} may have the text as well; to remove it there, build them again without it."
