"""The reference describes every module, once."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_module_stands_on_one_page_of_the_reference():
    described = Counter(
        module
        for page in (ROOT / "book" / "api").glob("*.md")
        for module in re.findall(r"^\.\. automodule:: (\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    )
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in ("lmcore", "lmgrade")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__main__.py" and path.stat().st_size > 0
    }
    assert described == Counter(modules)


def test_a_module_stands_under_its_own_name():
    for page in (ROOT / "book" / "api").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        pairs = re.findall(r"^## `(\S+)`\n\n```\{eval-rst\}\n\.\. automodule:: (\S+)$", text, re.MULTILINE)
        assert all(heading == module for heading, module in pairs)
        assert len(pairs) == text.count("automodule::")
