"""The Rounds page and the page of one round: what the marks bought, charts, the round at work, the table, actions.

They draw; what they draw and may do is decided in `annotator/rounds/`.
"""

from annotator.pages.rounds.page import render

__all__ = ["render"]
