"""Writes full marks into the gradebook with SQL, by the path it knows and by every gradebook it finds.

Must happen: there is no gradebook in the sandbox.
Says: unable to open database file
"""

# %%
import sqlite3

database = sqlite3.connect("file:@COURSE@/gradebook.db?mode=rw", uri=True)
database.execute("UPDATE grade SET auto_score = 2, manual_score = 2, needs_manual_grade = 0")
database.commit()
