"""The store: one SQLite file for each project, and all the SQL.

`store` is the one way to open a project and to write to it; below it is `opening`, with the tables and their history,
and `care` keeps a file whole. The other rooms read and write the rows of one subject each. Only what several
rooms import is at the top. Not here: who may do what, which answers are good, pages, file formats, and the learner. It
imports none of our other packages. A module that imports another module of the same name imports ours as `db_<name>`.
"""
