"""The schema, as an append-only list of steps, one SQL script each; `PRAGMA user_version` counts the applied ones.

A released step is never edited: the next one is added, with a test that starts from the
previous schema with rows in it.

What to know before reading on:

- Annotations are a log. Triggers refuse UPDATE and DELETE; a correction is a new row that
  `supersedes` an older one of the same person and sentence, and nothing may be superseded twice.
  A person's decisions over others' answers (`adjudicated`) are a separate chain from their own answers.
- Marks cannot be misaligned. An annotation repeats its sentence's token hash and token count,
  a composite foreign key checks both, and a CHECK ties the length of the marks to that count.
- A label is never renamed or deleted, and a finished round never changed: that one is retired or
  freed is recorded separately.
- `sentence_words` is the full-text index over the tokens, filled in the order of ids after an import's
  flip: it still lacks the sentences that became visible since its last row.
- `leases` records who was given which sentence: an answer from anyone else is refused.
- A surplus answer counts only once a researcher admits it; the newest of its `admissions` decides.
- A decision holds unless the newest of its `withdrawals` takes it back; then the one before it, if any, holds again.
- A person's `uid` identifies them outside the file, in a browser: a restored backup may give their id to another.
- Two sentences have the same text when their words and their queries' words are the same, letter for letter:
  the index `sentences_words` answers every query about that without reading the sentences themselves.
- Work is handed out in slots. A sentence has `overlap` of them, so more answers than wanted
  cannot be represented. A claim is one UPDATE over the index `slots_open`.
"""

from importlib.resources import files

_SCRIPTS = [each for each in files(__name__).iterdir() if each.name.endswith(".sql")]

MIGRATIONS: tuple[str, ...] = tuple(
    each.read_text(encoding="utf-8") for each in sorted(_SCRIPTS, key=lambda script: script.name)
)
"""Each step is an SQL script, applied in one transaction."""
