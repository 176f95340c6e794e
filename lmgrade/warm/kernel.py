"""The learner's kernel itself: an ipykernel in a fork of the warm parent."""

import json
import os
import sys

from .fence import HOME

CONNECTION = f"{HOME}/.kernel.json"
# What the kernel's own sockets are called, before the number.
SOCKETS = f"{HOME}/.kernel"
READY = b"1"


def run(connection: dict, ready: int) -> None:
    """Start, say so on the descriptor ``ready``, and serve until told to end.

    Args:
        connection: the connection file's contents, as the kernel sees them.
        ready: written to once the sockets are bound.
    """
    from ipykernel.kernelapp import IPKernelApp

    os.chdir(HOME)
    with open(CONNECTION, "w") as file:
        json.dump(connection, file)
    # Nothing of the warm parent is left to be imported.
    package = __package__
    sys.path.pop(0)
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]
    sys.argv = ["ipykernel_launcher", "-f", CONNECTION]
    # The kernel's own path begins with the working folder, as that of any notebook.
    sys.path.insert(0, "")
    app = IPKernelApp.instance()
    app.initialize(["-f", CONNECTION, "--HistoryManager.enabled=False"])
    os.unlink(CONNECTION)
    os.write(ready, READY)
    os.close(ready)
    app.start()
