import io
import zipfile

import pytest
from answered import Said, answer_all, bring

from annotator.errors import NotAllowed
from annotator.exporting import preview
from annotator.exporting.choosing import suffix_of
from annotator.exporting.download import Download, examples_for_download
from annotator.exporting.preview import preview_examples
from annotator.exporting.registry import FORMATS, can_be_written
from annotator.exporting.run import Asked, export_examples
from db.finding import tags
from db.records import OWNER
from db.team import audit, people


@pytest.fixture
def project(new_store, tmp_path):
    """Twelve sentences of which ten are answered, on one of which two people are tied."""
    with new_store(tmp_path / "project.db", overlap=2) as store:
        bring(
            store,
            tmp_path,
            ({"id": f"s{place}", "text": f"The  ship number {place} sank in the storm"} for place in range(12)),
        )
        answer_all(store, "ada", [Said(1, "+.")] * 10)
        answer_all(store, "Bob", [Said(0)])
        yield store


def test_a_preview_says_how_many_examples_there_are_and_what_is_left_out(project):
    found = preview_examples(project, Asked("csv"), actor=OWNER)
    assert found.lines == [
        "9 examples.",
        "Left out 1 sentence on which people are tied.",
        "Left out 2 sentences without an answer that counts.",
    ]
    assert len(found.rows) == 3
    assert found.rows[0][1:] == ["event", "The, number, sank, the", "train", "event 1"]
    assert all(len(row[0]) <= 32 for row in found.rows)
    assert preview_examples(project, Asked("csv", policy="newest"), actor=OWNER).examples == 10
    with pytest.raises(NotAllowed):
        preview_examples(project, Asked("csv"), actor=people.add(project, "Cy"))


def test_a_preview_of_a_large_project_looks_at_its_beginning(project, monkeypatch, tmp_path):
    monkeypatch.setattr(preview, "MOST_LOOKED_AT", 500)
    lines = ({"id": f"more{place}", "text": f"More {place}", "split": "dev", "label": "event"} for place in range(600))
    bring(project, tmp_path, lines)
    found = preview_examples(project, Asked("csv"), actor=OWNER)
    assert (found.is_all, found.examples) == (False, 499)
    assert (found.lines[0], found.lines[-1]) == (
        "At least 499 examples.",
        "Counted in the first 500 sentences; the download has all.",
    )


def test_a_preview_says_what_each_format_cannot_hold_as_its_export_says_it(project, tmp_path):
    tags.add(project, "odd", range(1, 13), person_id=None)
    losing = set()
    for format in filter(can_be_written, FORMATS):
        found = preview_examples(project, Asked(format), actor=OWNER)
        written = export_examples(project, tmp_path / f"{format}{suffix_of(format)}", Asked(format), actor=OWNER)
        assert found.lines == ["9 examples.", *written.remarks]
        losing |= {format for line in found.lines if line.endswith(" cannot hold tags: left out of 9 sentences.")}
    assert losing == {"conll", "doccano", "prodigy", "label-studio", "hatexplain", "eraser", "brat"} | (
        {"spacy"} if can_be_written("spacy") else set()
    )


def test_a_file_comes_as_it_is(project, tmp_path):
    download = Download(Asked("parquet"), "ships")
    assert (download.name, download.is_archive, download.remarks) == ("ships.parquet", False, [])
    with examples_for_download(project, download, actor=OWNER) as file:
        content = file.read()
    export_examples(project, tmp_path / "ships.parquet", Asked("parquet"), actor=OWNER)
    assert content == (tmp_path / "ships.parquet").read_bytes()
    assert audit.newest(project, 1)[0].detail == {"examples": 9, "format": "parquet", "to": "the browser"}


@pytest.mark.parametrize(
    ("download", "names"),
    [
        (Download(Asked("csv"), "ships", with_card=True, licence="cc0-1.0"), ["README.md", "ships.csv"]),
        (
            Download(Asked("huggingface"), "ships", with_card=True, licence="cc0-1.0"),
            [
                "ships/README.md",
                "ships/dataset_dict.json",
                *(f"ships/train/{name}" for name in ("data-00000-of-00001.arrow", "dataset_info.json", "state.json")),
            ],
        ),
    ],
)
def test_a_folder_and_a_file_with_its_datacard_come_as_an_archive(project, download, names):
    assert (download.name, download.is_archive) == ("ships.zip", True)
    assert download.remarks == ["It comes as a zip archive with a datacard, which says the licence cc0-1.0."]
    both = []
    for _ in range(2):
        with examples_for_download(project, download, actor=OWNER) as file:
            both.append(file.read())
    assert both[0] == both[1]
    with zipfile.ZipFile(io.BytesIO(both[0])) as archive:
        assert archive.namelist() == names
        assert b'license: "cc0-1.0"' in archive.read(names[0])
    assert Download(Asked("huggingface"), "ships").remarks == ["It comes as a zip archive."]
