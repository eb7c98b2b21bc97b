"""The files of our components that go to the browser, read from the package.

Streamlit gets them as text, so that they work both from a checkout and from a wheel.
"""

from importlib.resources import files

from annotator.pages.joining import join_modules


def read(path: str) -> str:
    """Return the text of a file, by its path inside this folder."""
    return files("annotator.pages").joinpath(path).read_text(encoding="utf-8")


def script(entry: str) -> str:
    """Return the module at that path and all that it imports, joined into one."""
    return join_modules(entry, read)
