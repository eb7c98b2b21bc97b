from pathlib import Path

import pytest
from streamlit import config

from annotator.errors import CannotServe
from annotator.pages import web_options
from annotator.pages.web_options import (
    AS_STREAMLIT_HAS_THEM,
    FIXED,
    OF_THE_ACCESS,
    OF_THE_USER,
    of_the_user,
    read,
    written,
)
from annotator.serving import Access, command


def test_for_every_option_of_streamlit_it_is_decided_who_may_set_it() -> None:
    """A newer Streamlit has more: decide in `annotator/pages/web_options.py` whether anyone but us may set them."""
    known = {name for name in config._config_options_template if not name.startswith("theme.")}
    decided = {*FIXED, *OF_THE_ACCESS, *OF_THE_USER, *AS_STREAMLIT_HAS_THEM}
    assert known - decided == set()


def test_no_option_is_decided_twice() -> None:
    decided = [*FIXED, *OF_THE_ACCESS, *OF_THE_USER, *AS_STREAMLIT_HAS_THEM]
    assert len(decided) == len(set(decided))


def test_what_the_command_line_says_is_read_as_it_was_meant(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text("")
    arguments = command(Access("127.0.0.1", secrets=secrets), port=8503, open_browser=True)
    options = read([each for each in arguments if each.startswith("--")])
    assert set(options) == set(OF_THE_ACCESS)
    assert (options["server.port"], options["server.headless"]) == (8503, False)
    assert options["server.allowedHosts"] == ["localhost", "127.0.0.1", "::1"]
    assert options["secrets.files"] == [str(secrets)]
    assert read(written({"server.allowedHosts": ("a", "b"), "x.y": True})) == {
        "server.allowedHosts": ["a", "b"],
        "x.y": True,
    }


def test_the_user_configures_what_is_theirs_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".streamlit").mkdir()
    file = tmp_path / ".streamlit" / "config.toml"
    file.write_text('[server]\nsslCertFile = "cert.pem"\nenableCORS = false\n[logger]\nlevel = "info"\n')
    monkeypatch.setenv("STREAMLIT_SERVER_SSL_KEY_FILE", "key.pem")
    assert of_the_user(tmp_path) == {
        "server.sslCertFile": "cert.pem",
        "server.sslKeyFile": "key.pem",
        "logger.level": "info",
    }
    file.write_text("[server")
    with pytest.raises(CannotServe, match="cannot be read as TOML"):
        of_the_user(tmp_path)


def test_the_variables_are_those_that_streamlit_reads() -> None:
    for name in OF_THE_USER:
        assert web_options._variable(name) == config._config_options_template[name].env_var
