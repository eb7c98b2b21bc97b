"""One file for each format of another tool or corpus, and what they share; folders of documents too.

Each turns what the tool wrote into our rows and counts what it leaves out. Nothing here knows a project: what a row
means to one is decided in `importing`.
"""
