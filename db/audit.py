"""Who did what, in order; rows are only ever added."""

import json
from typing import Any

from db.store import Store, now_ms


def record(store: Store, person_id: int | None, action: str, detail: dict[str, Any]) -> None:
    """Add one line to the log; inside a `writing()` block it is part of that transaction."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO audit (person_id, action, detail, at_ms) VALUES (?, ?, ?, ?)",
            [person_id, action, json.dumps(detail, ensure_ascii=False), now_ms()],
        )
