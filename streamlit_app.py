"""The web page: its frame, who is here, and the pages there are. Defines nothing."""

from functools import partial

import streamlit as st

from annotator.pages import annotate, frame, no_project, sign_in
from annotator.settings import read_settings
from db.errors import StoreError

st.set_page_config(page_title="Whylight", page_icon=frame.ICON, layout="wide")
frame.draw()
try:
    here = frame.look_around(read_settings().project)
    pages = [
        st.Page(partial(annotate.render, here), title="Annotate", url_path="annotate", default=True),
    ]
    page = st.navigation(pages, position="top" if here.person else "hidden")
    frame.draw_person(here)
    if here.person:
        page.run()
    else:
        sign_in.render(here)
except StoreError as error:
    no_project.render(str(error))
