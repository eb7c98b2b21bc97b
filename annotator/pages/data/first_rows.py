"""The beginning of a file that is to be imported, and which of its columns holds what."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.files.layout import Layout
from annotator.formats.first_look import FirstLook, is_read_anyway, look_into
from annotator.formats.likely_fields import with_likely_fields
from annotator.formats.registry import find_format
from annotator.importing.report_wording import tool_in_words
from annotator.pages import reader, widgets
from annotator.wording import counted, listed

TITLES = {
    **{"text": "Sentence", "label": "Label", "id": "Id", "split": "Split"},
    **{"marks": "Marks", "query": "Query", "tokens": "Words"},
}
_IN_A_ROW = 4
_ANSWERS = "annotations"
"""The field of our own files with everybody's answers."""
_OF_ANSWERS = ("label", "marks")


def look_at(file: UploadedFile, format: str | None, layout: Layout, labels: Sequence[str]) -> FirstLook:
    """Return the beginning of the file as it is read, with guesses that know the project's labels.

    Raises BadInput if the file's name stands for no format.
    """
    name = find_format(Path(file.name), format)
    return with_likely_fields(look_into(file.getbuffer(), name, layout, chosen=format is not None), labels)


def draw(file: UploadedFile, look: FirstLook) -> Fields:
    """Draw the first rows and a box for each part of a sentence; return what was chosen in them.

    Raises BadFields if a column was chosen twice.
    """
    if look.rows or tool_in_words(look.format):
        st.caption(_found(look))
    if look.rows:
        reader.first_rows(look.columns or ("line",), look.rows, key="data-first-rows")
    names: dict[str, Any] = {}
    for place, part in enumerate(part for part in TITLES if part in look.parts):
        if place % _IN_A_ROW == 0:
            row = st.columns(_IN_A_ROW)
        with row[place % _IN_A_ROW]:
            names[part] = _draw_choice(file.file_id, part, look)
    chosen: dict[str, Any] = _known(names)
    return replace(DEFAULT_FIELDS, **chosen)


def _found(look: FirstLook) -> str:
    if look.parts and not look.is_of_a_tool:
        number = counted(len(look.columns), "column")
        return f"{number}, and the first rows. Which column holds what?{_guesses(look)}"
    if look.format == "text":
        return "The first lines; each line is a sentence."
    read_as = tool_in_words(look.format) or "examples that Whylight exported"
    own = " Choose a column only where yours has another name." if look.parts else ""
    return f"Read as {read_as}.{own} Another format can be chosen under “How to read it”."


def _guesses(look: FirstLook) -> str:
    if not look.likely:
        return ""
    named = listed([TITLES[part] for part in TITLES if part in look.likely], "and")
    say = (
        "is a guess: clear the box if it is wrong"
        if len(look.likely) == 1
        else "are guesses: clear a box that is wrong"
    )
    return f" {named} {say}."


def _draw_choice(file_id: str, part: str, look: FirstLook) -> str | None:
    """Draw a box with the columns; one that is guessed can be cleared, unless it is read anyway."""
    # Read in another way, a file has other columns, and a choice among the old ones means nothing.
    guessed, key = look.guessed.get(part), widgets.column_key(f"{file_id} {widgets.key_of(str(look.columns))}", part)
    is_fixed = guessed is not None and is_read_anyway(part, guessed)
    if guessed is not None and not is_fixed:
        widgets.begin_with(key, guessed)
    options = look.options(part)
    return st.selectbox(
        TITLES[part],
        options,
        index=options.index(guessed) if guessed is not None and is_fixed else None,
        placeholder=_unless_chosen(part, look),
        key=key,
    )


def _unless_chosen(part: str, look: FirstLook) -> str:
    """Return where that part comes from if no column is chosen for it."""
    if look.is_of_a_tool:
        return "the tool's own"
    return f"in {_ANSWERS}" if part in _OF_ANSWERS and _ANSWERS in look.columns else "not in this file"


def _known(names: Mapping[str, str | None]) -> dict[str, str]:
    return {part: name for part, name in names.items() if name is not None and not is_read_anyway(part, name)}
