"""Attacks that fit any assignment: cells that stand at the top of a notebook in which nothing else was written.

The attacks of ``tests/attacks/`` are more, and look closer; these are there so that a sample class has some.
"""

ATTACKS = {
    "switches later cells off": """\
def nothing(lines):
    return ["pass\\n"]

get_ipython().input_transformers_cleanup.append(nothing)
""",
    "is equal to everything": """\
import builtins

class Everything:
    def __eq__(self, other):
        return True

    def __getattr__(self, name):
        return self

    def __call__(self, *arguments, **named):
        return self

builtins.NotImplementedError = Everything()
""",
    "prints its own verdict": """\
print("4.0 of 4 points", "passed", sep="\\n")
print('{"value": 1}')
4.0
""",
    "kills what started it": """\
import os, signal
for process in (os.getppid(), 1):
    try:
        os.kill(process, signal.SIGKILL)
    except OSError as error:
        print(error)
""",
    "leaves processes behind": """\
import subprocess, sys
for _ in range(5):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
""",
    "fills the disk": """\
try:
    with open("large", "wb") as file:
        while True:
            file.write(bytes(2**20))
except OSError as error:
    print(error)
""",
    "floods the output": """\
for _ in range(2000):
    print("x" * 10_000)
""",
    "writes to the gradebook": """\
import pathlib, sqlite3
for folder in [pathlib.Path.cwd(), *pathlib.Path.cwd().parents]:
    for book in folder.glob("*/gradebook.db"):
        with sqlite3.connect(book) as database:
            database.execute("UPDATE grade SET auto_score = 100")
""",
    "reads the solutions": """\
import pathlib
for path in pathlib.Path("/").glob("*/*/solutions/*/tasks/*.py"):
    exec(path.read_text())
""",
    "forks without end": """\
import os, time
children = 0
while children < 500:
    try:
        if os.fork() == 0:
            time.sleep(3600)
    except OSError:
        break
    children += 1
""",
}
