"""What keeps one kernel's processes from everything else: namespaces, mounts, no privileges, limits.

The calls are Linux's own, through libc, in the order in which a fork goes through them: `leave`, `cover`,
`first_process`, `limit`. Each needs a process with a single thread. See unshare(2), mount(2), user_namespaces(7).
"""

import ctypes
import os
import random
import resource
import signal

HOME = "/home/learner"
SHARED_MEMORY = "/dev/shm"
LEARNER = 1000

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS, _CLONE_NEWCGROUP, _CLONE_NEWIPC = 0x00020000, 0x02000000, 0x08000000
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_MNT_DETACH = 2
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CAPABILITY_VERSION_3 = 0x20080522


def _call(what: str, result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(kind: str, target: str, flags: int, data: str) -> None:
    result = _libc.mount(kind.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())
    _call(f"mounting {kind} on {target}", result)


def uncover_proc() -> None:
    """Undo, where the grader is root, bubblewrap's covers over parts of ``/proc``.

    A kernel's own /proc is refused while the one around it is covered. Without covers this process could write there;
    the kernels' users cannot.
    """
    if os.geteuid() == 0:
        for part in ("sys", "sysrq-trigger", "irq", "bus"):
            _libc.umount2(f"/proc/{part}".encode(), _MNT_DETACH)


def an_unused_user() -> int:
    """A user id that owns nothing: root drops to one of those that systemd keeps for passing users."""
    return os.geteuid() or random.SystemRandom().randrange(61184, 65520)


def leave(user: int) -> None:
    """Into namespaces of this kernel's own, as ``user`` of the grader's machine, who is called `LEARNER` inside.

    Children see their own processes (from the next fork on), a network without any device, their own mounts, message
    queues and shared memory. Limits on processes count this namespace's alone. Root's would not be counted at all.
    """
    if user != os.geteuid():
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        # Or the maps below would belong to root.
        _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
    group = os.getegid()
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    own = _CLONE_NEWNS | _CLONE_NEWCGROUP | _CLONE_NEWIPC | _CLONE_NEWUSER | _CLONE_NEWPID | _CLONE_NEWNET
    _call("making namespaces for a kernel (unshare)", _libc.unshare(own))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{LEARNER} {user} 1"), ("gid_map", f"{LEARNER} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def cover(scratch: int) -> None:
    """Empty home and shared memory, of at most ``scratch`` bytes and as many files as pages each; terminals apart."""
    for folder in (HOME, SHARED_MEMORY):
        _mount("tmpfs", folder, _MS_NOSUID | _MS_NODEV, f"size={scratch},nr_inodes={scratch // 4096 + 16},mode=700")
    _mount("devpts", "/dev/pts", _MS_NOSUID | _MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")


def first_process() -> None:
    """To be called by the first process in the new namespace: its own /proc, and no further user namespaces, in which a
    learner would be privileged again and could mount a home without a limit.
    """
    _mount("proc", "/proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "")
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
    # When memory runs out on the whole machine, this is what is given up for it.
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def die_with_parent() -> None:
    """Let this process be killed when the one that forked it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def drop_privileges() -> None:
    """Give up what a namespace's maker may do in it, for good. Nobody of the same user may look into this process."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _call("dropping privileges (capset)", _libc.capset(header, (ctypes.c_uint32 * 6)()))
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def let_be_seen() -> None:
    """Let a process read its own files in /proc again, as every program does."""
    _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


def limit(memory: int, cpu_seconds: int, processes: int, open_files: int, file_size: int) -> None:
    """Limits of this process and of each that it starts; processes are counted together, threads as processes."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, mapped + memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
