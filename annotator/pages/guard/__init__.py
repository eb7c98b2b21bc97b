"""What every request passes through before Streamlit sees it, and which parts of Streamlit are replaced for that.

Streamlit accepts a websocket from any program of this machine and an upload from anyone who is connected, and serves
a file to anyone who knows its address. docs/decisions/0011-a-guard-before-streamlit.md says why the guard is ours.
Pages are not drawn here.
"""
