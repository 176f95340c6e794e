"""Calls to the system that no exercise needs and that would get round a limit, refused by a seccomp filter.

Memory that belongs to no process's address space (memfd, System V shared memory) escapes its limits; namespaces,
keys, tracing, BPF and the like only widen the surface. Of sockets, those are left that a network namespace holds:
others, such as a virtual machine's line to its host (vsock), would lead out of it. Refused calls fail with EPERM, as
for want of a right.

See seccomp(2); the numbers are those of Linux's tables for each machine.
"""

import ctypes
import errno
import os
import struct

# (x86_64, aarch64)
REFUSED = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "kcmp": (312, 272),
    "vmsplice": (278, 75),
}
# The calls whose first argument is a kind of socket, and the kinds that are let through.
SOCKETS = {"socket": (41, 198), "socketpair": (53, 199)}
KINDS = (1, 2, 10, 16)  # unix, inet, inet6, netlink
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_X32 = 0x40000000
_PR_SET_SECCOMP, _FILTER = 22, 2


def program(machine: str) -> bytes:
    """The filter for a machine: the right table of calls or the end; a refused number fails, a strange kind of socket
    too; all others pass.
    """
    column, architecture = MACHINES[machine]
    numbers = [both[column] for both in REFUSED.values()]
    lines = [
        (_LOAD, "", "", 4),  # which table of calls
        (_JUMP_IF_EQUAL, "right table", "", architecture),
        (_RETURN, "", "", _KILL),
        "right table",
        (_LOAD, "", "", 0),  # which call
        (_JUMP_IF_AT_LEAST, "fail", "", _X32),  # x86_64's second table
        *((_JUMP_IF_EQUAL, "fail", "", number) for number in numbers),
        *((_JUMP_IF_EQUAL, "socket", "", both[column]) for both in SOCKETS.values()),
        (_RETURN, "", "", _ALLOW),
        "socket",
        (_LOAD, "", "", 16),  # its first argument
        *((_JUMP_IF_EQUAL, "allow", "", kind) for kind in KINDS),
        "fail",
        (_RETURN, "", "", _FAIL),
        "allow",
        (_RETURN, "", "", _ALLOW),
    ]
    return _assembled(lines)


def _assembled(lines: list) -> bytes:
    """Instructions ``(code, place if so, place if not, number)``, with names of places between; ``""`` is the next."""
    places, instructions = {}, []
    for line in lines:
        if isinstance(line, str):
            places[line] = len(instructions)
        else:
            instructions.append(line)
    steps = (
        (code, *(places[place] - number - 1 if place else 0 for place in (if_so, if_not)), value)
        for number, (code, if_so, if_not, value) in enumerate(instructions)
    )
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def refuse() -> bool:
    """Refuse these calls in this process and all it starts; False on a machine whose numbers are not known here."""
    machine = os.uname().machine
    if machine not in MACHINES:
        return False
    text = program(machine)
    memory = ctypes.create_string_buffer(text, len(text))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_void_p))

    libc = ctypes.CDLL(None, use_errno=True)
    filled = Program(len(text) // 8, ctypes.addressof(memory))
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(filled), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the filter of system calls (seccomp) was not taken")
    return True
