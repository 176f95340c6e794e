"""Names a kernel of its own, with a command line, and another language.

Must happen: notebooks run in the course's kernel.
Says: Not written yet.
"""


def submit(notebook, folder):
    notebook.metadata["kernelspec"] = {
        "name": "../../../../tmp/attack",
        "display_name": "attack",
        "language": "bash",
        "argv": ["touch", "/tmp/attack-was-here"],
    }
    notebook.metadata["language_info"] = {"name": "bash", "pygments_lexer": "x" * 10_000}
    return notebook
