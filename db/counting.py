"""SQL conditions that several queries share; the argument is the name of the table in the query.

An answer counts while nothing supersedes it, unless it is surplus and no researcher has admitted it. A decision
counts unless it is withdrawn; one that is withdrawn supersedes nothing.
"""


def is_newest(a: str = "a") -> str:
    """Return the condition that nothing supersedes the row."""
    return f"""CASE {a}.kind WHEN 'adjudicated' THEN NOT EXISTS (
            SELECT 1 FROM annotations newer WHERE newer.sentence_id = {a}.sentence_id AND newer.kind = 'adjudicated'
                AND newer.person_id = {a}.person_id AND newer.id > {a}.id AND NOT {is_withdrawn("newer")})
        ELSE NOT EXISTS (SELECT 1 FROM annotations newer WHERE newer.supersedes = {a}.id) END"""


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


def by_chance(s: str = "s") -> str:
    """Return the condition that chance put the row of `slots` in its place, not a model, an acquisition or a person.

    A place of the first round's queue that an acquisition chose has the reason `start` as well, but with a score.
    """
    return f"(({s}.reason = 'random' OR ({s}.reason = 'start' AND {s}.score IS NULL)) AND {not_picked(s)})"


def not_picked(s: str = "s") -> str:
    """Return the condition that no person chose the sentence of the row."""
    return f"NOT EXISTS (SELECT 1 FROM picked_sentences picked WHERE picked.sentence_id = {s}.sentence_id)"
