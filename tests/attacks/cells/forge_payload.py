"""Asks the front end through the reply's payload to insert and to replace cells, to open pages and files.

Must happen: nobody follows a payload.
Says: Not written yet.
"""

# %%
shell = get_ipython()
shell.set_next_input("assert True", replace=True)
for source in ("page", "set_next_input", "edit_magic", "ask_exit"):
    shell.payload_manager.write_payload(
        {"source": source, "data": {"text/plain": "1.0"}, "text": "pass", "replace": True, "filename": "@COURSE@"},
        single=False,
    )
