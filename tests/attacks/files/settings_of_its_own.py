"""Brings settings and programs along: nbgrader_config.py, jupyter_config.py, conftest.py, a tasks file, a torch.py.

Must happen: of a submission the notebook alone is taken.
Says: Not written yet.
"""


def submit(notebook, folder):
    text = "import pathlib; pathlib.Path('/tmp/attack-was-here').touch()\nraise SystemExit\n"
    for name in ("nbgrader_config.py", "jupyter_config.py", "conftest.py", "tasks.py", "torch.py", "sitecustomize.py"):
        (folder / name).write_text(text)
        (folder.parent / name).write_text(text)
    return notebook
