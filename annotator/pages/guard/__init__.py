"""What every request passes before Streamlit sees it, and what of Streamlit's own is replaced for that.

Streamlit takes a websocket from any program of this machine, an upload from anyone who is connected, and gives a file
to everyone who knows its address. docs/decisions/0011-a-guard-before-streamlit.md says why the guard is ours.
Pages are not drawn here.
"""
