"""The root of all errors with a message for a person; `annotator`, `db` and `learner` draw their own trees below it.

Error
└── ProjectClosed   a project was used after it was closed

Nothing is imported here, so that each of them can import it.
"""


class Error(Exception):
    """What was asked for was not done; the message says in a sentence why and what to do, and nothing was changed."""


class ProjectClosed(Error):
    """A project was used after it was closed."""
