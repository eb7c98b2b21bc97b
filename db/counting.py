"""SQL conditions that several queries share; the argument is the name of the table in the query.

An answer counts while nothing supersedes it, unless it is surplus and no researcher has admitted it. A decision
counts unless it is withdrawn; one that is withdrawn supersedes nothing. No answer to a removed sentence counts.

An answer under a label that was merged into another counts under that one, and its marks count only if its label
takes a rationale now.
"""


def is_newest(a: str = "a") -> str:
    """Return the condition that nothing supersedes the row, and that its sentence was not removed."""
    return f"""(CASE {a}.kind WHEN 'adjudicated' THEN NOT EXISTS (
            SELECT 1 FROM annotations newer WHERE newer.sentence_id = {a}.sentence_id AND newer.kind = 'adjudicated'
                AND newer.person_id = {a}.person_id AND newer.id > {a}.id AND NOT {is_withdrawn("newer")})
        ELSE NOT EXISTS (SELECT 1 FROM annotations newer WHERE newer.supersedes = {a}.id) END AND {is_present(a)})"""


def is_present(a: str = "a") -> str:
    """Return the condition that the row's sentence was neither removed nor replaced."""
    return f"NOT EXISTS (SELECT 1 FROM removals gone WHERE gone.sentence_id = {a}.sentence_id)"


def is_withdrawn(a: str = "a") -> str:
    """Return the condition that the newest of the row's withdrawals takes it back."""
    newest = f"SELECT w.withdrawn FROM withdrawals w WHERE w.annotation_id = {a}.id ORDER BY w.id DESC LIMIT 1"
    return f"coalesce(({newest}), 0)"


def is_admitted(a: str = "a") -> str:
    """Return the condition that the newest of the row's admissions admits it."""
    newest = f"SELECT m.admitted FROM admissions m WHERE m.annotation_id = {a}.id ORDER BY m.id DESC LIMIT 1"
    return f"coalesce(({newest}), 0)"


def counts(a: str = "a") -> str:
    """Return the condition that the row counts."""
    holds = f"({a}.kind <> 'adjudicated' OR NOT {is_withdrawn(a)})"
    return f"({is_newest(a)} AND {holds} AND ({a}.surplus = 0 OR {is_admitted(a)}))"


def label_of(a: str = "a") -> str:
    """Return the label that the row counts under: its own, or the one that this was merged into."""
    return f"coalesce((SELECT own.merged_into FROM labels own WHERE own.id = {a}.label), {a}.label)"


def marks_of(a: str = "a") -> str:
    """Return the row's marks if the label that it counts under takes a rationale, else NULL."""
    takes = f"SELECT counted.takes_rationale FROM labels counted WHERE counted.id = {label_of(a)}"
    return f"iif(({takes}), {a}.marks, NULL)"


def by_chance(s: str = "s") -> str:
    """Return the condition that chance put the row of `slots` in its place, not a model, an acquisition or a person.

    A place of the first round's queue that an acquisition chose has the reason `start` as well, but with a score. A
    sentence whose text was corrected is not what chance chose.
    """
    by_reason = f"({s}.reason = 'random' OR ({s}.reason = 'start' AND {s}.score IS NULL))"
    return f"({by_reason} AND {not_picked(s)} AND {not_corrected(s)})"


def answered_here(s: str = "s") -> str:
    """Return the condition that a person answered the row of `slots`: an answer from a file fills one that was given to
    no one.
    """
    came = f"SELECT 1 FROM annotations came WHERE came.id = {s}.annotation_id AND came.import_id IS NOT NULL"
    return f"({s}.annotation_id IS NOT NULL AND NOT EXISTS ({came}))"


def not_picked(s: str = "s") -> str:
    """Return the condition that no person chose the sentence of the row."""
    return f"NOT EXISTS (SELECT 1 FROM picked_sentences picked WHERE picked.sentence_id = {s}.sentence_id)"


def not_corrected(s: str = "s") -> str:
    """Return the condition that the sentence of the row has the text that was imported."""
    return f"NOT EXISTS (SELECT 1 FROM removals corrected WHERE corrected.replaced_by = {s}.sentence_id)"
