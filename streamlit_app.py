"""The web application: its frame, who is signed in, and its pages. Defines nothing."""

from functools import partial

import streamlit as st

from annotator.pages import (
    annotate,
    compare,
    data,
    frame,
    model,
    my_work,
    no_project,
    project,
    review,
    rounds,
    sign_in,
    waiting,
)
from annotator.settings import read_settings

st.set_page_config(page_title="Whylight", page_icon=frame.ICON, layout="wide")
frame.draw()
with no_project.instead_of_an_error():
    here = frame.read_here(read_settings())
    page = partial(frame.page, here)
    pages = [page(annotate.render, annotate.TITLE, default=True), page(my_work.render, "My work")]
    # Their addresses lead to them from before one has signed in, too.
    if here.person is None or here.ranks_as("researcher"):
        pages += [page(data.render, "Data"), page(review.render, "Review")]
        pages += [page(rounds.render, "Rounds"), page(compare.render, "Compare"), page(model.render, model.TITLE)]
        pages += [page(project.render, "Project")]
    chosen = st.navigation(pages, position="top" if here.person else "hidden")
    frame.draw_person(here)
    frame.draw_menu(here, pages, chosen)
    frame.draw_welcome(here)
    if not here.person or chosen.title != annotate.TITLE:
        waiting.draw(here, counts_answers=chosen.title in ("My work", "Rounds"))
    if here.person:
        chosen.run()
    else:
        sign_in.render(here, at_start=chosen.title == annotate.TITLE)
