"""Runs a page again when what it shows has changed, and not otherwise.

Jupyter Book keeps the outputs of a page until the page changes. But a page also shows what the packages do, and a style
sheet changes the look of pages that stay as they are. Here the kept outputs live in a folder named after a hash of the
code behind the pages, and both hashes are settings of the build, so that Sphinx itself sees them change.
"""

import hashlib
import shutil
import sys
from pathlib import Path

BOOK = Path(__file__).parents[1]
# What pages import, and the tasks that one of them judges.
CODE = [BOOK.parent / folder for folder in ("lmcore", "lmgrade", "solutions")]


def fingerprint(folders, endings):
    """A hash of the names and contents of the files with these endings."""
    seen = hashlib.sha256(sys.version.encode())
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in endings):
            seen.update(f"{path.relative_to(folder.parent)}\0{path.stat().st_size}\0".encode())
            seen.update(path.read_bytes())
    return seen.hexdigest()[:16]


def name_the_cache(app, config):
    config.code_fingerprint = fingerprint(CODE, {".py", ".txt"})
    config.style_fingerprint = fingerprint([BOOK / "_static"], {".css"})
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / config.code_fingerprint
    config.nb_execution_cache_path = str(current)
    for stale in caches.glob("*"):
        if stale != current:
            shutil.rmtree(stale, ignore_errors=True)


def setup(app):
    app.add_config_value("code_fingerprint", "", "env")  # a new value: every page is read and run again
    app.add_config_value("style_fingerprint", "", "html")  # a new value: every page is written again
    app.connect("config-inited", name_the_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
