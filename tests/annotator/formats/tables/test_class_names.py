"""Names of classes in the schema of a file, well described or not."""

import json

import pytest

from annotator.formats.faults import Faults
from annotator.formats.fields import DEFAULT_FIELDS
from annotator.formats.tools import huggingface
from learner.data.class_names import read_class_names

LABEL = {"_type": "ClassLabel", "names": ["no", "yes"]}
DAMAGED = ['{"info": {"features": [1]}}', '{"info": [1]}', '{"info": {"features": ', "[" * 100_000]


def test_names_are_read_of_columns_and_of_lists_in_them():
    features = {
        "label": LABEL,
        "tags": {"feature": LABEL, "_type": "List"},
        "old": [LABEL],
        "text": {"dtype": "string"},
    }
    metadata = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    assert read_class_names(metadata) == {name: ["no", "yes"] for name in ("label", "tags", "old")}
    assert read_class_names({}) == read_class_names(None) == {}


@pytest.mark.parametrize("description", DAMAGED, ids=lambda text: text[:20])
def test_a_description_that_is_none_is_a_fault_and_never_a_traceback(description, tmp_path):
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"text": ["The ship sank."]}).replace_schema_metadata({"huggingface": description})
    with pa.ipc.new_stream(str(tmp_path / "data.arrow"), table.schema) as stream:
        stream.write_table(table)
    faults = Faults("folder")
    assert list(huggingface.read(tmp_path, faults, fields=DEFAULT_FIELDS)) == []
    assert faults
