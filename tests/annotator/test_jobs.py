"""How often a job reports, and when it is silent; the tests of rounds and of uploads start real ones."""

import pytest

from annotator import jobs
from db.store import now_ms


def test_a_job_reports_at_once_then_now_and_then_and_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now)
    pace = jobs.Pace()
    assert pace.is_due()
    now += jobs.SECONDS_BETWEEN_REPORTS / 2
    assert not pace.is_due()
    assert pace.is_due(is_last=True)
    now += jobs.SECONDS_BETWEEN_REPORTS
    assert pace.is_due()


def test_a_job_counts_as_silent_after_a_minute() -> None:
    assert not jobs.is_silent(now_ms() - jobs.SILENCE_MS + 1000)
    assert jobs.is_silent(now_ms() - jobs.SILENCE_MS - 1000)
