"""Lay the documents out as the site has them: `docs/` as it is, and next to it what its pages link to elsewhere.

On a code host a page may link to any file of the repository; a site holds only what is in its own folder.
"""

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ELSEWHERE = "repository"
"""The folder of the site for files from outside `docs/`."""
_LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")


@dataclass
class Stage:
    """A folder that becomes the site."""

    folder: Path
    waiting: list[Path] = field(default_factory=list)
    placed: set[Path] = field(default_factory=set)

    def lay_out(self, *more: Path) -> None:
        """Copy the documents, `more` files, and all that any of them links to."""
        self.waiting += [*sorted((ROOT / "docs").rglob("*")), *more]
        while self.waiting:
            path = self.waiting.pop()
            if path.is_file() and path not in self.placed:
                self.placed.add(path)
                self._place(path)

    def write(self, name: str, text: str) -> None:
        """Write a page that is made, not copied."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _place(self, path: Path) -> None:
        target = self.folder / place_of(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".md":
            shutil.copyfile(path, target)
            return
        target.write_text(_LINK.sub(lambda link: self._relinked(path, link), path.read_text("utf-8")), "utf-8")

    def _relinked(self, page: Path, link: re.Match[str]) -> str:
        named = link[2]
        linked = (page.parent / named).resolve()
        if "://" in named or not linked.is_relative_to(ROOT):
            return link[0]
        if linked.is_dir():
            linked /= "index.md"
        elif linked.is_file():
            self.waiting.append(linked)
        return f"{link[1]}{os.path.relpath(place_of(linked), place_of(page).parent)}{link[3]}"


def place_of(path: Path) -> Path:
    """Return where the site has a file of the repository."""
    inside = path.relative_to(ROOT)
    return inside.relative_to("docs") if inside.parts[0] == "docs" else ELSEWHERE / inside
