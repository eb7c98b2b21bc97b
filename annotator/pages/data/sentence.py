"""One sentence: every answer to it with its marked words, who holds it, and its metadata."""

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from annotator.pages.data import putting_right, sentence_tags
from annotator.pages.frame import Here, plain
from annotator.pages.reader import sentence_sheet
from annotator.reviewing import browsing
from annotator.rounds.asking.opinion import Opinion, opinion_of
from annotator.rounds.measuring.pair_drawing import scaled, words_for
from annotator.wording import answer_notes, clock, listed
from db.errors import UnknownSentence
from db.store import Store, now_ms


def render(here: Here, external_id: str, *, on_back: Callable[[], None]) -> None:
    """Draw the page of one sentence."""
    head = st.container(horizontal=True, vertical_alignment="center", key="sentence-head")
    head.button("All sentences", icon=":material/arrow_back:", type="tertiary", on_click=on_back)
    try:
        with Store.open(here.path) as store:
            sentence = browsing.describe_sentence(store, external_id, actor=here.actor)
            with head:
                putting_right.draw(here, external_id)
            opinion = opinion_of(store, external_id, actor=here.actor)
            sentence_tags.draw(here, store, external_id, sentence["tags"])
    except UnknownSentence as error:
        st.text(str(error))
        return
    if sentence["sets"]:
        st.caption(plain(f"In {listed([f'“{name}”' for name in sentence['sets']], 'and')}, under Sets."))
    with st.container(key="data-sentence"):
        sentence_sheet(_drawn(sentence) | {"model": _model(opinion)}, key="sentence")


def _drawn(sentence: dict[str, Any]) -> dict[str, Any]:
    return {
        "text": sentence["text"],
        "tokens": sentence["tokens"],
        "starts": sentence["starts"],
        "query": sentence["query"],
        "answers": [_drawn_answer(answer) for answer in reversed(sentence["answers"])],
        "chosen": [_chosen(one) for one in sentence["chosen"]],
        "leases": [{"person": lease["person"], "until": _lease(lease["until_ms"])} for lease in sentence["leases"]],
        "facts": [
            ["id", sentence["id"]],
            ["split", sentence["split"]],
            *(["text corrected", _corrected(one)] for one in sentence["corrections"]),
            *([name, _value(value)] for name, value in sentence["metadata"].items()),
        ],
    }


def _model(opinion: Opinion | str) -> dict[str, Any]:
    if isinstance(opinion, str):
        return {"label": None, "verdict": opinion}
    verdict = {None: "", True: "as people say", False: "people say otherwise"}[opinion.is_right]
    return {
        "round": f"Round {opinion.round.name}",
        "label": opinion.label,
        "probability": f"{opinion.probability:.2f}",
        "verdict": verdict,
        "saliency": None if opinion.saliency is None else scaled(opinion.saliency),
        "words_for": words_for(opinion.explained, opinion.label),
    }


def _drawn_answer(answer: dict[str, Any]) -> dict[str, Any]:
    seconds = [f"{answer['seconds']:.0f} s"] if answer["seconds"] is not None else []
    return {
        "person": answer["person"],
        "kind": {"skip": "skipped"}.get(answer["kind"], answer["kind"]),
        "label": answer["label"],
        "marks": answer["marks"],
        "superseded": answer["superseded"],
        "notes": answer_notes(answer),
        "note": answer["note"],
        "when": " · ".join([*seconds, clock(answer["at_ms"])]),
    }


def _chosen(one: dict[str, Any]) -> str:
    chance = "" if one["probability"] is None else f" Its chance was {one['probability']:.2g}."
    by = "Order before the first round" if one["round_id"] is None else f"Round {one['round_id']}"
    return f"{by}, place {one['place']}: {one['why']}{chance}"


def _corrected(one: dict[str, Any]) -> str:
    why = "" if one["reason"] is None else f": {one['reason']}"
    return f"{clock(one['at_ms'])}, by {one['person'] or 'the owner of the file'}{why}"


def _lease(until_ms: int) -> str:
    if until_ms < now_ms():
        return f"held it until {clock(until_ms)}; the lease has expired"
    return f"holds it until {clock(until_ms)}"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
