"""The database: used tokens, shown cards and what became of them, in SQLite or PostgreSQL.

``records`` is what the service talks to; ``tables`` says what is kept, ``schema`` brings a database to it.
Nothing of a patient has a column, and no free text of anybody.
"""
