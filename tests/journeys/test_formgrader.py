"""Formgrader in a browser: a mark given by hand and a comment go all the way to the learner, and stay."""

import csv
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from html import unescape
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import expect

from lmgrade.isolation import why_not
from lmgrade.release import SOURCE, nbgrader, read_source, release
from lmgrade.sample_class import Notebook
from lmgrade.tasks import load

ROOT = Path(__file__).resolve().parents[2]
NAME = "counting"
COMMENT = "Seven is right: now say *why* <b>it</b> is."
# Whoever does not use the exchange keeps nobody else from getting feedback there.
BY_MAIL = "ada"
ANSWERS = {
    "ada": {},
    "bob": {"double_all": "def double_all(numbers):\n    return [number + 2 for number in numbers]"},
    "cyd": {"letters": "raise NotImplementedError()"},
}

pytestmark = [pytest.mark.xdist_group("formgrader"), pytest.mark.timeout(540)]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course with three graded submissions and a roster, and an exchange of its own."""
    folder = tmp_path_factory.mktemp("formgrader") / "course"
    ignored = shutil.ignore_patterns("*.ipynb", "__pycache__")
    shutil.copytree(ROOT / "tests" / "lmgrade" / "course", folder, ignore=ignored)
    (folder / "exchange").mkdir()
    text = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    text += f'\nc.Exchange.root = str(COURSE / "exchange")\nc.Judged.sandbox = {why_not() is None}\n'
    (folder / "nbgrader_config.py").write_text(text, encoding="utf-8")
    (path,) = release(folder, [NAME])
    source = read_source(folder / "solutions" / NAME / SOURCE)
    book = Notebook(load(NAME, folder), source, nbformat.read(path, as_version=4))
    for student, answers in ANSWERS.items():
        notebook = book.solved(answers)
        (question,) = [cell for cell in notebook.cells if cell.id == "question"]
        question.source = f"Seven, says {student}."
        target = folder / "submitted" / student / NAME
        target.mkdir(parents=True)
        nbformat.write(notebook, target / f"{NAME}.ipynb")
        (target / "timestamp.txt").write_text("2026-01-15 18:00:00 UTC")
        if student != BY_MAIL:
            # As `nbgrader submit` does.
            (target / "submission_secret.txt").write_text(secrets.token_hex(64))
    with (folder / "roster.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerows([["id", "first_name", "last_name"], *([name, name.title(), "Learner"] for name in ANSWERS)])
    nbgrader("db", "student", "import", "roster.csv", course=folder)
    lmgrade_class(folder)
    return folder


def lmgrade_class(folder, *options):
    path = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
    command = [sys.executable, "-m", "lmgrade", "class", NAME, *options]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=os.environ | {"PYTHONPATH": path})


@pytest.fixture(scope="module")
def server(graded):
    """The address of a Jupyter server in the course's folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, log = secrets.token_hex(8), graded.parent / "server.log"
    options = {
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": graded,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": token,
    }
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", *(f"--{o}={v}" for o, v in options.items())]
    path = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
    environment = os.environ | {"PYTHONPATH": path, "JUPYTER_CONFIG_DIR": str(graded.parent / "config")}
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=graded, env=environment, stdout=file, stderr=file)
    try:
        address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 60
        while not answers(f"{address}/api/status?token={token}"):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield address, token
    finally:
        process.terminate()
        process.wait(20)


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except (urllib.error.URLError, TimeoutError):
        return False


@pytest.fixture
def page(server, browser):
    """A page of a browser that has logged in. The test fails for what pages complain of, or ask a network for."""
    address, token = server
    context, faults = browser.new_context(base_url=address), []
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: faults.extend([] if is_here(request.url, address) else [request.url]))
    page.goto(f"/formgrader/?token={token}")
    yield page
    context.close()
    assert not faults, "\n".join(faults)


def is_here(url, address):
    return url.startswith((address, "data:"))


def open_submission(page, student):
    page.goto(f"/formgrader/manage_students/{student}/{NAME}")
    page.get_by_role("link", name=NAME).last.click()
    expect(page.locator("input.score").first).to_be_visible()


def by_hand(folder, student):
    """Points, comment, and whether a person still has to look, of the question."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("question", NAME, NAME, student)
        comment = gradebook.find_comment("question", NAME, NAME, student)
        return grade.manual_score, comment.comment, grade.needs_manual_grade


def released_feedback(folder):
    pages = [path.read_text(encoding="utf-8") for path in (folder / "exchange").rglob("*.html")]
    return [unescape(re.sub(r"<[^>]*>", "", text[text.index("<body") :])) for text in pages]


def press(page, icon):
    """Press one of the assignment's buttons and wait for what comes of it."""
    page.goto("/formgrader/manage_assignments")
    page.locator(f"td.{icon} a").first.click()
    modal = page.locator(".modal.in")
    expect(modal).to_contain_text("Success", ignore_case=True, timeout=90_000)
    return modal


def test_the_tables_name_the_students_and_say_what_waits_for_a_person(page):
    page.goto(f"/formgrader/manage_submissions/{NAME}")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("Learner, Ada")
    expect(rows.nth(0)).to_contain_text("needs manual grading")
    page.goto("/formgrader/manage_students")
    expect(page.locator("tbody tr").nth(1)).to_contain_text("Learner, Bob")


def test_a_mark_and_a_comment_given_by_hand_reach_the_learner_and_survive_a_regrade(page, graded):
    open_submission(page, "bob")
    expect(page.locator("body")).to_contain_text("Seven, says bob.")
    score = page.locator("input.score").last
    with page.expect_response(lambda response: "/api/grade/" in response.url and response.request.method == "PUT"):
        score.fill("1.5")
        score.blur()
    comment = page.locator("textarea.comment").last
    with page.expect_response(lambda response: "/api/comment/" in response.url and response.request.method == "PUT"):
        comment.fill(COMMENT)
        comment.blur()
    assert by_hand(graded, "bob") == (1.5, COMMENT, False)
    assert by_hand(graded, "ada")[0] is None and by_hand(graded, "ada")[2]

    lmgrade_class(graded, "--force", "--yes")
    # nbgrader asks for a second look at what has been graded anew.
    assert by_hand(graded, "bob") == (1.5, COMMENT, True)
    open_submission(page, "bob")
    expect(page.locator("input.score").last).to_have_value("1.5")
    expect(page.locator("textarea.comment").last).to_have_value(COMMENT)

    press(page, "generate-feedback")
    press(page, "release-feedback")
    texts = released_feedback(graded)
    assert len(texts) == 2 and not any("Seven, says ada." in text for text in texts)
    (of_bob,) = [text for text in texts if "Seven, says bob." in text]
    assert "now say" in of_bob and "Score: 1.5" in of_bob
    assert not any("now say" in text for text in texts if text != of_bob)


def test_a_feedback_page_opens_from_its_file_and_asks_for_nothing(page, graded):
    nbgrader("generate_feedback", NAME, "--force", "--student=ada", course=graded)
    asked, other = [], page.context.browser.new_page()
    other.on("request", lambda request: asked.append(request.url))
    other.goto((graded / "feedback" / "ada" / NAME / f"{NAME}.html").as_uri())
    expect(other.locator("body")).to_contain_text("Seven, says ada.")
    assert all(url.startswith("file:") for url in asked), asked
