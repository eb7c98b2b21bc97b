"""What the word marker shows of a language model's suggestion, and whether an answer names the right one."""

from collections.abc import Sequence
from typing import Any

from annotator.errors import NotSuggested
from annotator.project.labels import by_any_name
from db.answers import suggestions
from db.finding import texts
from db.records import NewAnnotation, Project
from db.store import Store
from db.team import project


def suggested(store: Store, settings: Project, sentence_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what is drawn of the suggestions for those of these sentences that may show theirs, by sentence.

    Never in dev or test, nor where chance chose the sentence for a round's queue: these say without
    bias how good people and models are. Nor in projects whose people see no model.
    """
    if settings.saliency_mode == "never":
        return {}
    found = suggestions.to_show(store, sentence_ids)
    held_out = texts.held_out_among(store, list(found)) if found else set()
    return {
        sentence_id: {"suggestion": {"model": one.model, "label": one.label, "words": list(one.words)}}
        for sentence_id, one in found.items()
        if sentence_id not in held_out
    }


def suggests(store: Store, settings: Project) -> bool:
    """Return whether people of this project may see suggestions."""
    return settings.saliency_mode != "never" and suggestions.exist(store)


def check_seen(store: Store, answer: NewAnnotation) -> None:
    """Raise NotSuggested unless the suggestion that came into view, if any did, is the sentence's own."""
    seen = answer.observed.suggestion
    if seen is None:
        return
    one = suggestions.find(store, answer.sentence_id)
    # The page may be from before the label was renamed.
    label = by_any_name(project.labels(store)).get(seen["label"])
    given = (seen["model"], label and label.index, seen["words"])
    if one is None or given != (one.model, one.label, list(one.words)):
        raise NotSuggested("The answer names a suggestion that its sentence does not have; reload the page.")
