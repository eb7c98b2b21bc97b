"""The files that can be read: each format turns bytes into rows, or says by line and field what is unfit.

Here are the registry, what recognises a format by its content, our own format and plain text; `files` has bytes and
lines, `tables` and `tools` the other formats, `answers` what people said. No project is opened here: what a row means
to a project is decided in `importing`.
"""
