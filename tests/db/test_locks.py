import threading
from pathlib import Path

from db.errors import StoreUnavailable
from db.locks import file_lock


def somebody_waits(path: Path) -> bool:
    try:
        with file_lock(path, purpose="turn", wait=False):
            return False
    except StoreUnavailable:
        return True


def test_whoever_asks_again_comes_after_those_who_wait(tmp_path: Path) -> None:
    path, order = tmp_path / "a.db", []

    def wait_for_it() -> None:
        with file_lock(path):
            order.append("the one who waited")

    for _ in range(50):
        thread = threading.Thread(target=wait_for_it)
        with file_lock(path):
            thread.start()
            assert any(somebody_waits(path) for _ in range(1_000_000))
        with file_lock(path):
            order.append("the one who had it")
        thread.join()
    assert order == ["the one who waited", "the one who had it"] * 50
