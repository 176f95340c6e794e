"""Which modules of lmcore come into a sandbox."""

import subprocess
import sys

import pytest

from lmgrade.allowed import copy_allowed, with_what_they_import

ONE_TASK = "from lmgrade import Task\n{line}\none = Task('one', reference={reference})\n"
CHECK = "@one.check(points=1, title='x')\ndef check(one):\n    return one(-1)\n"


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def runs(folder, source):
    """Does some code run where this copy is the only lmcore?"""
    # An installed course must not help out.
    alone = "import sys; sys.meta_path[:] = [finder for finder in sys.meta_path if 'ditable' not in repr(finder)]"
    place = f"sys.path.insert(0, {str(folder)!r})"
    return subprocess.run([sys.executable, "-I", "-c", f"{alone}; {place}; {source}"], capture_output=True, text=True)


def test_a_module_brings_what_it_imports_and_nothing_else(tmp_path):
    assert with_what_they_import(["lmcore.heads"]) == {"lmcore.heads", "lmcore.attention", "lmcore.cache"}
    copy_allowed(["lmcore.tokenization.bpe_plain"], tmp_path)
    inside = {"bpe_plain.py", "pretokenization.py", "__init__.py"}
    assert files(tmp_path) == {"lmcore/__init__.py"} | {f"lmcore/tokenization/{name}" for name in inside}
    assert runs(tmp_path, "from lmcore.tokenization.bpe_plain import merge_pair").returncode == 0
    assert "No module named 'lmcore.tokenization.bpe'" in runs(tmp_path, "import lmcore.tokenization.bpe").stderr


def test_a_package_brings_all_that_it_offers(tmp_path):
    copy_allowed(["lmcore.tokenization"], tmp_path)
    assert runs(tmp_path, "from lmcore.tokenization import BPETokenizer, WordTokenizer").returncode == 0


def test_data_files_come_along(tmp_path):
    copy_allowed(["lmcore.data.corpora"], tmp_path)
    assert {name for name in files(tmp_path) if name.endswith(".txt")}
    assert runs(tmp_path, "from lmcore.data.corpora import english_story; assert english_story()").returncode == 0


def test_without_allowed_modules_there_is_no_lmcore(tmp_path):
    copy_allowed([], tmp_path)
    assert files(tmp_path) == set()
    assert "No module named 'lmcore'" in runs(tmp_path, "import lmcore").stderr


@pytest.mark.parametrize("name", ["lmcore.nothing", "os", "lmgrade.judge", "lmcore.attention.softmax"])
def test_what_is_no_module_of_lmcore_cannot_be_allowed(name, tmp_path):
    with pytest.raises(ValueError, match=f"'{name}' is no module of lmcore"):
        copy_allowed([name], tmp_path)


def test_an_assignment_says_what_it_allows(assignment_of):
    assert assignment_of(ONE_TASK.format(line="", reference="abs") + CHECK).allowed == ()
    line = "ALLOWED = ('lmcore.attention',)"
    assert assignment_of(ONE_TASK.format(line=line, reference="abs") + CHECK).allowed == ("lmcore.attention",)
    with pytest.raises(ValueError, match=r"a tuple of names of modules, not 'lmcore\.attention'"):
        assignment_of(ONE_TASK.format(line="ALLOWED = ('lmcore.attention')", reference="abs") + CHECK)
    with pytest.raises(ValueError, match=r"a tuple of names of modules, not tuple\('ab'\)"):
        assignment_of(ONE_TASK.format(line="ALLOWED = tuple('ab')", reference="abs") + CHECK)


@pytest.mark.parametrize("module", ["lmcore.attention", "lmcore.heads"])
def test_a_module_that_holds_a_reference_cannot_be_allowed_not_even_by_an_import(assignment_of, module):
    line = f"from lmcore.attention import softmax\nALLOWED = ({module!r},)"
    with pytest.raises(ValueError, match=r"lmcore\.attention.* holds one's reference"):
        assignment_of(ONE_TASK.format(line=line, reference="softmax") + CHECK)
