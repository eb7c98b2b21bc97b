import pytest

from learner import registry
from learner.errors import UnknownName

KINDS = ("model", "loss", "acquisition", "view")


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_can_be_loaded(kind):
    for name in registry.names(kind):
        assert registry.load(kind, name) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_name_is_answered_with_the_known_ones(kind):
    with pytest.raises(UnknownName) as raised:
        registry.load(kind, "nonesuch")
    assert all(name in str(raised.value) for name in ("nonesuch", *registry.names(kind)))


def test_a_package_adds_a_name_by_an_entry_point(tmp_path, monkeypatch):
    folder = tmp_path / "theirs-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
    (folder / "entry_points.txt").write_text("[whylight.acquisition]\nlongest = builtins:len\nrandom = builtins:max\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert registry.load("acquisition", "longest") is len
    assert registry.load("acquisition", "random") is not max  # a built-in name stays what it was
