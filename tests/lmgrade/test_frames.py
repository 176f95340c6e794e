"""What is counted of a kernel's messages, however their bytes come."""

import random

import pytest
import zmq

from lmgrade.warm.frames import GREETING, Frames, NotZMTP

SHAKEN = b"\xff" + bytes(8) + b"\x7f\x03\x01" + bytes(GREETING - 12)


def frame(size, more=True, large=False):
    if large or size > 255:
        return bytes([more | 2]) + size.to_bytes(8) + bytes(size)
    return bytes([more, size]) + bytes(size)


def counted(stream, sizes):
    frames, found, at = Frames(), 0, 0
    for size in sizes:
        found += frames.count(stream[at : at + size])
        at += size
    return found + frames.count(stream[at:])


def test_each_frame_counts_once_wherever_the_stream_is_cut():
    draw = random.Random(0)
    for _ in range(50):
        sizes = [draw.choice([0, 0, 1, 7, 255, 256, 5000]) for _ in range(draw.randrange(30))]
        stream = SHAKEN + b"".join(frame(size, large=draw.random() < 0.3) for size in sizes)
        for most in (1, 3, 100, 10**6):
            assert counted(stream, [draw.randrange(most + 1) for _ in range(len(stream))]) == len(sizes)


def test_a_frame_counts_when_it_begins_and_its_body_is_skipped():
    frames = Frames()
    assert frames.count(SHAKEN) == 0
    assert frames.count(b"\x02" + (2**40).to_bytes(8)) == 1
    assert frames.count(b"\x00\x00" * 1000) == 0


def test_real_streams_are_counted(tmp_path):
    """One end of a pair of zmq sockets talks to a plain socket."""
    import socket

    with zmq.Context() as context, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        listener.settimeout(10)
        sender = context.socket(
            zmq.DEALER,
        )
        sender.linger = 0
        sender.connect(f"ipc://{tmp_path / 's'}")
        sender.send_multipart([b""] * 1000 + [bytes(1000)])
        peer, _ = listener.accept()
        peer.settimeout(10)
        peer.sendall(SHAKEN[:12] + b"NULL" + bytes(GREETING - 16))
        ready = b"\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"
        peer.sendall(bytes([4, len(ready)]) + ready)
        frames, found = Frames(), 0
        while found < 1002:
            found += frames.count(peer.recv(100))
        peer.close()
        sender.close()
    # The handshake's own, and those of the message.
    assert found == 1 + 1001


@pytest.mark.parametrize(
    "greeting",
    [
        b"\x01\x00",
        b"\xff" + bytes(8) + b"\x7e",
        b"\xff" + bytes(8) + b"\x7f\x00",
        b"\xff" + bytes(8) + b"\x7f\x01\x05",
    ],
    ids=["1.0", "1.0 long", "1.0 signed", "2.0"],
)
def test_older_protocols_are_not_spoken(greeting):
    with pytest.raises(NotZMTP):
        Frames().count(greeting)
    frames = Frames()
    with pytest.raises(NotZMTP):
        for byte in greeting:
            frames.count(bytes([byte]))
