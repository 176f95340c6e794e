"""What runs beside learner code: call a probe, turn what it returns into plain data.

The text of this file is sent into the learner's kernel, so it stands alone: no import of lmgrade, nothing outside
the standard library unless the learner's values need it. The grader's process imports the same file, so a reference's
answer takes the same way as a learner's.

Plain data is what JSON holds; other kinds are objects with one key that names the kind (`encode`).
"""

import base64
import contextlib
import functools
import hashlib
import json
import os
import random
import sys
import traceback
import types

ANSWER_TYPE = "application/vnd.lmgrade.answer"
LONGEST_MESSAGE = 200
MOST_ITEMS = 200_000
MOST_NOTED = 3


class _TooLarge(ValueError):
    pass


def seed_everything(seed):
    """Seed ``random``, and NumPy's and torch's global generators where those are loaded."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


@contextlib.contextmanager
def torch_as_imported():
    """torch with its own defaults, where it is loaded: what a notebook has set for all that follows (the kind of
    floats, a device, no gradients) is set aside for as long as a probe runs.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    try:
        with torch.inference_mode(False), torch.enable_grad(), torch.autocast("cpu", enabled=False):
            yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_default_device(None if device.type == "cpu" else device)


def derived_seed(seed, *names):
    """A seed of its own for each check, so that adding one leaves the inputs of the others alone."""
    digest = hashlib.sha256(json.dumps([seed, *names]).encode()).digest()
    return int.from_bytes(digest[:6], "big")


def encode(value, budget=None):
    """Turn a value into plain data.

    None, bool, int, float, str and lists stay as they are; a tuple counts as a list. Others become
    ``{"bytes": base64}``, ``{"dict": [[key, value], ...]}``, ``{"set": [...]}``, ``{"tensor": base64 of safetensors}``
    (NumPy arrays too), and anything else ``{"opaque": type name}``, which equals nothing.
    """
    budget = [MOST_ITEMS] if budget is None else budget
    budget[0] -= 1
    if budget[0] < 0:
        raise _TooLarge(f"an answer of more than {MOST_ITEMS} items")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, (list, tuple)):
        return [encode(item, budget) for item in value]
    if isinstance(value, dict):
        return {"dict": [[encode(key, budget), encode(item, budget)] for key, item in value.items()]}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted((encode(item, budget) for item in value), key=json.dumps)}
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        from safetensors.torch import save

        return {"tensor": base64.b64encode(save({"t": value.detach().cpu().contiguous().clone()})).decode()}
    if numpy is not None and isinstance(value, numpy.generic):
        return encode(value.item(), budget)
    if numpy is not None and isinstance(value, numpy.ndarray):
        from safetensors.numpy import save

        return {"tensor": base64.b64encode(save({"t": numpy.ascontiguousarray(value)})).decode()}
    return {"opaque": type(value).__name__}


def describe(error):
    """An exception as data: its type, its message cut short, and the line of the learner's cell that it came from."""
    cells = [frame for frame in traceback.extract_tb(error.__traceback__) if "ipykernel_" in frame.filename]
    at = None
    if cells:
        last = cells[-1]
        at = {"function": last.name, "line": last.lineno, "code": (last.line or "")[:LONGEST_MESSAGE]}
    return {"type": type(error).__name__, "message": str(error)[:LONGEST_MESSAGE], "at": at}


def _noting(implementation, noted):
    """The function, of whose exceptions the first few are described in a list on their way to whoever called it."""

    @functools.wraps(implementation)
    def called(*args, **kwargs):
        try:
            return implementation(*args, **kwargs)
        except Exception as error:
            if len(noted) < MOST_NOTED:
                with contextlib.suppress(Exception):  # some cannot even say what they are
                    noted.append(describe(error))
            raise

    return called


def answer(probe, implementation, seed, watch=None):
    """Call a probe: ``{"value": plain data}``, or ``{"raised": ...}`` when it raised.

    Beside a value stands under ``"noted"`` what the implementation raised and the probe caught, if anything. Where a
    ``watch`` (of `lmgrade.watch`) stands by and had to refuse something, that: ``{"forbidden": ...}``.
    """
    noted = []
    if isinstance(implementation, types.FunctionType):
        implementation = _noting(implementation, noted)
    try:
        with torch_as_imported():
            seed_everything(seed)
            with watch or contextlib.nullcontext():
                reply = {"value": encode(probe(implementation))}
        if noted:
            reply["noted"] = noted
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        reply = {"raised": describe(error)}
    return {"forbidden": watch.noted[0]} if watch is not None and watch.noted else reply


def serve(request, names, watching=None):
    """Answer one request of the judge in the learner's kernel: ``names`` are the learner's, the answer is displayed.

    ``watching`` is the class of the watch, where the task needs one.
    """
    from IPython.display import display

    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        if request["task"] in names:
            namespace = {"__name__": "lmgrade_probe"}
            exec(compile(request["probe"], "<probe>", "exec"), namespace)
            watch = watching and watching(request["plan"], namespace, names)
            reply = answer(namespace[request["check"]], names[request["task"]], request["seed"], watch)
        else:
            reply = {"missing": request["task"]}
    display({ANSWER_TYPE: json.dumps(reply), "text/plain": request["nonce"]}, raw=True)
