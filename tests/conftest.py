"""The small worlds that most tests start from."""

import gc
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from forked_jobs import CAN_FORK, HEAVY, RUN, Forked, start_command, start_jobs_as_forks, start_program
from hypothesis import settings
from installed import write_metadata

from db.corpus import sentences
from db.opening.open_logs import close_kept
from db.queue import slots
from db.records import Label, NewSentence, Person, Split
from db.store import Store
from db.team import people

os.environ.setdefault(RUN, str(os.getpid()))  # the workers inherit it

# A shared machine stalls now and then: time is no promise of these tests.
settings.register_profile("whole", deadline=None, max_examples=30)
settings.register_profile("quick", deadline=None, max_examples=5)
settings.load_profile("whole")

OTHER = """
import sys
from pathlib import Path
from db.store import Store
store = Store.open(Path(sys.argv[1]))
store.db.execute("SELECT count(*) FROM people").fetchone()
print("open", flush=True)
if sys.stdin.readline():
    with store.writing():
        print("writing", flush=True)
        sys.stdin.read()
"""

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "event"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let half of the parallel workers begin with the tests that mostly wait: at the end all would wait for them.

    Each worker gets as many tests as the others, one after another; whoever is done takes some from another's end.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    waiting = [item for item in items if item.get_closest_marker("waits")]
    others = [item for item in items if not item.get_closest_marker("waits")]
    share, first = len(items) // workers, -(-len(waiting) // max(1, workers // 2))
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        ordered += waiting[worker * first : (worker + 1) * first]
        room = max(0, (worker + 1) * share - len(ordered))
        ordered += others[:room]
        del others[:room]
    items[:] = ordered + others


def pytest_collection() -> None:
    """Collect no garbage while tests are collected, which stay: it took a sixth of that time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave the collected tests out of garbage collection: Streamlit's runs after every run of a page."""
    gc.enable()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real data sets; a test that needs it is skipped where it isn't there."""
    folder = Path(os.environ.get("WHYLIGHT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the shared data sets are not here; set WHYLIGHT_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of an encoder of three layers with random weights, whose pieces are letters and digits."""
    tokenizers = pytest.importorskip("tokenizers", reason="the extra encoder is not installed")
    import torch
    from safetensors.torch import save_file

    from learner.encoders.bert import Bert, shape_of
    from learner.encoders.directory import EncoderDirectory

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(mark + each for each in _LETTERS for mark in ("", "##"))]
    sizes = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 48}
    config = {"model_type": "bert", "vocab_size": len(pieces), "max_position_embeddings": 64, **sizes}
    folder = tmp_path_factory.mktemp("encoders") / "tiny"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(pieces[:4])
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    draw = torch.Generator().manual_seed(0)
    weights = Bert(shape_of(EncoderDirectory(folder, config, ())), 3).state_dict()
    drawn = {name: torch.randn(weight.shape, generator=draw) * 0.3 for name, weight in weights.items()}
    drawn |= {name: torch.ones_like(weight) for name, weight in drawn.items() if name.endswith("LayerNorm.weight")}
    save_file(drawn, folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def entry_points(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Find the entry points of `pyproject.toml`, whatever is installed here."""
    folder = tmp_path_factory.mktemp("metadata")
    write_metadata(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield


@pytest.fixture(scope="session", autouse=True)
def jobs_as_forks() -> None:
    """Start the processes of rounds and uploads as forks of one that has torch, where tests start any."""
    if "annotator.jobs" in sys.modules and CAN_FORK:
        start_jobs_as_forks()


@pytest.fixture(autouse=True)
def nothing_kept_open() -> Iterator[None]:
    """Close the projects that pages kept open here: another test's may come to have the same path."""
    yield
    close_kept()


@pytest.fixture
def programs_as_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork the programs that faults kill or starve from a process that has what they load.

    One that obeys permissions starts cold: root gives up what ignores them when a program begins.
    """
    from fault_cases import children

    cold = children.run_python

    def start(arguments: list[str], *, mortal: bool) -> Any:
        return cold(arguments, mortal=True) if mortal else start_program(*arguments[1:])

    monkeypatch.setattr(children, "run_python", start)


NewStore = Callable[..., Store]


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> NewStore:
    """Open projects that nothing was done in, copied from one that was created once with these labels.

    Their schema is created once and not for each test. The copies are one project by its `uid`.
    """
    made: dict[tuple[object, ...], Path] = {}

    def new_store(path: Path, *, labels: Sequence[Label] = LABELS, overlap: int = 1) -> Store:
        asked = (*labels, overlap)
        if asked not in made:
            made[asked] = tmp_path_factory.mktemp("created") / "project.db"
            Store.create(made[asked], labels=labels, name="events", overlap=overlap).close()
        for ending in ("", "-lock", "-turnlock"):
            shutil.copy(f"{made[asked]}{ending}", f"{path}{ending}")
        return Store.open(path)

    return new_store


@pytest.fixture
def empty_store(new_store: NewStore, tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path / "events.db") as store:
        yield store


AddSentences = Callable[..., list[int]]


@pytest.fixture
def add_sentences(empty_store: Store) -> AddSentences:
    """Bring sentences of four tokens into the store, each with a word of its own, and give their ids."""

    def add(number: int = 10, *, split: Split = "pool", words: Sequence[str] = ("The", "ship", "sank")) -> list[int]:
        first = sentences.count(empty_store)
        new = [_sentence((*words, f"w{first + each}"), f"{split}-{first + each}", split) for each in range(number)]
        import_id = sentences.begin_import(empty_store, source="test", source_hash="", tokenizer="given")
        ids = sentences.add(empty_store, import_id, new)
        sentences.finish_import(empty_store, import_id)
        slots.create_missing(empty_store)
        return ids

    return add


@pytest.fixture
def store(empty_store: Store, add_sentences: AddSentences) -> Store:
    """A project with ten open pool sentences of four tokens."""
    add_sentences(10)
    return empty_store


@pytest.fixture
def anna(empty_store: Store) -> Person:
    return people.add(empty_store, "Anna", role="admin")


@pytest.fixture
def ben(empty_store: Store) -> Person:
    return people.add(empty_store, "Ben", role="researcher")


@pytest.fixture
def other(empty_store: Store) -> Iterator[subprocess.Popen[str]]:
    """A process that has the project open until the test ends."""
    command = [sys.executable, "-c", OTHER, str(empty_store.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "open\n"
        yield process
        process.kill()


@pytest.fixture
def take_lock(other: subprocess.Popen[str]) -> Callable[[], None]:
    """Have the other process take the lock of writers, which it keeps until its input ends."""

    def take() -> None:
        assert other.stdout is not None
        print(file=other.stdin, flush=True)
        assert other.stdout.readline() == "writing\n"

    return take


@pytest.fixture
def holder(other: subprocess.Popen[str], take_lock: Callable[[], None]) -> subprocess.Popen[str]:
    """A process that holds the lock of writers until the test ends."""
    take_lock()
    return other


@pytest.fixture
def all_closed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Say whether all connections that were opened during the test are closed."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def remember(*arguments: Any, **names: Any) -> sqlite3.Connection:
        opened.append(connect(*arguments, **names))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", remember)
    return lambda: all(map(_is_closed, opened))


def _is_closed(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


def _sentence(tokens: tuple[str, ...], external_id: str, split: Split) -> NewSentence:
    text = " ".join(tokens)
    starts = tuple(sum(len(token) + 1 for token in tokens[:index]) for index in range(len(tokens)))
    return NewSentence(external_id, text, tokens, starts, split)


class Finished(NamedTuple):
    """The exit code and the output of a process."""

    exit_code: int
    stdout: str
    stderr: str


class Started(NamedTuple):
    """A process that a server of commands started; its output is in two files."""

    process: "Forked | subprocess.Popen[bytes]"
    folder: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def finish(self) -> Finished:
        """Wait for its end, and return what it ended with: a negative number is a signal."""
        code = self.process.wait()
        return Finished(code, (self.folder / "stdout").read_text(), (self.folder / "stderr").read_text())


class Warm:
    """Starts commands, as `python` would, in processes that have these modules loaded already."""

    def __init__(self, modules: tuple[str, ...], folder: Callable[..., Path]) -> None:
        self._modules, self._folder = modules, folder

    def start(self, *arguments: object, environment: Mapping[str, str] | None = None) -> Started:
        """Start what `python ARGUMENTS` runs: -m MODULE or a script."""
        folder = self._folder("warm")
        outputs = {"output": folder / "stdout", "errors": folder / "stderr"}
        process = start_command(self._modules, *map(str, arguments), environment=environment or {}, **outputs)
        return Started(process, folder)

    def run(self, *arguments: object) -> Finished:
        """Start it, and wait for its end."""
        return self.start(*arguments).finish()


@pytest.fixture(scope="session")
def start_warm(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Warm]:
    """Return what starts commands as forks of a process that has these modules, which all workers share."""
    return lambda *modules: Warm(modules, tmp_path_factory.mktemp)


@pytest.fixture(scope="session")
def warm(start_warm: Callable[..., Warm]) -> Warm:
    """Starts commands of the learner and simulations where a cold start is not what is tested."""
    return start_warm(*HEAVY)


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[Any]:
    """Ray, connected to a cluster of this machine alone with two workers: started once, as it takes seconds."""
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed: pip install 'whylight[ray]'")
    from learner.shards.ray_cluster import joined_cluster

    with joined_cluster(None, cpus=2) as ray:
        yield ray
