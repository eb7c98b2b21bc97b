"""`/health` and `/metrics`, asked without a server around them; test_stopping.py asks a server."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from event_loops import run_apart
from starlette.responses import PlainTextResponse

from annotator.pages.operating.addresses import Watched
from annotator.pages.operating.saves import Saves
from annotator.pages.operating.under_way import UnderWay
from db.store import Store

HERE = {"host": "127.0.0.1:8501"}


def ask(watched: Watched, path: str, *, client: str = "127.0.0.1", **headers: str) -> tuple[int, str]:
    """Return the status and the text of a response."""
    sent: list[Any] = []
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": "http",
        "path": path,
        "method": "GET",
        "client": (client, 1),
        "headers": [(name.encode(), value.encode()) for name, value in (HERE | given).items()],
    }

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    run_apart(watched(scope, receive, send))
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:]).decode()


def watch(project: Path, *, with_metrics: bool = True) -> Watched:
    return Watched(PlainTextResponse("passed on"), project=project, under_way=UnderWay(), with_metrics=with_metrics)


def test_a_project_that_can_be_read_is_ready_and_anything_else_is_passed_on(store: Store) -> None:
    watched = watch(store.path)
    assert ask(watched, "/health") == (200, "ready")
    assert ask(watched, "/health/alive") == (200, "alive")
    assert ask(watched, "/healthy") == (200, "passed on")


@pytest.mark.parametrize("harm", ["missing", "damaged", "not a project"])
def test_a_project_that_cannot_be_read_is_not_ready_and_its_name_is_only_in_the_log(
    store: Store, tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    project = tmp_path / "secret-name.db"
    if harm == "damaged":
        shutil.copy(store.path, project)
        project.write_bytes(project.read_bytes()[:8192])
    elif harm == "not a project":
        project.write_text("Dear diary")
    watched = watch(project)
    assert ask(watched, "/health") == (503, "The project cannot be read now; the server's log says why.")
    assert ask(watched, "/health/alive") == (200, "alive")
    status, figures = ask(watched, "/metrics")
    assert (status, "whylight_project_readable 0\n" in figures, "secret" in figures) == (200, True, False)
    assert "secret-name.db" in caplog.text


def test_a_server_that_is_stopping_is_alive_and_not_ready(store: Store) -> None:
    watched = watch(store.path)
    watched.under_way.is_stopping = True
    assert ask(watched, "/health") == (503, "The server is stopping.")
    assert ask(watched, "/health/alive") == (200, "alive")


def test_figures_are_given_only_when_asked_for_and_to_this_machine_alone(store: Store) -> None:
    assert ask(watch(store.path, with_metrics=False), "/metrics")[0] == 404
    watched = watch(store.path)
    assert ask(watched, "/metrics", host="localhost:8501")[0] == 200
    assert ask(watched, "/metrics", client="::1", host="[::1]:8501")[0] == 200
    assert ask(watched, "/metrics", client="192.0.2.7")[0] == 403
    assert ask(watched, "/metrics", host="marks.example.org")[0] == 403
    for header in ("x_forwarded_for", "forwarded", "via", "x_real_ip"):
        assert ask(watched, "/metrics", **{header: "127.0.0.1"})[0] == 403


def test_figures_are_in_prometheus_form(store: Store) -> None:
    lines = ask(watch(store.path), "/metrics")[1].splitlines()
    number = r"(\d+(\.\d+)?(e[+-]\d+)?)"
    sample = rf'whylight_[a-z_]+(\{{[a-z]+="[a-z0-9.+A-Z]+"\}})? {number}'
    assert [line for line in lines if not re.fullmatch(rf"# (HELP|TYPE) whylight_\w+ .+|{sample}", line)] == []
    told = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(told) == len(set(told))
    assert "whylight_queue_length 10" in lines  # the sentences of the fixture, none of them answered
    assert 'whylight_rounds{state="training"} 0' in lines


def test_saves_are_counted_by_outcome_by_time_and_when_they_fail() -> None:
    saves = Saves()
    receipts: list[dict[str, str]] = []
    with saves.counted(receipts):
        assert saves.under_way == 1
        receipts += [{"state": "saved"}, {"state": "saved"}, {"state": "surplus"}]
    with pytest.raises(OSError), saves.counted([]):
        raise OSError
    assert (saves.under_way, saves.failed) == (0, 1)
    assert (saves.outcomes["saved"], saves.outcomes["surplus"], saves.outcomes["rejected"]) == (2, 1, 0)
    assert saves.durations()[-1] == 2
