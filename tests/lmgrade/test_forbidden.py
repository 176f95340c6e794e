"""Ways to get at what a task forbids are caught; honest ways of working are not taken for one."""

import pytest

from lmgrade.audit import audit
from lmgrade.forbidden import rules_of
from lmgrade.tasks import Task

from .forbidding import SOFTMAX, TASKS, make, read, seen
from .ways import AT_RUN_TIME, HONEST, IN_THE_TEXT, OWN


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    return make(tmp_path_factory.mktemp("forbidding")).tasks


IMPORTS = "import torch\nimport torch.nn.functional as F\n"


@pytest.mark.parametrize("way", IN_THE_TEXT)
def test_a_use_is_refused_when_it_runs_and_found_in_the_text(tasks, way):
    cells = [IMPORTS, *IN_THE_TEXT[way]]
    noted, _ = seen(tasks["softmax"], cells)
    assert {use["name"] for use in noted} == {"torch.softmax"}
    certain, _ = read(tasks["softmax"], cells)
    assert {(use.name, use.cell) for use in certain} == {("torch.softmax", 2)}
    assert all(use.text == cells[1].splitlines()[use.line - 1].strip() for use in certain)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("way", AT_RUN_TIME)
def test_a_use_that_the_text_does_not_show_is_refused_when_it_runs(tasks, way):
    cells = [IMPORTS, *AT_RUN_TIME[way]]
    noted, _ = seen(tasks["softmax"], cells)
    assert {use["name"] for use in noted} == {"torch.softmax"}
    assert read(tasks["softmax"], cells)[0] == []


def test_a_method_that_may_be_a_tensors_is_a_suspicion(tasks):
    certain, suspected = read(tasks["softmax"], [IMPORTS, *AT_RUN_TIME["a method"]])
    assert not certain
    assert [(use.cell, use.line, use.text, use.written) for use in suspected] == [
        (2, 2, "return x.softmax(dim)", ".softmax")
    ]


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("%%time\ndef softmax(x, dim):\n    return torch.softmax(x, dim)", 3),
        ("\n\n%matplotlib inline\n\ndef softmax(x, dim):\n    return torch.softmax(x, dim)", 6),
        ("%time softmax = torch.softmax", 1),
        ("!ls\nfor softmax in [torch.softmax]:\n    pass", 2),
        ("try:\n    import nothing_like_it\nexcept ImportError:\n    softmax = torch.softmax", 4),
    ],
)
def test_the_line_is_the_one_in_the_cell_magics_and_all(tasks, cell, line):
    (use,) = read(tasks["softmax"], [IMPORTS, cell])[0]
    assert (use.cell, use.line, use.text) == (2, line, cell.splitlines()[line - 1].strip())


def test_at_least_twenty_ways_and_ten_honest_ones_are_tried():
    assert len(IN_THE_TEXT) + len(AT_RUN_TIME) >= 20 and len(HONEST) >= 10


@pytest.mark.parametrize("way", HONEST)
def test_honest_work_is_not_taken_for_a_forbidden_use(tasks, way):
    cells = [IMPORTS, *HONEST[way]]
    assert read(tasks["softmax"], cells) == ([], [])
    runnable = [cell for cell in cells if not cell.startswith("%%") and not cell.endswith("(")]
    assert seen(tasks["softmax"], runnable) == ([], True)


@pytest.mark.parametrize(
    "cell",
    [
        "x = " + "-" * 5000 + "1",
        "x = " + ".a" * 3000,
        "(" * 300,
        "x = 1\n" * 20000,
        "a = b\nb = a\n" * 3000,
        "\0",
        "\ud800",
    ],
)
def test_a_text_made_to_be_hard_to_read_is_no_trouble(tasks, cell):
    cells = [IMPORTS, cell, *IN_THE_TEXT["the function"]]
    assert [use.cell for use in read(tasks["softmax"], cells)[0]] == [3]


LAYER = """
class LayerNorm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(size)), nn.Parameter(torch.zeros(size))
    def forward(self, x):
        {body}
"""
BY_HAND = """x = x - x.mean(-1, keepdim=True)
        return self.scale * x / (x.var(-1, keepdim=True, unbiased=False) + 1e-5).sqrt() + self.shift"""


@pytest.mark.parametrize(
    "cell",
    [
        "LayerNorm = nn.LayerNorm",
        "class LayerNorm(nn.LayerNorm):\n    pass",
        "def LayerNorm(size):\n    return nn.LayerNorm(size)",
        "ready = nn.LayerNorm(4)\ndef LayerNorm(size):\n    return lambda x: ready(x)",
        LAYER.format(body="return torch.nn.functional.layer_norm(x, (4,))"),
        LAYER.format(body="return torch.native_layer_norm(x, (4,), None, None, 1e-5)[0]"),
        LAYER.format(body="return torch.layer_norm(x, (4,))"),
        LAYER.format(body="return torch.ops.aten.native_layer_norm(x, (4,), None, None, 1e-5)[0]"),
    ],
)
def test_a_layer_is_forbidden_with_its_functions_and_operators(tasks, cell):
    cells = ["import torch\nfrom torch import nn", cell]
    assert [use["name"] for use in seen(tasks["LayerNorm"], cells)[0]]
    assert read(tasks["LayerNorm"], cells)[0]


def test_a_layer_written_by_hand_with_other_layers_of_torch_is_honest(tasks):
    cells = [
        "import torch\nfrom torch import nn",
        LAYER.format(body="x = nn.Identity()(nn.Linear(4, 4)(x)) * 0 + x\n        " + BY_HAND),
    ]
    assert seen(tasks["LayerNorm"], cells) == ([], True)
    assert read(tasks["LayerNorm"], cells) == ([], [])


OPTIMIZER = TASKS[TASKS.index("class _AdamW") : TASKS.index("def _bleu")].replace("_AdamW", "AdamW")


@pytest.mark.parametrize(
    "cell",
    [
        "AdamW = torch.optim.AdamW",
        "class AdamW(torch.optim.Adam):\n    def __init__(self, params, lr):\n        super().__init__(params, lr=lr)",
        "def AdamW(params, lr):\n    return torch.optim.AdamW(params, lr=lr, fused=True)",
        "from torch.optim import *\nmine = AdamW\ndef AdamW(params, lr):\n    return mine(params, lr=lr)",
        "from torch.optim.adamw import AdamW as A\ndef AdamW(params, lr):\n    return A(params, lr)",
    ],
)
def test_an_optimizer_is_forbidden_by_its_class(tasks, cell):
    assert seen(tasks["AdamW"], ["import torch", cell])[0]
    assert read(tasks["AdamW"], ["import torch", cell])[0]


def test_an_optimizer_of_ones_own_is_honest(tasks):
    cells = [
        "import torch",
        OPTIMIZER,
        "theirs = torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))])\ntheirs.step()",
    ]
    assert seen(tasks["AdamW"], cells) == ([], True)
    assert read(tasks["AdamW"], cells) == ([], [])


@pytest.mark.parametrize(
    "cell",
    [
        "import sacrebleu\ndef bleu(c, r):\n    return sacrebleu.sentence_bleu(c, r).score",
        "from sacrebleu.metrics import BLEU\nf = BLEU().sentence_score\ndef bleu(c, r):\n    return f(c, r).score",
        "def bleu(c, r):\n    from sacrebleu import sentence_bleu\n    return sentence_bleu(c, r).score",
        "import functools, sacrebleu\nf = functools.partial(sacrebleu.sentence_bleu)\nbleu = lambda c, r: f(c, r)",
    ],
)
def test_a_package_is_forbidden_with_all_that_is_in_it(tasks, cell):
    assert {use["name"] for use in seen(tasks["bleu"], [cell])[0]} == {"sacrebleu"}
    assert {use.name for use in read(tasks["bleu"], [cell])[0]} == {"sacrebleu"}


def test_a_package_that_is_not_loaded_cannot_be_imported_meanwhile(tasks, monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.split(".")[0] == "sacrebleu"]:
        monkeypatch.delitem(sys.modules, name)
    cell = (
        "import importlib\ndef bleu(c, r):\n    return importlib.import_module('uelbercas'[::-1]).sentence_bleu(c, r)"
    )
    assert [use["through"] for use in seen(tasks["bleu"], [cell])[0]] == ["import sacrebleu"]


def test_comparing_with_a_forbidden_package_is_honest(tasks):
    cells = [
        "import sacrebleu",
        "def bleu(c, r):\n    return 100.0 * (c in r)",
        "print(sacrebleu.sentence_bleu('a', ['a']).score, bleu('a', ['a']))",
    ]
    assert seen(tasks["bleu"], cells) == ([], True)
    assert read(tasks["bleu"], cells) == ([], [])


def test_everything_is_as_before_when_the_watch_is_over(tasks):
    import sacrebleu
    import torch

    before = torch.nn.functional.softmax.__code__
    for name in ("softmax", "LayerNorm", "AdamW", "bleu"):
        seen(tasks[name], ["import torch, sacrebleu", f"{name} = print"])
    x = torch.randn(2, 3)
    assert torch.nn.functional.softmax.__code__ is before
    assert torch.equal(torch.nn.Softmax(-1)(x), x.softmax(-1))
    assert torch.nn.LayerNorm(3)(x).shape == (2, 3)
    assert sacrebleu.sentence_bleu("a b c d", ["a b c d"]).score > 99
    assert torch._C._len_torch_function_stack() == torch._C._len_torch_dispatch_stack() == 0


def test_the_probe_may_use_what_the_learner_may_not(tasks):
    text = TASKS.replace(
        "    return softmax(torch.randn(3, 5), dim=-1)",
        "    return softmax(torch.softmax(torch.randn(3, 5), -1), dim=-1)",
    )
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        task = make(Path(folder), text).tasks["softmax"]
        task.checks = task.checks[:1]
        own = ("torch.softmax",)
        assert seen(task, [IMPORTS, OWN], own=own) == ([], True)
        assert seen(task, [IMPORTS, "def softmax(x, dim):\n    return x.softmax(dim)"], own=own)[0]


def test_what_the_assignment_hands_out_may_use_it_for_the_learner(tasks):
    cells = [
        "import torch\nfrom lmcore.attention import fused_attention as given\none = torch.eye(5)[None]",
        "def softmax(x, dim):\n    return given(x[None] * 5**0.5, one, one)[0]",
    ]
    assert seen(tasks["softmax"], cells)[0]
    assert seen(tasks["softmax"], cells, allowed=("lmcore.attention",)) == ([], True)


def test_lmcore_is_forbidden_but_for_what_the_assignment_allows(tasks):
    cells = ["from lmcore import attention\nsoftmax = lambda x, dim: attention.softmax(x, dim)"]
    assert [use.written for use in read(tasks["softmax"], cells)[0]] == ["lmcore.attention.softmax"]
    assert seen(tasks["softmax"], cells)[0][0]["name"] == "lmcore"
    assert read(tasks["softmax"], cells, allowed=("lmcore.attention",)) == ([], [])


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("torch.sofmax", "torch has no 'sofmax'"),
        ("torch.nn.functional.soft max", "dotted names"),
        ("nosuchpackage", "no package of this name"),
        ("nosuchpackage.f", "no package 'nosuchpackage'"),
        ("torch", "cannot be forbidden whole"),
        ("torch.nn.functional", "cannot be forbidden whole"),
        ("math.pi", "of the type float"),
        ("str.split", "could not be refused"),
        ("itertools.pairwise", "could not be refused"),
        (3, "dotted names"),
    ],
)
def test_a_name_that_cannot_be_forbidden_is_refused_at_once(name, error):
    with pytest.raises(ValueError, match=error):
        Task("f", reference=abs, forbidden=(name,))


def test_a_text_for_a_tuple_is_refused():
    with pytest.raises(ValueError, match="tuple of names"):
        Task("f", reference=abs, forbidden="torch.softmax")


def test_one_name_stands_for_all_of_its_family():
    rules = rules_of(Task("f", reference=abs, forbidden=("torch.nn.CrossEntropyLoss",)))
    for door in ("torch.nn.functional.cross_entropy", "torch._C._nn.cross_entropy_loss", "torch.nn.CrossEntropyLoss"):
        assert rules.find(door) == "torch.nn.CrossEntropyLoss"
    for other in ("torch.nn.functional.nll_loss", "torch.distributions.cross_entropy.X", "torch.randn"):
        assert rules.find(other) is None


def faults(folder, text):
    (result,) = audit(make(folder, text), (1, 2))
    return result.faults


def test_a_sound_task_that_forbids_something_has_no_faults(tmp_path):
    assert faults(tmp_path, SOFTMAX) == []


@pytest.mark.parametrize(
    "names",
    [
        ("torch.softmax", "torch.nn.functional.softmax", "torch.Tensor.softmax", "torch._softmax"),
        ("torch.nn.LayerNorm", "torch.layer_norm", "torch.native_layer_norm", "torch.nn.functional.layer_norm"),
        ("torch.nn.MultiheadAttention", "torch.nn.functional.scaled_dot_product_attention", "torch.rms_norm"),
        ("torch.optim.AdamW", "torch.nn.functional.linear", "torch.nn.functional.cross_entropy", "torch.logsumexp"),
        ("sacrebleu", "collections.Counter", "statistics.mean", "math.fsum", "sorted", "tiktoken", "tokenizers"),
        ("tokenizers.Tokenizer", "nltk.translate.bleu_score.sentence_bleu"),
    ],
)
def test_the_audit_proves_every_forbidden_name_to_be_refused(tmp_path, names):
    assert faults(tmp_path, SOFTMAX.replace('("torch.softmax",)', repr(names))) == []


def test_a_misconception_or_an_alternative_that_uses_what_is_forbidden_is_a_fault(tmp_path):
    text = (
        SOFTMAX
        + """

@softmax.misconception("of the negatives")
def negatives(x, dim):
    return torch.nn.functional.softmin(x, dim)


@softmax.alternative
def theirs(x, dim):
    return x.softmax(dim)
"""
    )
    assert faults(tmp_path, text) == [
        "misconception negatives: uses what the task forbids, torch.softmax",
        "alternative theirs: uses what the task forbids, torch.softmax",
    ]
