"""Who is signed in, according to this tab's session, a cookie of the browser and the identity provider.

Thanks to the cookie, a reload or a restart of the server does not send people back to the name picker. It is a
convenience, not access control.
"""

from re import fullmatch

import streamlit as st
from streamlit.components.v2 import component

from annotator.pages import session
from annotator.pages.kept import forget_all
from annotator.project.people import Identity

_YEAR_S = 365 * 24 * 3600

_set_cookie = component(
    "whylight_person_cookie",
    js="""
    export default function ({ data, setTriggerValue }) {
      document.cookie = `${data.name}=${data.value}; path=/; max-age=${data.max_age_s}; samesite=strict`;
      if (data.asks) setTriggerValue("done", true);
    }
    """,
)


def sign_in(person_uid: str) -> None:
    """Let this session act for that person."""
    forget_all()
    session.person.keep(person_uid)


def sign_out() -> None:
    """Let this session act for no one; `is_leaving` until the browser has forgotten who was here."""
    forget_all()
    session.person.keep(None)
    session.leaving.keep(True)


def is_leaving() -> bool:
    """Return whether someone has signed out whom the browser still remembers: a reload would sign them in again."""
    return session.leaving.get()


def person_uid(project_uid: str) -> str | None:
    """Return the uid of the person who signed in here, in this session or before it, or None."""
    if session.person.get() == "":
        remembered = st.context.cookies.get(_cookie_name(project_uid), "")
        session.person.keep(remembered if fullmatch("[0-9a-f]{32}", remembered) else None)
    return session.person.get()


def remember_person(project_uid: str) -> None:
    """Let the browser keep, or forget, who is signed in."""
    signed_in = session.person.get()
    value, max_age_s = (signed_in, _YEAR_S) if signed_in else ("", 0)
    data = {"name": _cookie_name(project_uid), "value": value, "max_age_s": max_age_s, "asks": is_leaving()}
    _set_cookie(key="person-cookie", data=data, on_done_change=_has_left)


def _has_left() -> None:
    session.leaving.keep(False)


def uses_provider() -> bool:
    """Return whether people sign in through an identity provider: Streamlit's secrets have a section `auth`."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def provider_identity() -> Identity | None:
    """Return whom the identity provider has authenticated in this browser, or None."""
    if not st.user.get("is_logged_in"):
        return None
    issuer, subject = st.user.get("iss"), st.user.get("sub")
    if not isinstance(issuer, str) or not isinstance(subject, str):
        return None
    return Identity(issuer, subject, str(st.user.get("name") or st.user.get("preferred_username") or subject))


def _cookie_name(project_uid: str) -> str:
    return f"whylight-person-{project_uid}"
