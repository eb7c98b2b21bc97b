"""The Data page: find sentences, save a search as a set, tag, count, import and download; and the page of one sentence.

It draws; what it draws and may do is decided in the rooms below.
"""

from annotator.pages.data.page import render

__all__ = ["render"]
