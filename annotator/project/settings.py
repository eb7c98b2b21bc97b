"""What researchers may change about a project after it was made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from annotator.errors import BadSettings
from annotator.project.permissions import Actor, check_may_act
from db.queue import new_slots, slots
from db.records import SALIENCY_MODES, SERVING_RULES, Project, SaliencyMode, ServingRule
from db.store import Store
from db.team import audit, project

MOST_OVERLAP = 20
MOST_ANSWERS = 1_000_000
LEASE_MINUTES = range(10, 61)


@dataclass(frozen=True)
class SettingsChange:
    """The new values; None leaves a setting as it is."""

    overlap: int | None = None
    overlap_share: float | None = None
    saliency_mode: SaliencyMode | None = None
    lease_minutes: int | None = None
    serving: ServingRule | None = None
    round_every: int | None = None
    """0 for never."""


def change_settings(
    store: Store,
    change: SettingsChange,
    *,
    actor: Actor,
    progress: Callable[[int], None] | None = None,
) -> Project:
    """Change a project's settings and return them all.

    More overlap gives the sentences of the agreement sample the slots that they lack, one chunk per
    transaction; if it is cut off in the middle, the same change resumes. Less overlap removes no slot:
    sentences keep those they have, and later ones get fewer.
    """
    wanted = {name: value for name, value in vars(change).items() if value is not None}
    _check(wanted)
    if wanted.get("round_every") == 0:
        wanted["round_every"] = None
    with store.writing():
        check_may_act(store, actor, least="researcher")
        now = vars(project.read(store))
        different = {name: value for name, value in wanted.items() if now[name] != value}
        if different:
            project.change(store, different)
            audit.record(store, actor, "settings changed", different)
    if {"overlap", "overlap_share"} & wanted.keys():
        with store.importing():
            new_slots.widen(store, progress=progress)
    return project.read(store)


def agreement_sample(store: Store) -> tuple[int, int]:
    """Return how many sentences want answers from several people, and how many want any."""
    return slots.count_shared(store)


def _check(wanted: dict[str, Any]) -> None:
    overlap, share = wanted.get("overlap", 1), wanted.get("overlap_share", 1.0)
    if not 1 <= overlap <= MOST_OVERLAP:
        raise BadSettings(f"The overlap is {overlap}; give 1 to {MOST_OVERLAP} people who answer a sentence.")
    if not 0 <= share <= 1:
        raise BadSettings(f"The share of the agreement sample is {share}; give a number from 0 to 1.")
    if wanted.get("lease_minutes", 10) not in LEASE_MINUTES:
        raise BadSettings(f"A lease cannot be {wanted['lease_minutes']} minutes long; give 10 to 60.")
    if wanted.get("round_every", 0) not in range(MOST_ANSWERS + 1):
        raise BadSettings(
            f"A round cannot start after {wanted['round_every']} answers; give 1 to {MOST_ANSWERS}, or 0 for never."
        )
    if wanted.get("serving", "ask") not in SERVING_RULES:
        raise BadSettings(f"There is no rule {wanted['serving']!r}; choose one of {', '.join(SERVING_RULES)}.")
    if wanted.get("saliency_mode", "never") not in SALIENCY_MODES:
        raise BadSettings(f"There is no mode {wanted['saliency_mode']!r}; choose one of {', '.join(SALIENCY_MODES)}.")
