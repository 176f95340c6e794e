"""What a sandbox shows of the machine: bubblewrap's arguments, one line for each thing.

The interpreter, its packages, the system's programs and libraries, all read-only; an empty root around them. Not there:
the course, homes, /tmp, /etc but for five harmless files, the host's /proc, /sys but for the list of processors.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from lmgrade.warm import fence

PROGRAM = "/opt/lmgrade"
ALLOWED = "/opt/course"
# What a kernel needs of the grader's environment. Everything else (tokens, database URLs) stays out.
KEPT_VARIABLES = ("LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
ETC = ("ld.so.cache", "alternatives", "localtime", "fonts")
# Packages that a kernel needs; the folders they lie in are shown when no environment's folder holds them.
NEEDED = ("ipykernel", "IPython", "zmq", "numpy", "torch", "matplotlib", "regex", "safetensors")
# Packages that hold reference implementations and the grader itself.
HIDDEN = ("lmcore", "lmgrade")
# The warm parent's own home, for caches that it makes; each kernel gets another over it.
HOME_BYTES = 64 * 2**20
HERE = Path(__file__).resolve().parent


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    # Made here since bubblewrap makes folders on the way for its own user alone.
    for folder in ("/etc", "/sys", "/sys/devices", "/sys/devices/system"):
        yield from ("--dir", folder)
    for name in ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    yield from ("--ro-bind-try", "/sys/devices/system/cpu", "/sys/devices/system/cpu")


def _covered() -> list[Path]:
    """What must not be seen, wherever it lies: the course, and installed copies of what `HIDDEN` names."""
    paths = [folder / name for folder in map(Path, sys.path) for name in HIDDEN]
    paths.append(HERE.parent if (HERE.parent / "solutions").is_dir() else HERE)
    return sorted({path.resolve() for path in paths if path.is_dir()})


def _within(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _interpreter(shown: list[Path]) -> list[Path]:
    """The folders of this interpreter and its environment: parts of each prefix, for a course may lie there."""
    prefixes = {Path(prefix) for prefix in (sys.base_prefix, sys.base_exec_prefix, sys.prefix, sys.exec_prefix)}
    prefixes |= {prefix.resolve() for prefix in prefixes}
    parts = [prefix / name for prefix in prefixes for name in ("bin", "lib", "lib64", "pyvenv.cfg")]
    return [part for part in sorted(parts) if part.exists() and not _within(part, shown)]


def _packages(shown: list[Path]) -> list[Path]:
    """Folders of packages that lie elsewhere, such as a user's own site-packages."""
    specs = [importlib.util.find_spec(name) for name in NEEDED]
    folders = {Path(spec.origin).parents[1] for spec in specs if spec is not None and spec.origin}
    return sorted(folder for folder in folders if not _within(folder, shown))


@functools.cache
def _places() -> re.Pattern:
    interpreter = _interpreter([Path("/usr")])
    shown = [*interpreter, *_packages([Path("/usr"), *interpreter])]
    prefixes = {Path(prefix) for prefix in (sys.prefix, sys.base_prefix, *map(os.path.realpath, (sys.prefix, HERE)))}
    places = {str(path) for path in (*shown, *prefixes, HERE) if not Path("/usr/local").is_relative_to(path)}
    # Longest first: a place may lie in another.
    names = [re.escape(place) for place in sorted(places, key=len, reverse=True)]
    return re.compile("|".join([*names, re.escape(tempfile.gettempdir()) + r"/lmgrade-\w+"]))


def without_places(text: str) -> str:
    """What learners' code has put out, without the places on this machine that a sandbox shows it."""
    return _places().sub("...", text)


def arguments(allowed: Path | None) -> list[str]:
    """Bubblewrap's arguments, up to the interpreter's own.

    Args:
        allowed: the folder whose ``lmcore`` learners may import; None for none.
    """
    covered = _covered()
    # A course may lie in /usr, and its environment in the course.
    of_usr = [path for path in covered if path.is_relative_to("/usr")]
    seen = [Path("/usr")] if not _within(Path(sys.prefix), of_usr) else []
    interpreter = _interpreter(seen)
    packages = _packages([Path("/usr"), *interpreter])
    shown = [*interpreter, *packages]
    result = ["--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() != 0:
        result.append("--unshare-user")
    else:
        # Root needs no user namespace to make the others, and keeps what it takes to become somebody else.
        result += ["--cap-drop", "ALL"]
        for kept in ("CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN"):
            result += ["--cap-add", kept]
    result += ["--hostname", "sandbox", *_system()]
    for path in of_usr:
        result += ["--tmpfs", str(path)]
    # As above.
    ways = {way for path in (*shown, Path(PROGRAM, "warm"), Path(ALLOWED)) for way in path.parents}
    for way in sorted(way for way in ways if not way.is_relative_to("/usr") or _within(way, of_usr)):
        result += ["--dir", str(way)]
    for path in shown:
        result += ["--ro-bind", str(path), str(path)]
    for path in covered:
        if _within(path, shown):
            result += ["--tmpfs", str(path), "--remount-ro", str(path)]
    for path in of_usr:
        if not _within(path, shown):
            result += ["--remount-ro", str(path)]
    result += ["--ro-bind", str(HERE / "warm"), f"{PROGRAM}/warm"]
    if allowed is not None:
        result += ["--ro-bind", str(allowed), ALLOWED]
    result += ["--proc", "/proc", "--dev", "/dev", "--size", str(HOME_BYTES), "--tmpfs", fence.HOME]
    if Path("/tmp") not in ways:  # where the environment lies in it, nothing else does, and nobody can write to it
        result += ["--symlink", fence.HOME.lstrip("/"), "/tmp"]
    result += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", PROGRAM, "--clearenv"]
    for name, value in environment(packages).items():
        result += ["--setenv", name, value]
    return [*result, sys.executable, "-m", "warm"]


def environment(packages: Iterable[Path] = ()) -> dict[str, str]:
    """The environment of everything in a sandbox."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONPATH": os.pathsep.join([ALLOWED, *map(str, packages)]),
        "HOME": fence.HOME,
        "TMPDIR": fence.HOME,
        "USER": "learner",
        "LOGNAME": "learner",
        "IPYTHONDIR": f"{fence.HOME}/.ipython",
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # An arena for each thread would reserve 128 MiB of addresses each, and addresses are what is limited.
        "MALLOC_ARENA_MAX": "2",
    }
