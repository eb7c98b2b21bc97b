"""What one browser tab's session keeps between two drawings, each value with its key, type and default."""

from copy import copy
from typing import Generic, TypeVar

import streamlit as st

T = TypeVar("T")
Subject = TypeVar("Subject")


def forget_all() -> None:
    """Let the session keep nothing, and its widgets begin again."""
    st.session_state.clear()


class Kept(Generic[T]):
    """One value that the session keeps until the person signs in or out."""

    def __init__(self, key: str, default: T) -> None:
        self._key = key
        self._default = default

    def keep(self, value: T) -> None:
        """Keep this value instead of the previous one."""
        st.session_state[self._key] = value

    def get(self) -> T:
        """Return what is kept, or the default."""
        value: T = st.session_state.get(self._key, copy(self._default))
        return value

    def take(self) -> T:
        """Return what is kept, or the default, and keep nothing."""
        value = self.get()
        st.session_state.pop(self._key, None)
        return value


class KeptFor(Generic[Subject, T]):
    """One value that the session keeps for the subject named last; all other subjects have the default."""

    def __init__(self, key: str, default: T) -> None:
        self._kept = Kept[tuple[Subject | None, T]](key, (None, default))
        self._default = default

    def keep(self, subject: Subject, value: T) -> None:
        """Keep this value for this subject only."""
        self._kept.keep((subject, value))

    def get(self, subject: Subject) -> T:
        """Return what is kept for this subject, or the default."""
        kept, value = self._kept.get()
        return value if kept == subject else copy(self._default)

    def take(self, subject: Subject) -> T:
        """Return what is kept for this subject, or the default, and keep nothing for it."""
        value = self.get(subject)
        if self._kept.get()[0] == subject:
            self._kept.take()
        return value
