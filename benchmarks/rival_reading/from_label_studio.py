"""Read an export with Label Studio's own SDK: its check of tasks against the configuration, and its converter."""

import json
import sys
import tempfile
from pathlib import Path

from label_studio_sdk.converter import Converter
from label_studio_sdk.label_interface import LabelInterface

folder = Path(sys.argv[1])
config = (folder / "config.xml").read_text("utf-8")
interface = LabelInterface(config)
interface.validate()
tasks = json.loads((folder / "tasks.json").read_text("utf-8"))
for task in tasks:
    assert interface.validate_task({"data": task["data"]}), task  # with annotations, the SDK fails in its own code
    for annotation in task["annotations"]:
        assert interface.validate_annotation(annotation), annotation
    for prediction in task.get("predictions", []):
        assert interface.validate_prediction(prediction, return_errors=True) == [], prediction

with tempfile.TemporaryDirectory() as out:
    Converter(config, project_dir=out).convert_to_json_min(str(folder / "tasks.json"), out, is_dir=False)
    found = json.loads((Path(out) / "result.json").read_text("utf-8"))
for row in found:
    spans = sorted([span["start"], span["end"]] for span in row.get("marks", []))
    print(json.dumps({"text": row["text"], "label": row["label"], "spans": spans}))
