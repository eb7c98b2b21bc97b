from pathlib import Path

from people_pages import build, in_server

from annotator.reviewing.review import list_shared
from db.records import OWNER
from db.store import Store


def test_every_sentence_of_the_project_has_answers_of_two_people(tmp_path: Path) -> None:
    build(tmp_path / "answers.db", answers=60, seed=0)
    with Store.open(tmp_path / "answers.db") as store:
        assert [len(each.answers) for each in list_shared(store, actor=OWNER)] == [2] * 30
    figures = in_server(tmp_path / "answers.db")
    assert {"list_shared_cpu_s", "report_by_pair_cpu_s", "learned_cpu_s"} <= figures.keys()
