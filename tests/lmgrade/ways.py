"""Cells of learners who get at ``torch.softmax``, and of others who do honest work: for `test_forbidden`.

Each begins with a line ``# === what it does``; ``# ---`` stands between two cells.
"""


def _named(text):
    parts = (part.split("\n", 1) for part in text.strip().split("# === ")[1:])
    return {title: [cell.strip() for cell in cells.split("# ---\n")] for title, cells in parts}


OWN = """
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
"""

# The text says it as well.
IN_THE_TEXT = _named(
    r"""
# === the function
def softmax(x, dim):
    return torch.softmax(x, dim)
# === functional
def softmax(x, dim):
    return F.softmax(x, dim=dim)
# === an alias
from torch import softmax as s
def softmax(x, dim):
    return s(x, dim)
# === the thing itself
softmax = torch.softmax
# === an import alone
from torch import softmax
# === everything imported
from torch.nn.functional import *
mine = softmax
softmax = lambda x, dim: mine(x, dim)
# === imported inside
def softmax(x, dim):
    from torch.nn import functional as g
    return g.softmax(x, dim)
# === a default
def softmax(x, dim, how=torch.softmax):
    return how(x, dim)
# === a module as default
def softmax(x, dim, t=torch):
    return t.softmax(x, dim)
# === a closure
def make(f):
    return lambda x, dim: f(x, dim)
softmax = make(torch.softmax)
# === partial
from functools import partial
softmax = partial(torch.softmax)
# === map
def softmax(x, dim):
    return next(map(torch.softmax, [x], [dim]))
# === getattr
def softmax(x, dim):
    return getattr(torch, 'soft' + 'max')(x, dim)
# === __import__
def softmax(x, dim):
    return __import__('torch').softmax(x, dim)
# === import_module
import importlib
def softmax(x, dim):
    return importlib.import_module('torch.nn.functional').softmax(x, dim)
# === vars
def softmax(x, dim):
    return vars(F)['softmax'](x, dim)
# === sys.modules
import sys
def softmax(x, dim):
    return sys.modules['torch'].softmax(x, dim)
# === eval
def softmax(x, dim):
    return eval('torch.softmax(x, dim)')
# === exec
exec('def softmax(x, dim):\n    return torch.softmax(x, dim)')
# === a layer
def softmax(x, dim):
    return torch.nn.Softmax(dim)(x)
# === an operator
def softmax(x, dim):
    return torch.ops.aten._softmax.default(x, dim, False)
# === torch._softmax
def softmax(x, dim):
    return torch._softmax(x, dim, False)
# === in C
def softmax(x, dim):
    return torch._C._VariableFunctions.softmax(x, dim)
# === special
def softmax(x, dim):
    return torch.special.softmax(x, dim)
# === the class's method
def softmax(x, dim):
    return torch.Tensor.softmax(x, dim)
# === a back door
def softmax(x, dim):
    return torch.nn.modules.activation.F.softmax(x, dim)
# === a helper
def helper(x, dim):
    return torch.softmax(x, dim)
def softmax(x, dim):
    return helper(x, dim)
# === redefined
def softmax(x, dim):
    return torch.softmax(x, dim)
old = softmax
def softmax(x, dim):
    return old(x, dim)
# === a list
doors = [torch.softmax]
def softmax(x, dim):
    return doors[0](x, dim)
# === an attribute
class Box:
    pass
Box.f = torch.softmax
def softmax(x, dim):
    return Box.f(x, dim)
# === refused and tried again
def softmax(x, dim):
    try:
        return torch.softmax(x, dim)
    except Exception:
        e = x.exp()
        return e / e.sum(dim, keepdim=True)
# === a module renamed
t = torch
def softmax(x, dim):
    u = t.nn
    return u.functional.softmax(x, dim)
"""
)

# Only running shows it.
AT_RUN_TIME = _named(
    r"""
# === a method
def softmax(x, dim):
    return x.softmax(dim)
# === a tensor that computes when it is looked at
class Late(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        plain = [arg.as_subclass(torch.Tensor) if isinstance(arg, cls) else arg for arg in args]
        if function is torch.Tensor.detach:
            return plain[0].softmax(-1)
        return function(*plain, **(kwargs or {}))
def softmax(x, dim):
    return x.as_subclass(Late)
# === a method by name
def softmax(x, dim):
    return getattr(x, ''.join(map(chr, [115, 111, 102, 116, 109, 97, 120])))(dim)
# === a name put together
def softmax(x, dim):
    return getattr(torch, 'xamtfos'[::-1])(x, dim)
# === its negative
def softmax(x, dim):
    return F.softmin(-x, dim)
# === attention
def softmax(x, dim):
    one = torch.eye(5)
    return F.scaled_dot_product_attention(x[None], one[None], one[None], scale=1.0)[0]
# === compiled
g = torch.jit.CompilationUnit('def f(x, dim: int):\n    return torch.softmax(x, dim)\n')
softmax = lambda x, dim: g.f(x, dim)
# === a thread
import threading
def softmax(x, dim):
    got = []
    f = getattr(torch, 'xamtfos'[::-1])
    t = threading.Thread(target=lambda: got.append(f(x, dim)))
    t.start()
    t.join()
    return got[0]
# === row by row
def softmax(x, dim):
    return torch.vmap(lambda row: row.softmax(-1))(x)
"""
)

HONEST = _named(
    r"""
# === plain
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# === through logsumexp
def softmax(x, dim):
    return (x - x.logsumexp(dim, keepdim=True)).exp()
# === compared in a cell of its own
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# ---
x = torch.randn(2, 3)
assert torch.allclose(softmax(x, -1), torch.softmax(x, -1))
# === compared below
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
x = torch.randn(2, 3)
torch.testing.assert_close(softmax(x, -1), x.softmax(-1))
# === compared above
expected = torch.softmax(torch.ones(2), 0)
print(expected)
# ---
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# === imported to compare
from torch.nn.functional import softmax as theirs
# ---
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# ---
print(theirs(torch.ones(3), 0))
# === tried first
softmax = torch.softmax
print(softmax(torch.ones(2), 0))
# ---
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# === written of
'''torch.softmax does this.'''
# not torch.softmax(x, dim)
def softmax(x, dim):
    '''Like torch.softmax.'''
    note = "F.softmax(x)"
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# === others of torch
def softmax(x, dim):
    x = F.relu(x) - F.relu(-x)
    x = x - x.max(dim, keepdim=True).values
    return x.exp() / x.exp().sum(dim, keepdim=True)
# === a method of an own class
class Maths:
    def softmax(self, x, dim):
        e = x.exp()
        return e / e.sum(dim, keepdim=True)

def softmax(x, dim):
    return Maths().softmax(x, dim)
# === an attribute of an own object
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
own = softmax
class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.softmax = own
    def forward(self, x, dim):
        return self.softmax(x, dim)

def softmax(x, dim):
    return Layer()(x, dim)
# === a parameter of that name
def apply(softmax, x, dim):
    return softmax(x, dim)
def own(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
def softmax(x, dim):
    return apply(own, x, dim)
# === a local name
def softmax(x, dim):
    F = x
    F = F - F.amax(dim, keepdim=True)
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# === their names as text
def softmax(x, dim):
    names = {"torch": "softmax", "also": getattr(x, "shape")}
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True) if names["torch"] == "softmax" else None
# === annotations
def softmax(x: torch.Tensor, dim: int, like: torch.nn.Softmax = None) -> torch.Tensor:
    e = x.exp()
    return e / e.sum(dim, keepdim=True)
# === isinstance
def softmax(x, dim):
    assert not isinstance(x, torch.nn.Softmax)
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# === log_softmax as a helper
def softmax(x, dim):
    return torch.log_softmax(x, dim).exp()
# === in double precision with numpy
import numpy as np
def softmax(x, dim):
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True) + 0 * float(np.exp(0.0))
# === torch's modes
def softmax(x, dim):
    with torch.enable_grad(), torch.autocast('cpu', enabled=False), torch.device('cpu'):
        e = x.exp()
        return e / e.sum(dim, keepdim=True)
# === a thread
import threading
def own(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
def softmax(x, dim):
    got = []
    t = threading.Thread(target=lambda: got.append(own(x, dim)))
    t.start()
    t.join()
    return got[0]
# === a test that names it at the end
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# ---
def check_mine():
    x = torch.randn(3)
    return (softmax(x, 0) - F.softmax(x, dim=0)).abs().max()

check_mine()
# === an unfinished cell
def softmax(x, dim):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# ---
torch.softmax(
# ---
%%bash
softmax
"""
)
