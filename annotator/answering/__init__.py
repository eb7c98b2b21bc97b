"""Answers on their way: who is handed which sentence, what the marker draws, and what comes back from the browser.

Nothing here knows Streamlit, nor where a sentence came from.
"""
