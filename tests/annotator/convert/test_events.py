"""ACE and Rich ERE, on our own documents: the marked words are those that the annotation names."""

import json
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from click.testing import CliRunner

from annotator.cli import main
from annotator.convert.run import convert
from annotator.errors import CannotConvert
from learner.data.example import read_examples

ACE_TEXT = """<DOC>
<DOCID> NIGHT-1 </DOCID>
<BODY>
<HEADLINE>
A strike nobody marked
</HEADLINE>
<TEXT>
Zoë &amp; Mr. Óscar said the mill workers
walked
out. Nobody was hurt.

The “A&amp;B” depot was set on fire! It rained
</TEXT>
</BODY>
</DOC>
"""


def plain(sgm: str, *, entities_count: bool) -> str:
    """Return the characters that ACE counts."""
    import re

    without = re.sub(r"</?[A-Z]+>", "", sgm)
    return without if entities_count else without.replace("&amp;", "&")


def ace(
    folder: Path, *triggers: str, text: str = ACE_TEXT, entities_count: bool = False, name: str = "NIGHT-1"
) -> Path:
    """Write a document and an annotation of these triggers, each where it first occurs."""
    counted = plain(text, entities_count=entities_count)
    mentions = []
    for number, trigger in enumerate(triggers):
        wanted = escape(trigger) if entities_count else trigger
        start = counted.index(wanted)
        mentions.append(
            f'<event ID="e{number}" TYPE="Conflict" SUBTYPE="Attack"><event_mention ID="m{number}">'
            f'<extent><charseq START="0" END="3">x</charseq></extent>'
            f'<anchor>\n<charseq START="{start}" END="{start + len(wanted) - 1}">{escape(trigger)}</charseq></anchor>'
            f"</event_mention></event>"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.sgm").write_text(text, encoding="utf-8")
    path = folder / f"{name}.apf.xml"
    head = '<?xml version="1.0"?>\n<!DOCTYPE source_file SYSTEM "apf.v5.1.1.dtd">\n'
    path.write_text(f"{head}<source_file><document>{''.join(mentions)}</document></source_file>", encoding="utf-8")
    return path


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def marked(row: dict[str, object]) -> list[str]:
    return [token for token, mark in zip(row["tokens"], row["marks"], strict=True) if mark == "+"]


@pytest.mark.parametrize("entities_count", [False, True])
def test_ace_marks_the_words_of_its_triggers(tmp_path, entities_count):
    ace(tmp_path / "in", "walked\nout", "set on fire", "A&B", entities_count=entities_count)
    done = convert("ace", tmp_path / "in", tmp_path / "out.jsonl")
    rows = lines(tmp_path / "out.jsonl")
    assert [row["label"] for row in rows] == [1, 0, 1, 0]
    assert [marked(row) for row in rows] == [["walked", "out"], [], ["A", "&", "B", "set", "on", "fire"], []]
    assert rows[0]["text"] == "Zoë & Mr. Óscar said the mill workers walked out."
    assert rows[0]["event_types"] == ["Conflict:Attack"]
    assert [row["id"] for row in rows] == [f"NIGHT-1-000{number}" for number in range(4)]
    assert (done.documents, done.sentences, done.positive, done.marked_words) == (1, 4, 2, 8)
    assert done.left_out == {}


def test_what_was_written_is_read_by_the_learner_and_by_a_project(tmp_path):
    ace(tmp_path / "in", "set on fire")
    convert("ace", tmp_path / "in", tmp_path / "out.jsonl.gz", split="test")
    examples, names = read_examples(tmp_path / "out.jsonl.gz")
    assert names == ("0", "1")
    assert [(example.label, example.split) for example in examples] == [
        (0, "test"),
        (0, "test"),
        (1, "test"),
        (0, "test"),
    ]
    run = CliRunner().invoke
    made = run(main, ["init", str(tmp_path / "p.db"), "--label", "none", "--label", "event", "--no-rationale", "none"])
    assert made.exit_code == 0
    done = run(main, ["import", str(tmp_path / "p.db"), str(tmp_path / "out.jsonl.gz"), "--label-base", "0", "--json"])
    assert json.loads(done.stdout.splitlines()[-1])["answers_kept"] == 4


def test_a_trigger_inside_a_word_marks_the_word_and_one_across_a_full_stop_keeps_the_sentence_whole(tmp_path):
    text = "<DOC><TEXT>\nAn ex-soldier spoke. They broke. Off went talks.\n</TEXT></DOC>"
    ace(tmp_path / "in", "soldier", "broke. Off", text=text)
    convert("ace", tmp_path / "in", tmp_path / "out.jsonl")
    first, second = lines(tmp_path / "out.jsonl")
    assert "soldier" in marked(first)
    assert second["text"] == "They broke. Off went talks."
    assert marked(second) == ["broke", ".", "Off"]


def test_a_trigger_outside_the_text_is_counted_as_left_out(tmp_path):
    ace(tmp_path / "in", "strike", "walked\nout")
    done = convert("ace", tmp_path / "in", tmp_path / "out.jsonl")
    assert done.positive == 1
    assert done.left_out == {"triggers outside the documents' prose": 1}


def test_of_several_versions_of_a_document_the_last_word_is_taken(tmp_path):
    for folder, trigger in (("fp1", "rained"), ("adj", "rained"), ("timex2norm", "set on fire")):
        ace(tmp_path / "in" / folder, trigger)
    done = convert("ace", tmp_path / "in", tmp_path / "out.jsonl")
    assert done.documents == 1
    assert done.left_out == {"other versions of a document": 2}
    assert marked(lines(tmp_path / "out.jsonl")[2]) == ["set", "on", "fire"]
    ace(tmp_path / "in" / "copy", "rained")
    with pytest.raises(CannotConvert, match=r"NIGHT-1\.apf\.xml twice"):
        convert("ace", tmp_path / "in", tmp_path / "again.jsonl")


ERE_TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<doc id="FORUM-7">
<headline>
Roof &amp; walls
</headline>
<post author="a>b" datetime="2014-01-02T03:04:05">
<quote orig_author="c">
The tower fell years ago.
</quote>
I saw it: the naïve owner <a href="http://x.example/?a=1&amp;b=2">sold</a> it
&amp; left… <![CDATA[Then rain & storm hit.]]> &quot;Quiet.&quot;
</post>
</doc>
"""


def ere(folder: Path, *triggers: str, source: str = "source/FORUM-7.cmp.txt", text: str = ERE_TEXT) -> None:
    mentions = "".join(
        f'<event_mention id="em-{number}" type="transaction" subtype="transferownership" realis="actual">'
        f'<trigger source="FORUM-7" offset="{text.index(trigger)}" length="{len(trigger)}">'
        f"<![CDATA[{trigger}]]></trigger></event_mention>"
        for number, trigger in enumerate(triggers)
    )
    (folder / "ere").mkdir(parents=True)
    (folder / source).parent.mkdir(parents=True, exist_ok=True)
    (folder / source).write_text(text, encoding="utf-8")
    annotation = f'<?xml version="1.0"?>\n<deft_ere><hoppers><hopper id="h">{mentions}</hopper></hoppers></deft_ere>'
    (folder / "ere/FORUM-7.rich_ere.xml").write_text(annotation, encoding="utf-8")


@pytest.mark.parametrize("source", ["source/FORUM-7.cmp.txt", "source/mpdf/FORUM-7.mpdf.xml", "ere/FORUM-7.xml"])
def test_ere_counts_its_tags_and_marks_the_same_words(tmp_path, source):
    ere(tmp_path, "sold", "hit", source=source)
    done = convert("ere", tmp_path, tmp_path / "out.jsonl")
    rows = lines(tmp_path / "out.jsonl")
    texts = [row["text"] for row in rows]
    assert texts[:2] == ["Roof & walls", "I saw it: the naïve owner sold it & left…"]
    assert texts[2].strip() == "Then rain & storm hit."
    assert texts[3] == '"Quiet."'
    assert [marked(row) for row in rows] == [[], ["sold"], ["hit"], []]
    assert done.left_out == {}


def test_quoted_posts_are_left_out(tmp_path):
    ere(tmp_path, "fell", "sold")
    done = convert("ere", tmp_path, tmp_path / "out.jsonl")
    assert done.left_out == {"triggers outside the documents' prose": 1}
    assert not any("tower" in row["tokens"] for row in lines(tmp_path / "out.jsonl"))


def refused(tmp_path: Path, match: str, **options: object) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("what was there\n")
    with pytest.raises(CannotConvert, match=match):
        convert("ace", tmp_path / "in", target, **options)
    assert target.read_text() == "what was there\n"
    assert not list(tmp_path.glob(".out*"))


def test_a_text_that_is_not_the_annotations_is_refused_by_file_and_line(tmp_path):
    ace(tmp_path / "in", "walked\nout")
    other = ace(tmp_path / "in", "set on fire", name="NIGHT-2")
    other.with_name("NIGHT-2.sgm").write_text("<DOC><TEXT>Something else was written.</TEXT></DOC>")
    refused(tmp_path, r"NIGHT-2\.apf\.xml line 4: found the trigger 'set on fire' at \d+ to \d+, but NIGHT-2\.sgm has")


def test_faults_name_the_file_and_the_line(tmp_path):
    path = ace(tmp_path / "in", "walked\nout")
    whole = path.read_text()
    path.write_text(whole.replace('<anchor>\n<charseq START="', '<anchor>\n<charseq START="-'))
    refused(tmp_path, r"NIGHT-1\.apf\.xml line 4, START: found '-\d+', expected the trigger's place in letters")
    path.write_text(whole.replace("</anchor>", "</anker>"))
    refused(tmp_path, r"NIGHT-1\.apf\.xml line 5: broken XML \(mismatched tag\)")
    path.write_text(whole)
    path.with_name("NIGHT-1.sgm").write_bytes(b"<TEXT>\nA\xff</TEXT>")
    refused(tmp_path, r"NIGHT-1\.sgm line 2: found byte 0xff, expected UTF-8 text")
    path.with_name("NIGHT-1.sgm").unlink()
    refused(tmp_path, r"NIGHT-1\.apf\.xml: its text is missing; put NIGHT-1\.sgm")
    path.unlink()
    refused(tmp_path, r"has no file whose name ends in \.apf\.xml")


BOMB = """<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&y;</a>"""
OUTSIDE = """<!DOCTYPE a [<!ENTITY x SYSTEM "secret.txt">]><a>&x;</a>"""


@pytest.mark.parametrize("xml", [BOMB, OUTSIDE], ids=["bomb", "outside"])
def test_entities_of_a_strangers_making_are_refused(tmp_path, xml):
    ace(tmp_path / "in").write_text(xml)
    refused(tmp_path, r"NIGHT-1\.apf\.xml: declares an entity")


def test_elements_without_end_are_refused(tmp_path):
    ace(tmp_path / "in").write_text("<a>" * 200_000)
    refused(tmp_path, "more than 100 deep")


@pytest.mark.parametrize(
    ("suffix", "content", "says"),
    [
        (".apf.xml", b" " * (2**24 + 1), r"NIGHT-1\.apf\.xml: found 16,777,217 bytes, expected a document of at most"),
        (".apf.xml", b"<a>" + b"<b/>" * 200_000 + b"</a>", "more than 200,000 elements"),
        (".sgm", b"a" * (2**22 + 1), r"NIGHT-1\.sgm: found 4,194,305 bytes, expected a document of at most 4,194,304"),
    ],
)
@pytest.mark.slow
def test_a_document_that_is_too_long_to_be_one_is_refused(tmp_path, suffix, content, says):
    path = ace(tmp_path / "in", "walked\nout")
    path.with_name(f"NIGHT-1{suffix}").write_bytes(content)
    refused(tmp_path, says)


def test_an_output_that_would_cost_something_is_refused(tmp_path):
    path = ace(tmp_path / "in", "walked\nout")
    with pytest.raises(CannotConvert, match="give another name"):
        convert("ace", path, path)
    with pytest.raises(CannotConvert, match="--all-sentences is for cbt"):
        convert("ace", path, tmp_path / "out.jsonl", all_sentences=True)
    with pytest.raises(CannotConvert, match="No such file"):
        convert("ace", path, tmp_path / "nowhere/out.jsonl")


def test_the_command_says_what_it_wrote_and_left_out(tmp_path):
    ace(tmp_path / "in", "strike", "walked\nout")
    done = CliRunner().invoke(main, ["convert", "ace", str(tmp_path / "in"), str(tmp_path / "out.jsonl"), "--json"])
    assert done.exit_code == 0
    said = done.stdout.splitlines()
    assert said[0].startswith("Wrote 4 sentences of 1 file to")
    assert said[1] == "Left out: triggers outside the documents' prose: 1."
    assert json.loads(said[-1])["marked_words"] == 2
    ace(tmp_path / "in").with_name("NIGHT-1.sgm").unlink()
    failed = CliRunner().invoke(main, ["convert", "ace", str(tmp_path / "in"), str(tmp_path / "two.jsonl")])
    assert (failed.exit_code, "its text is missing" in failed.stderr) == (1, True)
