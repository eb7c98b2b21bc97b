"""The store: one SQLite file for each project, and all the SQL.

Here live the tables and how they came about (`schema`, `migrations`, `upgrading`), the one way to open a project and
to write to it (`store`, `locks`, `connection`), a module of reads and writes for each kind of row, and what keeps a
file whole (`backups`, `health`, `acknowledged`, `aside`). Not here: who may do what, what an answer is worth, pages,
formats of files, and the learner. It imports none of our other packages. An importer that has another module of the
same name calls ours `db_<name>`.
"""
