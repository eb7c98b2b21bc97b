"""The files that can be read: each format turns bytes into rows, or says by line and field what is unfit.

No project is opened here: what a row means to a project is decided in `importing`. Exports are written with `native`.
"""
