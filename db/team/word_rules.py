"""Rules for words: that a word must not matter anywhere in the project. A log; the newest line of a word holds."""

from db.records import WordRule
from db.store import Store, now_ms


def add(store: Store, word: str, *, applies: bool, person_id: int | None) -> None:
    """Record that this word, in lower case, must not matter from now on, or that the rule for it no longer applies."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO word_rules (word, applies, person_id, at_ms) VALUES (?, ?, ?, ?)",
            [word, applies, person_id, now_ms()],
        )


def applying(store: Store, *, up_to_ms: int | None = None) -> list[WordRule]:
    """Return the rules that apply now, or applied at that time, by word."""
    rows = store.db.execute(
        """
        SELECT r.word, p.name, r.at_ms FROM word_rules r LEFT JOIN people p ON p.id = r.person_id
        WHERE r.applies = 1 AND (:up_to IS NULL OR r.at_ms <= :up_to) AND NOT EXISTS (
            SELECT 1 FROM word_rules later
            WHERE later.word = r.word AND later.id > r.id AND (:up_to IS NULL OR later.at_ms <= :up_to))
        ORDER BY r.word
        """,
        {"up_to": up_to_ms},
    )
    return [WordRule(*row) for row in rows]


def words(store: Store) -> set[str]:
    """Return the words that ever had a rule."""
    return {word for (word,) in store.db.execute("SELECT DISTINCT word FROM word_rules")}
