"""Build the documentation site into build/site: `make docs`.

The pages are those of `docs/`, what they link to, the reference of the commands, and the list of decisions. A link that
leads nowhere ends the build, and so does a page that would ask another server for anything.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from site_reference import learner_page, whylight_page
from site_stage import ROOT, Stage

HERE = Path(__file__).parent
BUILD = ROOT / "build"
FONTS = ROOT / "annotator/pages/fonts"
SHIM = "https://unpkg.com/iframe-worker/shim"
"""What Zensical's offline search loads from another server; we ship it instead."""
_ELSEWHERE = r"""=["']?(?:https?:)?//[^"'>\s]+"""
_ASKS_ELSEWHERE = re.compile(
    rf"""<(?:script|img|iframe|source)\b[^>]*?\bsrc{_ELSEWHERE}"""
    rf"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preconnect|icon|preload|dns-prefetch))[^>]*?\bhref{_ELSEWHERE}"""
    r"""|@import\s+["'](?:https?:)?//[^"'>\s]+|url\(["']?(?:https?:)?//[^"')\s]+"""
)


def build(into: Path = BUILD) -> Path:
    """Stage the pages in a folder, build the site from them next to that, and return the site's folder."""
    source, site = into / "docs", into / "site"
    for folder in (source, site):
        shutil.rmtree(folder, ignore_errors=True)
    stage(source)
    shutil.copyfile(HERE / "zensical.toml", into / "zensical.toml")
    subprocess.run(["zensical", "build", "--strict", "--clean", "-f", "zensical.toml"], cwd=into, check=True)
    bring_shim_home(site)
    if asked := asks_elsewhere(site):
        sys.exit("\n".join(["The site would ask other servers:", *asked]))
    return site


def stage(folder: Path) -> None:
    """Write all that the site is made of into an empty folder."""
    staged = Stage(folder)
    staged.lay_out(ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md")
    staged.write("reference/whylight.md", whylight_page())
    staged.write("reference/learner.md", learner_page())
    staged.write("decisions/index.md", decisions_page())
    for file in (*FONTS.iterdir(), HERE / "whylight.css", HERE / "iframe-worker.js", ROOT / "annotator/pages/icon.svg"):
        (folder / "assets").mkdir(exist_ok=True)
        shutil.copyfile(file, folder / "assets" / file.name)


def decisions_page() -> str:
    """Return the list of the decisions."""
    files = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    listed = [f"- [{_title(file)}]({file.name})" for file in files]
    return "\n".join(["# Decisions", "", "What was decided, what else was possible, and why not.", "", *listed, ""])


def bring_shim_home(site: Path) -> None:
    """Let every page load our copy of the shim."""
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        ours = Path(os.path.relpath(site / "assets/iframe-worker.js", page.parent)).as_posix()
        page.write_text(text.replace(SHIM, ours), "utf-8")


def asks_elsewhere(site: Path) -> list[str]:
    """Return what pages and styles of the site would fetch from other servers."""
    found = []
    for file in sorted([*site.rglob("*.html"), *site.rglob("*.css")]):
        found += [
            f"{file.relative_to(site)}: {match[0]}" for match in _ASKS_ELSEWHERE.finditer(file.read_text("utf-8"))
        ]
    return found


def _title(file: Path) -> str:
    return file.read_text("utf-8").partition("\n")[0].removeprefix("# ")


if __name__ == "__main__":
    print(f"The site is in {build()}.")
