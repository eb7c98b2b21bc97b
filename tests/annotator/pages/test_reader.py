import re
from importlib.resources import files

from annotator.pages import reader


def test_the_reader_never_writes_html() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", reader.script())


def test_the_reader_comes_with_the_package() -> None:
    assert {each.name for each in files(reader).iterdir()} >= {"reader.js", "reader.css"}
    assert "markedWords" in reader.script()
