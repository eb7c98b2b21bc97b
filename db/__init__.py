"""The store: one SQLite file for each project, and all the SQL.

It holds the tables and their history (`schema`, `migrations`, `upgrading`), the one way to open a project and to
write to it (`store`, `locks`, `connection`), a module of reads and writes per kind of row, and what keeps a file
whole (`backups`, `health`, `acknowledged`, `aside`). Not here: who may do what, which answers are good, pages, file
formats, and the learner. It imports none of our other packages. A module that imports another module of the same
name imports ours as `db_<name>`.
"""
