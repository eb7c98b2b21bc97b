"""What a command that replaced texts ends with: it fails while the project's file still has the old ones."""

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annotator.importing.report import ImportReport


def refuse_unerased(project: Path, reports: "Sequence[ImportReport]") -> None:
    """Raise NotErased if the last of these imports could not rewrite the file of `project` without the old texts."""
    from annotator.errors import NotErased
    from annotator.importing.report_wording import not_erased

    reason = reports[-1].texts.not_erased if reports else None
    if reason is not None:
        raise NotErased(not_erased(reason, f"whylight sentence erase {quote(str(project))}"))
