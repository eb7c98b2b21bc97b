"""From which index a filter is answered, and in which order its candidates are read.

It is the most selective one: sentences named by id, a window of them at a time; those of a set, or with a tag; a label
or a person from the answers' indexes; words from the full-text index unless there are only a few such answers; a split
from the sentences' own. The other conditions are looked up for each candidate of that index.
"""

import json
from bisect import bisect_right
from typing import Any, NamedTuple

from db.counting import counts, is_newest, label_of
from db.finding.filters import SentenceFilter
from db.finding.search import phrase
from db.store import Store

WINDOW = 20_000
"""Candidates per read."""

_LAST_ID = 2**63 - 1
_ANSWER = f"""
    EXISTS (SELECT 1 FROM annotations a INDEXED BY annotations_sentence
        WHERE a.sentence_id = s.id AND a.label IS NOT NULL
            AND (:label IS NULL OR {label_of()} = :label) AND (:person IS NULL OR a.person_id = :person)
            AND {counts()})
"""
_DISAGREEMENT = f"""
    EXISTS (SELECT 1 FROM annotations a INDEXED BY annotations_sentence
        JOIN annotations b INDEXED BY annotations_sentence ON b.sentence_id = a.sentence_id
            AND {label_of("b")} <> {label_of()} AND b.kind = 'answer'
        WHERE a.sentence_id = s.id AND a.kind = 'answer' AND {counts()} AND {counts("b")})
"""
_FLAGGED = f"""
    EXISTS (SELECT 1 FROM annotations a INDEXED BY annotations_flagged
        WHERE a.sentence_id = s.id AND a.flagged = 1 AND {is_newest()})
"""
# The plus keeps SQLite from starting with the words after all.
_WORDS = "+s.id IN (SELECT rowid FROM sentence_words WHERE sentence_words MATCH :phrase)"


# Read in the order of the index if no label was merged into this one; else the answers of a few labels are sorted.
_UNDER_LABEL = "d.label = :label"
_UNDER_MERGED_LABELS = "d.label IN (SELECT id FROM labels WHERE :label IN (id, merged_into))"
_IN_SET = "EXISTS (SELECT 1 FROM set_members m WHERE m.set_id = :set AND m.sentence_id = s.id)"
_TAGGED = "EXISTS (SELECT 1 FROM sentence_tags t WHERE t.tag = :tag AND t.sentence_id = s.id)"


class Plan(NamedTuple):
    """The candidates, which are one index's rows `d` in the order of `id`, and the conditions left to check."""

    rows: str
    id: str
    candidate: str
    conditions: list[str]
    values: dict[str, Any]
    among: tuple[int, ...] | None = None
    """The candidates, if they are named; `:among` has those after `:after` and up to `:upto`, as JSON."""

    def query(self) -> str:
        """Return the SQL for the ids that pass, after `:after` and up to `:upto`."""
        return f"""
            SELECT {self.id} FROM {self.rows} CROSS JOIN visible_sentences s ON s.id = {self.id}
            WHERE {" AND ".join([self.candidate, *self.conditions])} AND {self.id} > :after AND {self.id} <= :upto
            GROUP BY {self.id} ORDER BY {self.id} LIMIT :size
        """

    def window(self) -> str:
        """Return the SQL for the id of the last of the next `:window` candidates, and how many there are."""
        return f"""
            SELECT max(id), count(*) FROM (
                SELECT DISTINCT {self.id} AS id FROM {self.rows}
                WHERE {self.candidate} AND {self.id} > :after ORDER BY {self.id} LIMIT :window)
        """

    def values_between(self, after_id: int, upto: int) -> dict[str, Any]:
        """Return what `query` is to be given, without its size."""
        values = self.values | {"after": after_id, "upto": upto}
        if self.among is None:
            return values
        named = self.among[bisect_right(self.among, after_id) : bisect_right(self.among, upto)]
        return values | {"among": json.dumps(named)}


def plan_of(store: Store, chosen: SentenceFilter) -> Plan:
    """Choose the index that a filter is answered from."""
    values = {
        "split": chosen.split,
        "label": chosen.label,
        "person": chosen.person,
        "literal": chosen.literal,
        "phrase": phrase(chosen.words),
        "set": chosen.set_id,
        "tag": chosen.tag,
    }
    conditions = _conditions(chosen)
    named = _named(chosen)
    if named is not None:
        return Plan(*named, [*conditions, *([_WORDS] if chosen.words else [])], values, chosen.among)
    by_words = Plan("sentence_words d", "d.rowid", "d.sentence_words MATCH :phrase", conditions, values)
    by_answers = None
    if _wants_answers(chosen):
        under_label = _UNDER_MERGED_LABELS if _has_merged(store, chosen.label) else _UNDER_LABEL
        by_answers = Plan(*_answers(chosen, under_label), conditions, values)
    if not chosen.words:
        return by_answers or Plan(*_sentences(chosen), conditions, values)
    if by_answers is None or not window(store, by_answers, 0)[1]:
        return by_words
    return by_answers._replace(conditions=[*conditions, _WORDS])  # a few answers are more selective than a common word


def window(store: Store, plan: Plan, after_id: int) -> tuple[int, bool]:
    """Return the id up to which to look now, and whether nothing comes after it."""
    if plan.among is not None:
        return _window_among(plan.among, after_id)
    last, number = store.db.execute(plan.window(), plan.values | {"after": after_id, "window": WINDOW}).fetchone()
    return (_LAST_ID, True) if number < WINDOW else (last, False)


def _has_merged(store: Store, label: int | None) -> bool:
    """Return whether another label was merged into this one."""
    return store.db.execute("SELECT 1 FROM labels WHERE merged_into = ?", [label]).fetchone() is not None


def _wants_answers(chosen: SentenceFilter) -> bool:
    named = chosen.label is not None or chosen.person is not None
    return chosen.flagged or chosen.disagreement or bool(chosen.answered) or (named and chosen.answered is None)


def _conditions(chosen: SentenceFilter) -> list[str]:
    conditions = []
    if chosen.split is not None:
        conditions.append("s.split = :split")
    if chosen.answered is False:
        conditions.append(f"NOT {_ANSWER}")
    elif chosen.answered or chosen.label is not None or chosen.person is not None:
        conditions.append(_ANSWER)
    if chosen.disagreement:
        conditions.append(_DISAGREEMENT)
    if chosen.flagged:
        conditions.append(_FLAGGED)
    if chosen.literal:
        conditions.append("instr(s.text, :literal) > 0")
    if chosen.set_id is not None:
        conditions.append(_IN_SET)
    if chosen.tag is not None:
        conditions.append(_TAGGED)
    return conditions


def _named(chosen: SentenceFilter) -> tuple[str, str, str] | None:
    """Return the rows of the sentences that are named one by one, in the order of their ids; None if none are."""
    if chosen.among is not None:
        return "json_each(:among) d", "d.value", "1"
    if chosen.set_id is not None:
        return "set_members d", "d.sentence_id", "d.set_id = :set"
    if chosen.tag is not None:
        return "sentence_tags d", "d.sentence_id", "d.tag = :tag"
    return None


def _answers(chosen: SentenceFilter, under_label: str) -> tuple[str, str, str]:
    """Return the rows of the most selective index of the answers."""
    if chosen.flagged:
        return "annotations d INDEXED BY annotations_flagged", "d.sentence_id", "d.flagged = 1"
    if chosen.answered is not False and chosen.label is not None:
        return "annotations d INDEXED BY annotations_label", "d.sentence_id", under_label
    if chosen.answered is not False and chosen.person is not None:
        return "annotations d INDEXED BY annotations_of_person", "d.sentence_id", "d.person_id = :person"
    return "annotations d INDEXED BY annotations_sentence", "d.sentence_id", "1"


def _sentences(chosen: SentenceFilter) -> tuple[str, str, str]:
    if chosen.split is not None:
        return "sentences d INDEXED BY sentences_split", "d.id", "d.split = :split"
    return "sentences d", "d.id", "1"


def _window_among(among: tuple[int, ...], after_id: int) -> tuple[int, bool]:
    end = bisect_right(among, after_id) + WINDOW
    return (_LAST_ID, True) if end >= len(among) else (among[end - 1], False)
