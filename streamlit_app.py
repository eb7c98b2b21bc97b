"""The web page: its frame, who is here, and the pages there are. Defines nothing."""

from functools import partial

import streamlit as st

from annotator.pages import annotate, data, frame, no_project, project, rounds, sign_in
from annotator.settings import read_settings

st.set_page_config(page_title="Whylight", page_icon=frame.ICON, layout="wide")
frame.draw()
with no_project.instead_of_an_error():
    here = frame.look_around(read_settings().project)
    pages = [
        st.Page(partial(annotate.render, here), title="Annotate", url_path="annotate", default=True),
        st.Page(partial(data.render, here), title="Data", url_path="data"),
        st.Page(partial(project.render, here), title="Project", url_path="project"),
        st.Page(partial(rounds.render, here), title="Rounds", url_path="rounds"),
    ]
    page = st.navigation(pages, position="top" if here.person else "hidden")
    frame.draw_person(here)
    if here.person:
        page.run()
    else:
        sign_in.render(here)
