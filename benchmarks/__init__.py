"""This project beside its peers: each comparison in one run, the two sides in turns, the best of several rounds."""
