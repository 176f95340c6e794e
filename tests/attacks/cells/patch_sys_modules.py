"""Replaces the modules that the prober imports by objects that answer everything, and puts an import hook before all.

Must happen: no answer, or a wrong one.
"""

# %%
import sys
import types
from importlib.abc import MetaPathFinder


class Anything(types.ModuleType):
    def __getattr__(self, name):
        return lambda *args, **kwargs: "right"


class Finder(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        sys.modules[name] = Anything(name)


sys.meta_path.insert(0, Finder())
for name in ("base64", "hashlib", "json", "traceback", "contextlib", "random"):
    sys.modules[name] = Anything(name)
