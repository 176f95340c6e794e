"""Sends to services of the grader's own machine, by TCP, UDP and abstract Unix sockets.

Must happen: the listener that the test has opened hears nothing.
"""

# %%
import socket

for send in (
    lambda: socket.create_connection(("127.0.0.1", int("@PORT@")), timeout=1).sendall(b"attack-was-here"),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"attack-was-here", ("127.0.0.1", int("@PORT@"))),
    lambda: socket.socket(socket.AF_UNIX).connect("\0attack-listener-@PORT@"),
    lambda: socket.create_connection(("localhost", int("@PORT@")), timeout=1),
):
    try:
        send()
        print("sent")
    except OSError as error:
        print("refused:", error)
