"""Components that other packages bring do not come into our pages."""

from pathlib import Path

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.components.v2.manifest_scanner import scan_component_manifests

from annotator.errors import CannotServe
from annotator.pages.guard import replaced

MANIFEST = """
[project]
name = "streamlit-other"
version = "1"
[[tool.streamlit.component.components]]
name = "other"
asset_dir = "shown"
"""


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package that brings a component."""
    about, package = tmp_path / "streamlit_other-1.dist-info", tmp_path / "streamlit_other"
    (package / "shown").mkdir(parents=True)
    about.mkdir()
    (package / "pyproject.toml").write_text(MANIFEST)
    (package / "__init__.py").touch()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: streamlit-other\nVersion: 1\n")
    (about / "RECORD").write_text("streamlit_other/__init__.py,,\nstreamlit_other/pyproject.toml,,\n")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("other_package")
def test_a_component_of_another_package_is_not_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "discover_and_register_components"
    monkeypatch.setattr(BidiComponentManager, name, getattr(BidiComponentManager, name))  # put back at the end
    assert [manifest.name for manifest, _ in scan_component_manifests()] == ["streamlit-other"]
    replaced.install_guard()
    manager = BidiComponentManager()
    manager.discover_and_register_components()
    assert manager.get("streamlit-other.other") is None


def test_a_streamlit_that_searches_elsewhere_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(BidiComponentManager, "discover_and_register_components")
    with pytest.raises(CannotServe, match=r"has no BidiComponentManager\.discover_and_register_components"):
        replaced.install_guard()
