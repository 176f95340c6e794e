"""Tasks that forbid something, as later assignments have them, and a learner's cells run beside the watch."""

import itertools
import linecache

from lmgrade.forbidden import rules_of
from lmgrade.inside import answer
from lmgrade.probes import load_probe, probe_text
from lmgrade.tasks import load_folder
from lmgrade.uses import LearnersText
from lmgrade.watch import Watch

TASKS = """
import random

import torch

from lmgrade import Task


def _softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


class _LayerNorm(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(size))
        self.shift = torch.nn.Parameter(torch.zeros(size))

    def forward(self, x):
        x = x - x.mean(-1, keepdim=True)
        return self.scale * x / (x.var(-1, keepdim=True, unbiased=False) + 1e-5).sqrt() + self.shift


class _AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                m = state["m"] = 0.9 * state.get("m", 0) + 0.1 * p.grad
                v = state["v"] = 0.999 * state.get("v", 0) + 0.001 * p.grad**2
                t = state["t"] = state.get("t", 0) + 1
                p.mul_(1 - group["lr"] * 0.01)
                p.sub_(group["lr"] * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8))


def _bleu(candidate, references):
    return 100.0 * (candidate in references)


softmax = Task("softmax", reference=_softmax, forbidden=("torch.softmax",))
LayerNorm = Task("LayerNorm", reference=_LayerNorm, forbidden=("torch.nn.LayerNorm",))
AdamW = Task("AdamW", reference=_AdamW, forbidden=("torch.optim.AdamW", "torch.optim.Adam"))
bleu = Task("bleu", reference=_bleu, forbidden=("sacrebleu",))


@softmax.check(points=1, title="rows", tolerance=1e-5)
def rows(softmax):
    return softmax(torch.randn(3, 5), dim=-1)


@softmax.check(points=1, title="gradients", tolerance=1e-5)
def gradients(softmax):
    x = torch.randn(3, 5, requires_grad=True)
    (softmax(x, dim=-1) ** 2).sum().backward()
    return x.grad


@LayerNorm.check(points=1, title="rows", tolerance=1e-4)
def normalised(LayerNorm):
    return LayerNorm(4)(torch.randn(2, 4))


@AdamW.check(points=1, title="steps", tolerance=1e-4)
def steps(AdamW):
    p = torch.nn.Parameter(torch.randn(3))
    optimizer = AdamW([p], lr=0.1)
    for _ in range(2):
        p.grad = torch.randn(3)
        optimizer.step()
    return p


@bleu.check(points=1, title="perfect", tolerance=1e-4)
def perfect(bleu):
    text = " ".join(random.choices(["a", "cat", "sat", "on", "mats"], k=12))
    return [random.random(), bleu(text, [text])]
"""
SOFTMAX = (
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
NUMBERS = itertools.count()


def make(folder, text=TASKS):
    folder = folder / "solutions" / "made"
    folder.mkdir(parents=True)
    (folder / "tasks.py").write_text(text, encoding="utf-8")
    return load_folder(folder)


def run(cells):
    """A learner's names after some cells, which the kernel's would call by such file names."""
    names = {"__name__": "__main__"}
    for cell in cells:
        path = f"/tmp/ipykernel_1/{next(NUMBERS)}.py"
        linecache.cache[path] = (len(cell), None, cell.splitlines(keepends=True), path)
        exec(compile(cell, path, "exec"), names)
    return names


def seen(task, cells, allowed=(), own=()):
    """What the watch notes while a task's checks run, by author's name, and whether all of them got an answer."""
    rules, names = rules_of(task, allowed), run(cells)
    noted, ended = [], True
    for check in task.checks:
        probe = load_probe(probe_text(check.probe), check.name)
        watch = Watch(rules.plan(task.name, own), probe.__globals__, names)
        reply = answer(probe, names[task.name], 1, watch)
        ended = ended and "value" in reply
        noted += watch.noted
    return noted, ended


def read(task, cells, allowed=()):
    """What is found in the text: certain uses, and suspected ones."""
    uses = LearnersText(cells).uses(task.name, rules_of(task, allowed))
    return [use for use in uses if use.certain], [use for use in uses if not use.certain]
