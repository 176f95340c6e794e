"""Can this machine keep learners' code apart, and if not, what would it need?"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from lmgrade import view

# What a container must allow for namespaces inside it: the calls that make and name them, and a view of all of /proc,
# since a namespace's own may show no more than the one around it.
PODMAN = "--security-opt seccomp=unconfined --security-opt unmask=ALL"
DOCKER = " ".join(f"--security-opt {what}=unconfined" for what in ("seccomp", "systempaths", "apparmor"))


class NoSandbox(RuntimeError):
    """There can be no sandbox on this machine; the message says what to install or which setting to change."""


def why_not() -> str | None:
    """Why no sandbox can be had here, and what to do about it; None where it works. Takes a tenth of a second."""
    if sys.platform != "linux":
        return f"a sandbox needs Linux, and this is {sys.platform}. Grade on Linux or in a container."
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return "bubblewrap is not installed. Install it: `sudo apt-get install bubblewrap` (or your system's package)."
    command = [bwrap, *view.arguments(None), "check"]
    tried = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if tried.returncode == 0:
        return None
    said = tried.stderr.strip().splitlines()
    return f"bubblewrap cannot make a sandbox here: {said[-1] if said else f'status {tried.returncode}'}. {_setting()}"


def _setting() -> str:
    settings = {
        "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
        "kernel/unprivileged_userns_clone": ("0", "1"),
        "user/max_user_namespaces": ("0", "10000"),
    }
    for name, (forbids, allows) in settings.items():
        with contextlib.suppress(OSError):
            if Path("/proc/sys", name).read_text().strip() == forbids:
                return f"User namespaces are forbidden: `sudo sysctl {name.replace('/', '.')}={allows}` allows them."
    if os.geteuid() == 0 or Path("/run/.containerenv").exists() or Path("/.dockerenv").exists():
        return f"In a container, allow namespaces: `podman run {PODMAN}`, or `docker run {DOCKER}`."
    return "User namespaces must be allowed for your user; ask whoever runs this machine."
