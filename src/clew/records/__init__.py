"""What an institution must keep of its screening: who asked, what was answered from which lists, what changed since.

SQL through SQLAlchemy: SQLite by default, PostgreSQL by URL.
"""
