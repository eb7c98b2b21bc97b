"""The fuzzer of the readers: its seeds are whole, its inputs the same every time, and it finds what is wrong."""

import itertools
import json
import random
import signal
import time

import fuzz_readers
import pytest
from reader_fuzzing import trial, worker
from reader_fuzzing.mutation import mutate
from reader_fuzzing.seeds import seeds_of
from reader_fuzzing.tally import Tally
from reader_fuzzing.trial import TAKEN, Broken, Trials, Way, content_of

from annotator.formats import registry
from annotator.formats.faults import BadInput
from annotator.formats.fields import Fields
from annotator.formats.registry import READERS
from annotator.formats.tools.folders import FOLDERS
from annotator.importing.settings import ImportSettings
from db.store import Store

NAMES = [*READERS, *FOLDERS]
pytestmark = pytest.mark.slow


@pytest.fixture
def trials(tmp_path):
    return Trials(tmp_path)


def whole(reader, *, is_imported=True):
    return Way(ImportSettings(format=reader, fields=Fields(), answers="keep"), is_imported)


@pytest.mark.parametrize("reader", NAMES)
def test_every_seed_is_taken(trials, reader):
    if package := {"excel": "openpyxl", "spacy": "spacy"}.get(reader):
        pytest.importorskip(package, reason=f"the extra {reader} is not installed")
    for files in seeds_of(reader):
        assert trials.try_input(reader, files, whole(reader)) == TAKEN


@pytest.mark.parametrize("reader", NAMES)
def test_an_object_or_a_list_in_the_place_of_any_value_is_no_traceback(trials, reader):
    for files in seeds_of(reader):
        for name, content in files.items():
            for changed in with_one_value_changed(content, ({"a": 1}, [{}])):
                trials.try_input(reader, files | {name: changed}, whole(reader, is_imported=False))


def with_one_value_changed(content, others):
    """Yield a file of JSON, or of JSON lines, with each of its values replaced by each of the others."""
    try:
        values = [json.loads(line) for line in content.splitlines() if line.strip()]
    except ValueError:
        try:
            values = [json.loads(content)]
        except ValueError:
            return  # another kind of file
    for number, value in enumerate(values):
        for place, other in itertools.product(places_in(value), others):
            changed = [*values[:number], put(value, place, other), *values[number + 1 :]]
            yield "\n".join(map(json.dumps, changed)).encode()


def places_in(value, place=()):
    """Yield the place of a value and of all values in it, each as a path of names and indices."""
    yield place
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inside:
        yield from places_in(item, (*place, name))


def put(value, place, other):
    """Return the value with `other` in that place."""
    if not place:
        return other
    changed = value.copy()
    changed[place[0]] = put(value[place[0]], place[1:], other)
    return changed


@pytest.mark.parametrize("reader", NAMES)
def test_inputs_are_the_same_every_time_and_differ_from_the_seeds(reader):
    seeds = seeds_of(reader)
    drawn = [mutate(seeds[0], seeds, random.Random(number)) for number in range(20)]
    assert drawn == [mutate(seeds[0], seeds, random.Random(number)) for number in range(20)]
    assert sum(files != seeds[0] for files in drawn) > 10


def reading(act):
    def read(file, faults, *, fields):
        act()
        yield from ()

    return read


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        ("traceback", lambda: [][0]),
        ("memory", lambda: (_ for _ in ()).throw(MemoryError)),
        ("hang", lambda: _busy(10)),
    ],
)
def test_what_a_reader_must_not_do_is_found(trials, monkeypatch, kind, act):
    monkeypatch.setattr(trial, "MOST_CPU_S", 0.2)
    monkeypatch.setitem(registry.READERS, "text", reading(act))
    with pytest.raises(Broken) as broken:
        trials.try_input("text", {"in.txt": b"It sank."}, whole("text", is_imported=False))
    assert (broken.value.kind, signal.getitimer(signal.ITIMER_PROF)) == (kind, (0.0, 0.0))


def _busy(seconds):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        pass


def test_a_refused_file_that_changed_the_project_is_found(trials, monkeypatch):
    def change_and_refuse(store, path, settings, *, actor):
        with store.writing() as db:
            db.execute("UPDATE people SET name = 'odd' WHERE name = 'ana'")
        raise BadInput(str(path), [])

    monkeypatch.setattr(trial, "import_file", change_and_refuse)
    with pytest.raises(Broken, match="the project changed"):
        trials.try_input("text", {"in.txt": b"It sank."}, whole("text"))


def test_the_content_of_a_project_is_what_its_tables_hold(tmp_path, trials):
    project = tmp_path / "template.db"
    before = content_of(project)
    with Store.open(project) as store:
        assert content_of(project) == before
        with store.writing() as db:
            db.execute("UPDATE people SET name = 'odd' WHERE name = 'ana'")
        assert content_of(project) != before


def test_a_process_keeps_a_tally_and_saves_each_finding_once(tmp_path, monkeypatch):
    monkeypatch.setitem(registry.READERS, "conll", reading(lambda: {}["x"]))
    monkeypatch.setattr(worker, "_warm_up", lambda trials, reader: None)
    monkeypatch.setattr(worker, "limit_memory", lambda most: None)
    worker.work("conll", seed=0, first=5, seconds=1, folder=tmp_path)
    tally = Tally.read(tmp_path / "tally.json")
    (found,) = tally.found
    assert found.kind == "traceback" and found.times > 1 and tally.inputs >= found.times
    assert len(list((tmp_path / "found").iterdir())) == 1


def test_a_process_that_dies_or_hangs_is_a_finding_with_its_input(tmp_path, monkeypatch, capsys):
    dies = "import os, sys, pathlib; f = pathlib.Path(sys.argv[2]); (f / 'now/in').mkdir(parents=True); "
    dies += "(f / 'now/in/a.txt').write_text('It sank.'); (f / 'number').write_text('7'); os.abort()"
    (tmp_path / "dies.py").write_text(dies)
    (tmp_path / "hangs.py").write_text(dies.replace("os.abort()", "import time; time.sleep(60)"))
    monkeypatch.setattr(fuzz_readers, "MOST_WALL_S", 0.5)
    for name, kind in (("dies", "crash"), ("hangs", "hang")):
        monkeypatch.setattr(fuzz_readers, "__file__", str(tmp_path / f"{name}.py"))
        given = ["--reader", "brat", "--seconds", "1.2", "--findings", str(tmp_path / name)]
        assert fuzz_readers._fuzz_all(fuzz_readers._parser().parse_args(given)) == 1
        assert f"brat: {kind}: " in capsys.readouterr().out
        assert (tmp_path / name / f"brat-{kind}-7" / "a.txt").read_text() == "It sank."
