"""Sends its notebook to the outside: TCP, UDP, a name's look-up, a proxy from the environment.

Must happen: there is no network.
"""

# %%
import socket
import urllib.request

for send in (
    lambda: socket.create_connection(("1.1.1.1", 53), timeout=1).sendall(b"attack-was-here"),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"attack-was-here", ("8.8.8.8", 53)),
    lambda: socket.create_connection(("2606:4700:4700::1111", 53), timeout=1),
    lambda: urllib.request.urlopen("http://example.com", timeout=1),
    lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
):
    try:
        send()
        print("sent")
    except OSError as error:
        print("refused:", error)
