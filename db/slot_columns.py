"""The columns of a slot: those that are read, and what they become when a lease ends or the sentence is removed."""

COLUMNS = "id, sentence_id, split, reason, score, round_id, person_id, lease_until_ms, request_id"
"""Those of the record `Slot`."""
WITHOUT_LEASE = "lease_until_ms = 0, leased_under = NULL, requested_under = NULL, request_id = NULL"
"""The columns of a slot that no one leases any longer."""
GIVEN_BACK = f"person_id = NULL, {WITHOUT_LEASE}"
"""The columns of a slot whose lease ends without an answer."""
CLOSED = -1.0
"""The priority of the slots of a removed sentence, below every range that a claim reads."""
