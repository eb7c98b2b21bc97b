"""What the page's form says about a file, as an upload's row keeps it."""

from dataclasses import dataclass, replace
from pathlib import Path

from annotator.errors import BadUpload
from annotator.formats.fields import Fields
from annotator.formats.files.layout import Layout
from annotator.formats.registry import find_format
from annotator.importing.before_reading import check_share
from annotator.importing.label_reading import LabelRules
from annotator.importing.settings import ImportSettings
from db.corpus.uploads import Upload

MOST_MEGABYTES = 50
"""The largest file that the page takes; a larger one is imported from the command line."""
LONGEST_FILE_NAME = 255


@dataclass(frozen=True)
class UploadSettings(ImportSettings):
    """What the page's form says about a file."""

    suffix_decides: bool = False
    """Whether the format comes from the file's name; then its content must not contradict the name."""


def settings_of(upload: Upload) -> UploadSettings:
    """Return the settings that an upload's row keeps."""
    kept = upload.settings | {"fields": Fields(**upload.settings["fields"])}
    # An upload from before this version has no settings for labels, or none for its layout.
    labels, layout = LabelRules(**upload.settings.get("labels", {})), Layout(**upload.settings.get("layout", {}))
    listed = {name: tuple(upload.settings.get(name, ())) for name in ("people", "update")}
    return UploadSettings(**kept | {"labels": labels, "layout": layout} | listed)


def checked(file_name: str, size: int, settings: UploadSettings) -> UploadSettings:
    """Return the settings with the format of the file's name; raise BadUpload or BadShare for what cannot be."""
    if size > MOST_MEGABYTES * 1024 * 1024:
        raise BadUpload(
            f"{file_name} has {size / 1024 / 1024:,.1f} MB, and the page takes at most {MOST_MEGABYTES} MB; "
            "import it with `whylight import` in a terminal."
        )
    # The name is never used as a path, but people read it.
    if not 1 <= len(file_name) <= LONGEST_FILE_NAME or not file_name.isprintable() or set(file_name) & set("/\\"):
        raise BadUpload(
            f"The name of the file is not 1 to {LONGEST_FILE_NAME} printable characters without / and \\; rename it."
        )
    check_share(settings.asked_share)
    return replace(
        settings, format=find_format(Path(file_name), settings.format), suffix_decides=settings.format is None
    )
