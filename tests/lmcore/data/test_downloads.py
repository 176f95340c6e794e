"""All of this talks to a server on this machine's own loopback address; nothing leaves the machine."""

import hashlib
import http.server
import re
import socket
import threading

import pytest

from lmcore.data import downloads
from lmcore.data.downloads import CORPORA, Corpus, download, main

CONTENT = bytes(range(256)) * 2_000


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT; ``plan`` says how to misbehave."""

    def do_GET(self):
        plan = self.server.plan
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if plan.get("status"):
            return self.send_error(plan["status"])
        start = int(re.fullmatch(r"bytes=(\d+)-", asked).group(1)) if asked and plan.get("ranges", True) else 0
        body = plan.get("content", CONTENT)[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", plan.get("answers", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"))
        if plan.get("length", True):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: plan.get("breaks_after", len(body))])
        if plan.get("hangs"):
            self.server.released.wait(10)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.plan, server.asked, server.released = {}, [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def corpus(server):
    address = f"http://127.0.0.1:{server.server_address[1]}/corpus.txt"
    return Corpus(address, "corpus.txt", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def test_a_file_arrives_whole_once_and_progress_reaches_its_size(server, corpus, tmp_path):
    seen = []
    path = download(corpus, tmp_path / "new" / "folder", progress=lambda *numbers: seen.append(numbers))
    assert path.read_bytes() == CONTENT
    assert seen == sorted(seen) and seen[-1] == (len(CONTENT), len(CONTENT))
    assert download(corpus, tmp_path / "new" / "folder") == path
    assert server.asked == [None]
    assert [file.name for file in path.parent.iterdir()] == ["corpus.txt"]


@pytest.mark.parametrize("length", [True, False])
def test_a_download_that_broke_off_goes_on_from_where_it_was(server, corpus, tmp_path, length):
    server.plan = {"breaks_after": 100_000, "length": length}
    with pytest.raises(ConnectionError, match=r"broke off after 100,000 of 512,000 bytes; they are kept"):
        download(corpus, tmp_path)
    assert not (tmp_path / "corpus.txt").exists()
    server.plan = {}
    assert download(corpus, tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=100000-"]


def test_a_server_that_cannot_go_on_sends_everything_again(server, corpus, tmp_path):
    (tmp_path / "corpus.txt.part").write_bytes(b"x" * 1000)
    server.plan = {"ranges": False}
    assert download(corpus, tmp_path).read_bytes() == CONTENT


def test_an_answer_with_another_part_is_refused_and_what_is_here_stays(server, corpus, tmp_path):
    part = tmp_path / "corpus.txt.part"
    part.write_bytes(CONTENT[:1000])
    server.plan = {"answers": f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"}
    with pytest.raises(ConnectionError, match="another part than was asked for"):
        download(corpus, tmp_path)
    assert part.read_bytes() == CONTENT[:1000]


def test_a_part_that_is_complete_needs_no_network(server, corpus, tmp_path):
    (tmp_path / "corpus.txt.part").write_bytes(CONTENT)
    assert download(corpus, tmp_path).read_bytes() == CONTENT
    assert server.asked == []


@pytest.mark.parametrize("content", [CONTENT[:-1] + b"!", CONTENT + b"more", b"!" + CONTENT[1:]])
def test_a_file_with_wrong_bytes_is_refused_and_removed(server, corpus, tmp_path, content):
    server.plan = {"content": content}
    with pytest.raises(ValueError, match=r"should have .* it has been removed"):
        download(corpus, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_part_with_wrong_bytes_is_removed_so_that_the_next_call_starts_anew(server, corpus, tmp_path):
    (tmp_path / "corpus.txt.part").write_bytes(b"x" * 1000)
    with pytest.raises(ValueError, match="checksum"):
        download(corpus, tmp_path)
    assert download(corpus, tmp_path).read_bytes() == CONTENT


def test_a_file_that_was_changed_on_the_disk_is_refused_and_kept(server, corpus, tmp_path):
    path = download(corpus, tmp_path)
    path.write_bytes(b"mine")
    with pytest.raises(ValueError, match=r"has 4 bytes and should have 512,000; remove it to download it again"):
        download(corpus, tmp_path)
    assert path.read_bytes() == b"mine"


def test_without_a_network_one_sentence_says_so_and_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("no_proxy", "*")
    closed = http.server.HTTPServer(("127.0.0.1", 0), Server)
    address = f"http://127.0.0.1:{closed.server_address[1]}/corpus.txt"
    closed.server_close()
    monkeypatch.setitem(CORPORA, "tiny_shakespeare", Corpus(address, "corpus.txt", 5, "0" * 64))
    with pytest.raises(ConnectionError) as caught:
        download("tiny_shakespeare", tmp_path)
    sentence = str(caught.value)
    assert "cannot be reached" in sentence and "lmcore.data.stories" in sentence and "\n" not in sentence
    assert caught.value.__suppress_context__
    assert main(["tiny_shakespeare", "--folder", str(tmp_path)]) == 1
    assert capsys.readouterr().err.strip() == sentence


def test_a_name_that_cannot_be_looked_up_is_the_same_sentence(tmp_path, monkeypatch):
    def no_names(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    with pytest.raises(ConnectionError, match=r"no-such-host\.invalid cannot be reached"):
        download(Corpus("http://no-such-host.invalid/x", "x", 5, "0" * 64), tmp_path)


def test_a_server_that_falls_silent_is_given_up_and_what_came_is_kept(server, corpus, tmp_path):
    server.plan = {"breaks_after": 70_000, "hangs": True}
    with pytest.raises(ConnectionError, match="broke off after 65,536"):
        download(corpus, tmp_path, silence=0.3)
    server.plan = {}
    server.released.set()
    assert download(corpus, tmp_path).read_bytes() == CONTENT


def test_an_error_of_the_server_is_named(server, corpus, tmp_path):
    server.plan = {"status": 404}
    with pytest.raises(ConnectionError, match="answered 404"):
        download(corpus, tmp_path)


def test_a_disk_error_is_not_taken_for_the_network(server, corpus, tmp_path):
    (tmp_path / "corpus.txt.part").mkdir()
    with pytest.raises(IsADirectoryError):
        download(corpus, tmp_path)


def test_the_command_line_prints_the_path(server, corpus, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(CORPORA, "tiny_shakespeare", corpus)
    assert main(["tiny_shakespeare", "--folder", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert out.strip() == str(tmp_path / "corpus.txt")
    assert "512,000 of 512,000 bytes (100 %)" in err


def test_an_unknown_corpus_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no corpus 'moby_dick'; there are tiny_shakespeare, tiny_stories"):
        download("moby_dick")


def test_known_corpora_are_pinned_to_a_revision_a_size_and_a_checksum():
    for corpus in CORPORA.values():
        assert re.search(r"/[0-9a-f]{40}/", corpus.url)
        assert re.fullmatch(r"[0-9a-f]{64}", corpus.sha256)
        assert corpus.url.startswith("https://") and corpus.size > 10**6
    assert downloads.CACHE.is_absolute()
