"""Which of a sentence's answers in a file the project lacks.

A person's answers to a sentence are a chain, and what they adjudicated is another: each answer corrects the one
before it. A file's chain continues the project's or begins it, or it is another one: then the person worked in two
places, and which answer counts is for the caller to say.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from annotator.formats.faults import Unfit, show
from annotator.formats.rows import AnnotationRow
from annotator.importing.settings import SamePerson
from annotator.names import IMPORTED, folded, is_gold, origin_in
from db.records import Annotation, Kind
from db.team.people import GOLD

_AGAIN = "again-"
"""How the keys of answers begin that are in the log a second time, because they are newer than what a file added."""
_HINT = "; if this person worked in two places, --same-person newer keeps both answers and lets the newer one count"
_TIMED = ", except a newer one that has its time (at), with --same-person newer"


@dataclass
class Missing:
    """The answers to a sentence that the project lacks."""

    answers: list[AnnotationRow] = field(default_factory=list)
    """Oldest first; an answer of the project that is newer than the file's comes again after it, so that it counts."""
    newer_in_file: int = 0
    """People who gave another answer in the project, which is older."""
    newer_in_project: int = 0


class _InFile(NamedTuple):
    """An answer in a file, and its place among the answers to the sentence."""

    place: int
    answer: AnnotationRow


def missing_answers(
    external_id: str,
    answers: Sequence[AnnotationRow],
    stored: Iterable[tuple[str, Annotation]],
    same_person: SamePerson = "refuse",
    *,
    carried: AbstractSet[str] = frozenset(),
) -> Missing:
    """Return those of a sentence's resolved answers that are not `stored`.

    `stored` has the project's answers to it with the names of their people, oldest first. `carried` has the keys of
    those that were carried over from an older text, and of what they were then: a chain in a file continues after them.
    Raises Unfit for a person whose answers in the file and in the project are different ones, unless the newer one is
    to count.
    """
    known: dict[tuple[str, bool], list[Annotation]] = defaultdict(list)
    for name, annotation in stored:
        known[_chain(name, annotation.kind)].append(annotation)
    found: dict[tuple[str, bool], list[_InFile]] = defaultdict(list)
    for index, answer in enumerate(answers):
        found[_chain(answer.person, answer.kind)].append(_InFile(index, answer))
    missing = Missing()
    lacking: list[_InFile] = []
    for chain, given in found.items():
        ours = known[chain]
        if given[0].answer.key:
            given = [one for one in given if one.answer.key not in carried]
            ours = [one for one in ours if one.submission_key not in carried]
        lacking += _missing_of(external_id, given, ours, same_person, missing) if given else []
    missing.answers = [answer for _, answer in sorted(lacking, key=lambda one: one.place)]
    return missing


def _chain(name: str, kind: Kind) -> tuple[str, bool]:
    """Return the key of one of a person's two chains on a sentence: their answers, or what they adjudicated."""
    return folded(name), kind == "adjudicated"


def _missing_of(
    external_id: str, given: Sequence[_InFile], stored: Sequence[Annotation], same_person: SamePerson, missing: Missing
) -> list[_InFile]:
    """Return those of one person's answers that the project lacks, and count whose newest answer is the newer one."""
    if given[0].answer.key:
        new, is_other = _missing_with_keys(given, stored, same_person)
    else:
        new, is_other = _missing_without_key(external_id, given, stored, same_person)
    if not is_other or not new:
        return new
    return _joined(given, new, stored, missing)


def _joined(
    given: Sequence[_InFile], new: Sequence[_InFile], stored: Sequence[Annotation], missing: Missing
) -> list[_InFile]:
    """Return what joins the file's chain to the project's, so that the newer of both last answers comes last."""
    ours = next((annotation for annotation in reversed(stored) if not annotation.withdrawn), None)
    theirs = next((one for one in reversed([*given, *new]) if one.answer.key and not one.answer.withdrawn), None)
    if ours is None or theirs is None:
        return list(new)
    is_stored = theirs.answer.key in {annotation.submission_key for annotation in stored}
    first_time = [one for one in new if not is_again(one.answer.key)]
    if _rank(theirs) > _rank_of(ours) and not is_stored:
        missing.newer_in_file += 1
        return [*first_time, theirs] if is_again(theirs.answer.key) else first_time
    if not first_time:
        return []
    missing.newer_in_project += 1
    return [*first_time, _InFile(given[-1].place + 1, _again(ours, given[-1].answer.person, new[-1].answer.key))]


def _missing_with_keys(
    given: Sequence[_InFile], stored: Sequence[Annotation], same_person: SamePerson
) -> tuple[list[_InFile], bool]:
    """Return the answers whose keys the chain lacks, and whether the file's chain is another one."""
    by_key = {annotation.submission_key: annotation for annotation in stored}
    for index, answer in given:
        if answer.key in by_key:
            _check_same(answer, by_key[answer.key], f"annotations[{index}]")
    lacking = [one for one in given if one.answer.key not in by_key]
    parted = [
        (one, annotation)
        for one, annotation in zip(given, stored, strict=False)
        if one.answer.key != annotation.submission_key
    ]
    if lacking and parted and same_person == "refuse":
        (index, answer), annotation = parted[0]
        _check_same(answer, annotation, f"annotations[{index}]")
    return lacking, bool(parted)


def _missing_without_key(
    external_id: str, given: Sequence[_InFile], stored: Sequence[Annotation], same_person: SamePerson
) -> tuple[list[_InFile], bool]:
    """Return an answer without a key if it differs from the last stored one, and whether that is the person's own.

    It then corrects the stored one. A person's answer that an earlier import brought is not missing either, though
    they may have changed it since. Raises Unfit if it would correct an answer that the person gave in the project,
    unless the newer one is to count.
    """
    index, answer = given[0]
    last = stored[-1] if stored else None
    if last and (last.kind, last.label, last.marks) == (answer.kind, answer.label, answer.marks):
        return [], False
    befores = [None, *(annotation.submission_key for annotation in stored)]
    keys = [_key(external_id, answer, before) for before in befores]
    if not is_gold(answer.person) and any(
        key == annotation.submission_key for key, annotation in zip(keys, stored, strict=False)
    ):
        return [], False
    is_own = bool(last and not is_gold(answer.person) and not last.submission_key.startswith(IMPORTED))
    if is_own and (same_person == "refuse" or answer.at_ms is None):
        found = f"another answer by {show(answer.person)} than the one that they gave in the project"
        raise Unfit("annotations", found, "that one, or another name for this person; no import replaces it" + _TIMED)
    return [_InFile(index, replace(answer, key=keys[-1], supersedes=befores[-1]))], is_own


def is_again(key: str) -> bool:
    """Return whether this is the key of an answer that is in the log a second time, to count after an older one."""
    return key.removeprefix(origin_in(key)).startswith(_AGAIN)


def _rank(theirs: _InFile) -> tuple[object, ...]:
    """Return when the answer was given, and its content, which decides between equal times in every project."""
    place, answer = theirs
    if answer.at_ms is None:
        raise Unfit(f"annotations[{place}].at", "null", "a time, which --same-person newer compares")
    return answer.at_ms, answer.kind, -1 if answer.label is None else answer.label, answer.marks or ""


def _rank_of(ours: Annotation) -> tuple[object, ...]:
    return ours.created_ms, ours.kind, -1 if ours.label is None else ours.label, ours.marks or ""


def _again(ours: Annotation, person: str, after: str) -> AnnotationRow:
    """Return an answer of the project again, to come after a file's older one: the last of a chain counts."""
    return AnnotationRow(
        person=person,
        kind=ours.kind,
        key=f"{origin_in(ours.submission_key)}{_AGAIN}{_hashed([ours.submission_key, after])}",
        label=ours.label,
        marks=ours.marks,
        at_ms=ours.created_ms,
        supersedes=after,
        observed=ours.observed,
        surplus=ours.surplus,
        admitted=ours.admitted if ours.surplus else None,
    )


def _key(external_id: str, answer: AnnotationRow, after: str | None) -> str:
    """Return the key of a file's answer after this one of the same person: the same in every import."""
    content = [external_id, answer.label, answer.marks, after]
    if is_gold(answer.person):
        return f"{GOLD}-{_hashed(content)}"
    return f"{IMPORTED}{_hashed([*content, folded(answer.person), answer.kind])}"


def _hashed(content: Sequence[object]) -> str:
    return hashlib.sha256("\0".join(map(str, content)).encode()).hexdigest()[:32]


def _check_same(answer: AnnotationRow, stored: Annotation, field: str) -> None:
    given = (answer.key, answer.kind, answer.label, answer.marks)
    if given != (stored.submission_key, stored.kind, stored.label, stored.marks):
        found = f"another answer by {show(answer.person)}"
        if answer.key == stored.submission_key:
            key = show(answer.key)
            raise Unfit(field, f"{found} under the key {key}", "the one that the project has under this key")
        raise Unfit(field, found, f"the one that the project has in this place{_HINT}")
