"""The Project page: everything about a project that a researcher or an admin may change, one file per part.

They draw; who may change what, and what a change does, is decided in the rooms below.
"""

from annotator.pages.project.page import PART, TITLE, render

__all__ = ["PART", "TITLE", "render"]
