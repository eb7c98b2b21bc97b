"""What an import refuses before it reads a row: settings that contradict the file, or themselves."""

from annotator.errors import BadShare
from annotator.formats.faults import BadInput, Unfit
from annotator.formats.files.content import find_contradiction
from annotator.importing.coders import check_person_fields
from annotator.importing.settings import MOST_HELD_OUT, ImportSettings
from annotator.importing.source import Source


def check_share(hold_out: float) -> None:
    """Raise BadShare for a share of held-out sentences that leaves none to learn from."""
    if not 0 <= hold_out <= MOST_HELD_OUT:
        raise BadShare(
            f"The share to set aside is {hold_out}; give 0 to {MOST_HELD_OUT}: it is taken twice, for dev and test."
        )


def check_content(source: Source, name: str, settings: ImportSettings) -> None:
    """Raise BadInput for a file whose content contradicts its name, or whose format has no use for a setting."""
    chosen, text_field = settings.format is not None, source.fields.text
    found = find_contradiction(name, source.file, source.text, source.format, text_field=text_field, chosen=chosen)
    if found is not None:
        raise BadInput(str(source.path), [found])
    try:
        check_person_fields(settings.people, source.format)
    except Unfit as unfit:
        raise BadInput(str(source.path), [unfit.at(None)]) from None
