"""The parts of docs/report.md: its text, how a number in it is traced to a file, and how it becomes a PDF.

`text/` has the words, in the order of the files' names. A figure there is `{{FILE > FIELD > … | FORMAT}}`.
"""
