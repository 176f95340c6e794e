"""Ways to get at what a task forbids are caught; honest ways of working are not taken for one."""

import pytest

from lmgrade.audit import audit
from lmgrade.forbidden import rules_of
from lmgrade.tasks import Task

from .forbidding import TASKS, make, read, seen


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    return make(tmp_path_factory.mktemp("forbidding")).tasks


IMPORTS = "import torch\nimport torch.nn.functional as F\n"
BOTH, AT_RUN_TIME = "both", "at run time"
# What is written, and whether the text alone says so as well.
WAYS = {
    "the function": (BOTH, "def softmax(x, dim):\n    return torch.softmax(x, dim)"),
    "functional": (BOTH, "def softmax(x, dim):\n    return F.softmax(x, dim=dim)"),
    "an alias": (BOTH, "from torch import softmax as s\ndef softmax(x, dim):\n    return s(x, dim)"),
    "the thing itself": (BOTH, "softmax = torch.softmax"),
    "an import alone": (BOTH, "from torch import softmax"),
    "everything imported": (
        BOTH,
        "from torch.nn.functional import *\nmine = softmax\nsoftmax = lambda x, dim: mine(x, dim)",
    ),
    "imported inside": (
        BOTH,
        "def softmax(x, dim):\n    from torch.nn import functional as g\n    return g.softmax(x, dim)",
    ),
    "a default": (BOTH, "def softmax(x, dim, how=torch.softmax):\n    return how(x, dim)"),
    "a module as default": (BOTH, "def softmax(x, dim, t=torch):\n    return t.softmax(x, dim)"),
    "a closure": (BOTH, "def make(f):\n    return lambda x, dim: f(x, dim)\nsoftmax = make(torch.softmax)"),
    "partial": (BOTH, "from functools import partial\nsoftmax = partial(torch.softmax)"),
    "map": (BOTH, "def softmax(x, dim):\n    return next(map(torch.softmax, [x], [dim]))"),
    "getattr": (BOTH, "def softmax(x, dim):\n    return getattr(torch, 'soft' + 'max')(x, dim)"),
    "__import__": (BOTH, "def softmax(x, dim):\n    return __import__('torch').softmax(x, dim)"),
    "import_module": (
        BOTH,
        "import importlib\ndef softmax(x, dim):\n    return importlib.import_module('torch.nn.functional').softmax(x, dim)",
    ),
    "vars": (BOTH, "def softmax(x, dim):\n    return vars(F)['softmax'](x, dim)"),
    "sys.modules": (BOTH, "import sys\ndef softmax(x, dim):\n    return sys.modules['torch'].softmax(x, dim)"),
    "eval": (BOTH, "def softmax(x, dim):\n    return eval('torch.softmax(x, dim)')"),
    "exec": (BOTH, "exec('def softmax(x, dim):\\n    return torch.softmax(x, dim)')"),
    "a layer": (BOTH, "def softmax(x, dim):\n    return torch.nn.Softmax(dim)(x)"),
    "an operator": (BOTH, "def softmax(x, dim):\n    return torch.ops.aten._softmax.default(x, dim, False)"),
    "torch._softmax": (BOTH, "def softmax(x, dim):\n    return torch._softmax(x, dim, False)"),
    "in C": (BOTH, "def softmax(x, dim):\n    return torch._C._VariableFunctions.softmax(x, dim)"),
    "special": (BOTH, "def softmax(x, dim):\n    return torch.special.softmax(x, dim)"),
    "the class's method": (BOTH, "def softmax(x, dim):\n    return torch.Tensor.softmax(x, dim)"),
    "a back door": (BOTH, "def softmax(x, dim):\n    return torch.nn.modules.activation.F.softmax(x, dim)"),
    "a helper": (
        BOTH,
        "def helper(x, dim):\n    return torch.softmax(x, dim)\ndef softmax(x, dim):\n    return helper(x, dim)",
    ),
    "redefined": (
        BOTH,
        "def softmax(x, dim):\n    return torch.softmax(x, dim)\nold = softmax\ndef softmax(x, dim):\n    return old(x, dim)",
    ),
    "a list": (BOTH, "doors = [torch.softmax]\ndef softmax(x, dim):\n    return doors[0](x, dim)"),
    "an attribute": (
        BOTH,
        "class Box:\n    pass\nBox.f = torch.softmax\ndef softmax(x, dim):\n    return Box.f(x, dim)",
    ),
    "refused and tried again": (
        BOTH,
        "def softmax(x, dim):\n    try:\n        return torch.softmax(x, dim)\n    except Exception:\n        e = x.exp()\n        return e / e.sum(dim, keepdim=True)",
    ),
    "a module renamed": (
        BOTH,
        "t = torch\ndef softmax(x, dim):\n    u = t.nn\n    return u.functional.softmax(x, dim)",
    ),
    "a magic": (BOTH, "pass"),
    "a method": (AT_RUN_TIME, "def softmax(x, dim):\n    return x.softmax(dim)"),
    "a method by name": (
        AT_RUN_TIME,
        "def softmax(x, dim):\n    return getattr(x, ''.join(map(chr, [115, 111, 102, 116, 109, 97, 120])))(dim)",
    ),
    "a name put together": (AT_RUN_TIME, "def softmax(x, dim):\n    return getattr(torch, 'xamtfos'[::-1])(x, dim)"),
    "its negative": (AT_RUN_TIME, "def softmax(x, dim):\n    return F.softmin(-x, dim)"),
    "attention": (
        AT_RUN_TIME,
        "def softmax(x, dim):\n    one = torch.eye(5)\n    return F.scaled_dot_product_attention(x[None], one[None], one[None], scale=1.0)[0]",
    ),
    "compiled": (
        AT_RUN_TIME,
        "g = torch.jit.CompilationUnit('def f(x, dim: int):\\n    return torch.softmax(x, dim)\\n')\nsoftmax = lambda x, dim: g.f(x, dim)",
    ),
    "a thread": (
        AT_RUN_TIME,
        "import threading\ndef softmax(x, dim):\n    got = []\n    f = getattr(torch, 'xamtfos'[::-1])\n    t = threading.Thread(target=lambda: got.append(f(x, dim)))\n    t.start()\n    t.join()\n    return got[0]",
    ),
    "a tensor that computes when it is looked at": (
        AT_RUN_TIME,
        "class Late(torch.Tensor):\n    pass\ndef softmax(x, dim):\n    return torch.vmap(lambda row: row.softmax(-1))(x)",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_a_forbidden_function_is_caught(tasks, way):
    where, cell = WAYS[way]
    cells = [IMPORTS, cell]
    if way == "a magic":
        cells = [IMPORTS, "%%time\ndef softmax(x, dim):\n    return torch.softmax(x, dim)"]
        certain, _ = read(tasks["softmax"], cells)
        assert [(use.cell, use.line, use.text) for use in certain] == [(2, 3, "return torch.softmax(x, dim)")]
        return
    certain, _ = read(tasks["softmax"], cells)
    noted, _ = seen(tasks["softmax"], cells)
    assert {use["name"] for use in noted} == {"torch.softmax"}
    assert bool(certain) == (where == BOTH)
    assert all(use.name == "torch.softmax" and use.cell == 2 for use in certain)


def test_at_least_twenty_ways_are_tried():
    assert len(WAYS) >= 20


OWN = "def softmax(x, dim):\n    e = (x - x.amax(dim, keepdim=True)).exp()\n    return e / e.sum(dim, keepdim=True)\n"
HONEST = {
    "plain": [OWN],
    "through logsumexp": ["def softmax(x, dim):\n    return (x - x.logsumexp(dim, keepdim=True)).exp()"],
    "compared in a cell of its own": [
        OWN,
        "x = torch.randn(2, 3)\nassert torch.allclose(softmax(x, -1), torch.softmax(x, -1))",
    ],
    "compared below": [OWN + "x = torch.randn(2, 3)\ntorch.testing.assert_close(softmax(x, -1), x.softmax(-1))"],
    "compared above": ["expected = torch.softmax(torch.ones(2), 0)\nprint(expected)", OWN],
    "imported to compare": [
        "from torch.nn.functional import softmax as theirs",
        OWN,
        "print(theirs(torch.ones(3), 0))",
    ],
    "tried first": ["softmax = torch.softmax\nprint(softmax(torch.ones(2), 0))", OWN],
    "written of": [
        '"""torch.softmax does this."""\n# not torch.softmax(x, dim)\n'
        + OWN.replace("    e =", '    """Like torch.softmax."""\n    note = "F.softmax(x)"\n    e =')
    ],
    "others of torch": [
        "def softmax(x, dim):\n    x = F.relu(x) - F.relu(-x)\n    x = x - x.max(dim, keepdim=True).values\n    return x.exp() / x.exp().sum(dim, keepdim=True)"
    ],
    "a method of an own class": [
        "class Maths:\n    def softmax(self, x, dim):\n        e = x.exp()\n        return e / e.sum(dim, keepdim=True)\n\ndef softmax(x, dim):\n    return Maths().softmax(x, dim)"
    ],
    "an attribute of an own object": [
        OWN
        + "own = softmax\nclass Layer(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.softmax = own\n    def forward(self, x, dim):\n        return self.softmax(x, dim)\n\ndef softmax(x, dim):\n    return Layer()(x, dim)"
    ],
    "a parameter of that name": [
        "def apply(softmax, x, dim):\n    return softmax(x, dim)\n"
        + OWN.replace("softmax", "own")
        + "def softmax(x, dim):\n    return apply(own, x, dim)"
    ],
    "a local name": [OWN.replace("    e =", "    F = x\n    F = F - F.amax(dim, keepdim=True)\n    e =")],
    "annotations": [
        "def softmax(x: torch.Tensor, dim: int, like: torch.nn.Softmax = None) -> torch.Tensor:\n    e = x.exp()\n    return e / e.sum(dim, keepdim=True)"
    ],
    "isinstance": [OWN.replace("    e =", "    assert not isinstance(x, torch.nn.Softmax)\n    e =")],
    "log_softmax as a helper": ["def softmax(x, dim):\n    return torch.log_softmax(x, dim).exp()"],
    "in double precision with numpy": [
        "import numpy as np\ndef softmax(x, dim):\n    e = torch.exp(x - x.amax(dim, keepdim=True))\n    return e / e.sum(dim, keepdim=True) + 0 * float(np.exp(0.0))"
    ],
    "torch's modes": [
        "def softmax(x, dim):\n    with torch.enable_grad(), torch.autocast('cpu', enabled=False), torch.device('cpu'):\n        e = x.exp()\n        return e / e.sum(dim, keepdim=True)"
    ],
    "a thread": [
        "import threading\n"
        + OWN.replace("softmax", "own")
        + "def softmax(x, dim):\n    got = []\n    t = threading.Thread(target=lambda: got.append(own(x, dim)))\n    t.start()\n    t.join()\n    return got[0]"
    ],
    "a test that names it at the end": [
        OWN,
        "def check_mine():\n    x = torch.randn(3)\n    return (softmax(x, 0) - F.softmax(x, dim=0)).abs().max()\n\ncheck_mine()",
    ],
    "an unfinished cell": [OWN, "torch.softmax(", "%%bash\nsoftmax"],
}


@pytest.mark.parametrize("way", HONEST)
def test_honest_work_is_not_taken_for_a_forbidden_use(tasks, way):
    cells = [IMPORTS, *HONEST[way]]
    assert read(tasks["softmax"], cells) == ([], [])
    broken = {"an unfinished cell"}
    noted, ended = seen(tasks["softmax"], cells[:2] if way in broken else cells)
    assert not noted and ended


LAYER = """
class LayerNorm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(size)), nn.Parameter(torch.zeros(size))
    def forward(self, x):
        {body}
"""
BY_HAND = "x = x - x.mean(-1, keepdim=True)\n        return self.scale * x / (x.var(-1, keepdim=True, unbiased=False) + 1e-5).sqrt() + self.shift"


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
        "from sacrebleu.metrics import BLEU\nscorer = BLEU(effective_order=True)\ndef bleu(c, r):\n    return scorer.sentence_score(c, r).score",
        "def bleu(c, r):\n    from sacrebleu import sentence_bleu\n    return sentence_bleu(c, r).score",
        "from functools import partial\nimport sacrebleu as s\nf = partial(s.sentence_bleu)\ndef bleu(c, r):\n    return f(c, r).score",
    ],
)
def test_a_package_is_forbidden_with_all_that_is_in_it(tasks, cell):
    assert {use["name"] for use in seen(tasks["bleu"], [cell])[0]} == {"sacrebleu"}
    assert {use.name for use in read(tasks["bleu"], [cell])[0]} == {"sacrebleu"}


def test_a_package_that_is_not_loaded_cannot_be_imported_meanwhile(tasks, monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.split(".")[0] == "sacrebleu"]:
        monkeypatch.delitem(sys.modules, name)
    cell = "import importlib\ndef bleu(c, r):\n    return importlib.import_module('ueb'[::-1].join(['sacrel', ''])[:0] + 'sacre' + 'bleu').sentence_bleu(c, r).score"
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
        "from lmcore.attention import scaled_dot_product_attention as given\nimport torch\ndef softmax(x, dim):\n    one = torch.eye(5)\n    return given(x[None] * 5**0.5, one[None], one[None])[0]"
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


SOUND = (
    TASKS[: TASKS.index("class _LayerNorm")]
    + """
softmax = Task("softmax", reference=_softmax, forbidden=("torch.softmax",))


@softmax.check(points=1, title="rows", tolerance=1e-5)
def rows(softmax):
    return softmax(torch.randn(3, 5), dim=-1)


@softmax.misconception("columns for rows")
def columns(x, dim):
    return _softmax(x, 0)
"""
)


def faults(folder, text):
    (result,) = audit(make(folder, text), (1, 2))
    return result.faults


def test_a_sound_task_that_forbids_something_has_no_faults(tmp_path):
    assert faults(tmp_path, SOUND) == []


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
    assert faults(tmp_path, SOUND.replace('("torch.softmax",)', repr(names))) == []


def test_a_misconception_or_an_alternative_that_uses_what_is_forbidden_is_a_fault(tmp_path):
    text = (
        SOUND
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
