"""Runs a page again when what it shows has changed, and not otherwise.

Jupyter Book keeps the outputs of a page until the page changes. But a page also shows what the packages do, and a style
sheet changes the look of pages that stay as they are. Here the kept outputs lie in a folder named after a hash of the
code that the page can show: ``lmcore``, and for a page that names ``lmgrade``, the grading and the tasks as well. The
hashes are settings of the build too, so that Sphinx itself sees them change.
"""

import hashlib
import shutil
import sys
from pathlib import Path

BOOK = Path(__file__).parents[1]
CODE = {"lmcore": ["lmcore"], "lmgrade": ["lmcore", "lmgrade", "solutions"]}

# Of what a page can show; notebooks are made anew, and no page shows them.
ENDINGS = {".py", ".txt", ".json", ".csv", ".safetensors"}


def fingerprint(folders, endings):
    """A hash of the names and contents of the files with these endings."""
    seen = hashlib.sha256(sys.version.encode())
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in endings):
            seen.update(f"{path.relative_to(folder.parent)}\0{path.stat().st_size}\0".encode())
            seen.update(path.read_bytes())
    return seen.hexdigest()[:16]


def name_the_caches(app, config):
    """One folder for each kind of page; what older code left behind is removed."""
    config.code_fingerprints = {
        kind: fingerprint([BOOK.parent / name for name in names], ENDINGS) for kind, names in CODE.items()
    }
    config.style_fingerprint = fingerprint([BOOK / "_static"], {".css"})
    current = {f"{kind}-{code}" for kind, code in config.code_fingerprints.items()}
    for folder in caches(app).glob("*"):
        if folder.name not in current:
            shutil.rmtree(folder, ignore_errors=True)


def caches(app):
    return Path(app.outdir).parent / ".jupyter_cache"


def choose_cache(app, name, source):
    """Before a page is read: its outputs are kept with those of its kind."""
    kind = "lmgrade" if "lmgrade" in source[0] else "lmcore"
    folder = caches(app) / f"{kind}-{app.config.code_fingerprints[kind]}"
    app.env.mystnb_config.execution_cache_path = str(folder)


def setup(app):
    app.add_config_value("code_fingerprints", {}, "env")  # a new value: every page is read again
    app.add_config_value("style_fingerprint", "", "html")  # a new value: every page is written again
    app.connect("config-inited", name_the_caches)
    app.connect("source-read", choose_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
