"""What stands beside learner code while a probe runs whose task forbids something: it refuses the use and notes it.

The text of this file is sent into the learner's kernel behind that of `lmgrade.inside`, and stands alone like it.

A forbidden function is refused however it was got hold of:

* one written in Python has its code exchanged, so that a name saved before is no way round;
* one of torch's is met again below Python, where every call of an operator passes (a mode of torch's dispatcher), and
  where its arguments are looked at (a mode of its functions), for what dissolves into other operators;
* what else is written in C is exchanged in its module and among the learner's names;
* a module that is not loaded yet cannot be imported.

Not refused is what the probe itself calls, what a module handed out for the assignment calls, what torch computes
backwards, and, of functions that are not torch's, what another library calls for its own purposes.

Learner code shares the process and can switch all of this off. That costs nothing but the second opinion: the source
is looked at too (`lmgrade.uses`), and neither raises a mark.
"""

import contextlib
import importlib
import linecache
import os
import sys
import sysconfig
import threading
import types
import warnings

# Words in the names of torch's functions that make no other function of them.
UNIMPORTANT = {"", "native", "special", "fused", "foreach", "safe", "sparse", "forward"}
# Of the methods with two underscores, those that are a use; others also run when something is shown or thrown away.
METHODS = {"__init__", "__new__", "__call__"}
LONGEST_LINE = 200
JUDGE = "<judge>"


class NotAllowed(RuntimeError):
    """The task's function may not use what it has called."""


def root(name):
    """What the names of one function of torch's have in common, with its classes and operators.

    ``softmax``, ``_softmax``, ``Softmax``: softmax. ``layer_norm``, ``native_layer_norm``, ``LayerNorm``: layernorm.
    """
    words = [word for word in name.split(".")[0].lower().split("_") if word not in UNIMPORTANT]
    joined = "".join(words) or name.lower()
    return joined.removesuffix("loss") or joined


class Watch:
    """A context manager; ``noted`` says afterwards what was refused in it.

    Args:
        plan: of `lmgrade.forbidden.Rules.plan`.
        probe: the probe's global names, by which its frames are known.
        names: the learner's.
    """

    def __init__(self, plan, probe, names):
        self.plan = plan
        self.probe = probe
        self.names = names
        self.noted = []
        self.active = False
        self._met = {}
        self._undo = contextlib.ExitStack()
        self._exchanged = []
        self._classes = []
        paths = {*sysconfig.get_paths().values(), os.path.dirname(os.__file__)}
        if "torch" in sys.modules:
            paths.add(os.path.dirname(os.path.dirname(sys.modules["torch"].__file__)))
        self._libraries = (*(path + os.sep for path in sorted(paths)), "<frozen ")

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            self._undo = undo
            self._refuse_modules()
            for place, name in self.plan["places"].items():
                self._refuse_place(place, name)
            if self.plan["roots"]:
                self._watch_torch()
            self._undo = undo.pop_all()
        self.active = True
        return self

    def __exit__(self, *error):
        exchanged = all(function.__code__ is code for function, code in self._exchanged)
        off = not self.active or not exchanged
        self.active = False
        self._undo.close()
        if off:
            self._note_off()

    def _note_off(self):
        self.noted.append({"name": "", "through": "", "at": None})

    def _refuse_modules(self):
        if not self.plan["modules"]:
            return
        finder = _Finder(self)
        sys.meta_path.insert(0, finder)
        self._undo.callback(lambda: finder in sys.meta_path and sys.meta_path.remove(finder))
        packages = {_package(module) for module in self.plan["modules"]}
        for loaded, module in [one for one in sys.modules.items() if _package(one[0]) in packages]:
            name = self.module_forbidden(loaded)
            if name and isinstance(module, types.ModuleType):
                for attribute, value in list(vars(module).items()):
                    if _home(value) == _package(loaded):
                        self._refuse(module, attribute, name)

    def module_forbidden(self, module):
        """The name by which a module is forbidden, or None."""
        if module in self.plan["allowed"]:
            return None
        parts = module.split(".")
        names = (self.plan["modules"].get(".".join(parts[:length])) for length in range(len(parts), 0, -1))
        return next(filter(None, names), None)

    def _refuse_place(self, place, name):
        parts = place.split(".")
        for length in range(len(parts) - 1, 0, -1):
            try:
                holder = importlib.import_module(".".join(parts[:length]))
            except ImportError:
                continue
            for part in parts[length:-1]:
                holder = getattr(holder, part)
            return self._refuse(holder, parts[-1], name)
        return None

    def _refuse(self, holder, attribute, name):
        value = vars(holder).get(attribute)
        function = getattr(value, "__func__", value)
        if isinstance(function, types.FunctionType):
            self._exchange_code(function, name)
        elif isinstance(function, type):
            self._refuse_class(function, name)
        elif callable(function):
            self._exchange_value(holder, attribute, value, name)

    def _refuse_class(self, cls, name):
        if cls in self._classes:
            return
        self._classes.append(cls)
        for attribute, value in list(vars(cls).items()):
            method = getattr(value, "__func__", value)
            special = attribute.startswith("__") and attribute not in METHODS
            # A type written in C does not get its own `__new__` back whole.
            if special or isinstance(method, type) or (attribute == "__new__" and _in_c(method)):
                continue
            self._refuse(cls, attribute, name)
        if "__init__" not in vars(cls):
            self._exchange_value(cls, "__init__", None, name)

    def _exchange_code(self, function, name):
        if any(function is other for other, _ in self._exchanged):
            return
        code = function.__code__
        twin = types.FunctionType(code, function.__globals__, code.co_name, function.__defaults__, function.__closure__)
        twin.__kwdefaults__ = function.__kwdefaults__
        function.__code__ = _calls(self._gate(twin, name, function.__module__, code.co_name), code)
        self._exchanged.append((function, function.__code__))
        self._undo.callback(setattr, function, "__code__", code)

    def _exchange_value(self, holder, attribute, value, name):
        home = holder.__module__ if isinstance(holder, type) else holder.__name__
        if value is None:
            inherited = getattr(holder, attribute)
            ours = self._gate(None if inherited is object.__init__ else inherited, name, home, holder.__name__)
        else:
            ours = self._gate(value, name, home, attribute)
        try:
            setattr(holder, attribute, ours)
        except TypeError:  # a type that nobody can change
            return
        if value is None:
            self._undo.callback(delattr, holder, attribute)
            return
        self._undo.callback(setattr, holder, attribute, value)
        for known, mine in list(self.names.items()):
            if mine is value:
                self.names[known] = ours
                self._undo.callback(self.names.__setitem__, known, value)

    def _gate(self, function, name, home, through):
        # Of torch, every use counts: a layer calls the function for the learner.
        home = None if name in self.plan["roots"].values() else _package(home)

        def gate(*arguments, **named):
            if self.counts(sys._getframe(1), name, home):
                self.refuse(name, through)
            return function(*arguments, **named) if function is not None else None

        return gate

    def counts(self, frame, name, home):
        """Is a call the learner's doing?

        Args:
            frame: where it comes from.
            name: what is called.
            home: the package that it is in, or None: then it counts whatever library calls it.
        """
        if not self.active:
            return False
        while frame is not None:
            filename, module = frame.f_code.co_filename, frame.f_globals.get("__name__")
            if frame.f_globals is self.probe:
                return name not in self.plan["own"]
            if frame.f_globals is self.names or "ipykernel_" in filename:
                return True
            if module in self.plan["allowed"] and vars(sys.modules.get(module, types)) is frame.f_globals:
                return False
            if home is not None and filename != JUDGE and _package(module) != home:
                if filename.startswith(self._libraries):
                    return False
                home = None
            frame = frame.f_back
        return True

    def refuse(self, name, through):
        """Note a use and end it."""
        self.noted.append({"name": name, "through": through, "at": self._place(sys._getframe(2))})
        raise NotAllowed(f"{self.plan['task']} may not use {name}: write it yourself")

    def _place(self, frame):
        """The line of the learner's cell from which a call came."""
        while frame is not None and frame.f_globals is not self.probe:
            code = frame.f_code
            if "ipykernel_" in code.co_filename:
                line = linecache.getline(code.co_filename, frame.f_lineno).strip()[:LONGEST_LINE]
                return {"function": code.co_name, "line": frame.f_lineno, "code": line}
            frame = frame.f_back
        return None

    def met(self, called):
        """A function or an operator of torch's is called."""
        if called not in self._met:
            self._met[called] = self.plan["roots"].get(root(called))
        name = self._met[called]
        if name and self.counts(sys._getframe(1), name, None) and not _goes_backwards():
            self.refuse(name, called)

    def _watch_torch(self):
        modes = self._push()
        self._undo.callback(self._pop, modes)
        before = threading.getprofile()
        # A thread has modes of its own: one that starts now gets these first.
        threading.setprofile(self._thread)
        self._undo.callback(threading.setprofile, before)

    def _thread(self, frame, event, argument):
        sys.setprofile(None)
        if self.active:
            self._push()

    def _push(self):
        modes = [make(self) for make in _modes()]
        for mode in modes:
            mode.__enter__()
        return modes

    def _pop(self, modes):
        for mode, (current, pop, push) in zip(modes, _stacks(), strict=True):
            above = []
            while (top := current()) is not None and top is not mode:
                above.append(pop())
            if top is mode:
                mode.__exit__(None, None, None)
            else:
                self._note_off()
            for other in reversed(above):
                push(other)


class _Finder:
    """Stands before all others of ``sys.meta_path``."""

    def __init__(self, watch):
        self.watch = watch

    def find_spec(self, module, path=None, target=None):
        name = self.watch.module_forbidden(module)
        if name and self.watch.counts(sys._getframe(1), name, "importlib"):
            self.watch.refuse(name, f"import {module}")


def _package(module):
    return str(module).split(".")[0]


def _home(value):
    """The package that a function or a class says it is from; None for anything else."""
    if not callable(value) or not isinstance(getattr(value, "__module__", None), str):
        return None
    return _package(value.__module__)


def _in_c(function):
    return not isinstance(function, types.FunctionType)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    _CALLS = compile("lambda *arguments, **named: (...)(*arguments, **named)", JUDGE, "eval").co_consts[0]


def _calls(function, like):
    """The code of a function that calls another one with its own arguments, fit to stand in the place of ``like``."""
    constants = tuple(function if constant is ... else constant for constant in _CALLS.co_consts)
    return _CALLS.replace(co_consts=constants, co_freevars=like.co_freevars, co_name=like.co_name)


def _goes_backwards():
    return sys.modules["torch"]._C._current_graph_task_id() != -1


def _modes():
    from torch.overrides import TorchFunctionMode
    from torch.utils._python_dispatch import TorchDispatchMode

    class Functions(TorchFunctionMode):
        def __init__(self, watch):
            super().__init__()
            self.watch = watch

        def __torch_function__(self, function, types, arguments=(), named=None):
            self.watch.met(getattr(function, "__name__", ""))
            return function(*arguments, **(named or {}))

    class Operators(TorchDispatchMode):
        def __init__(self, watch):
            super().__init__()
            self.watch = watch

        @classmethod
        def _should_skip_dynamo(cls):
            # Otherwise the first operator imports the compiler, which takes longer than a check may.
            return False

        def __torch_dispatch__(self, operator, types, arguments=(), named=None):
            self.watch.met(operator.__name__)
            return operator(*arguments, **(named or {}))

    return Functions, Operators


def _stacks():
    from torch import overrides
    from torch.utils import _python_dispatch

    return (
        (overrides._get_current_function_mode, overrides._pop_mode, overrides._push_mode),
        (_python_dispatch._get_current_dispatch_mode, _python_dispatch._pop_mode, _python_dispatch._push_mode),
    )
