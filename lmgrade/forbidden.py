"""What a task forbids: the names its author wrote, and all the doors that lead to the same thing."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import inspect
import sys
import types
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lmgrade.allowed import LMCORE, with_what_they_import
from lmgrade.watch import root

if TYPE_CHECKING:
    from lmgrade.tasks import Task

# Packages that hold references and the grader itself.
GRADER = "lmgrade"
TORCH = "torch."
# Where torch's functions and classes stand for those who use them.
PLACES = (
    "torch",
    "torch.Tensor",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.nn.utils",
    "torch.special",
    "torch.linalg",
    "torch.fft",
    "torch.sparse",
    "torch.optim",
)
# Where else they can be found: right there, and by any path that begins like this.
MORE_PLACES = ("torch._C", "torch._VF", "torch._refs", "torch.functional")
PATHS = ("torch._C.", "torch._refs.", "torch.ops.", "torch.functional.", "torch.nn.modules.")
CLASS_MADE_IN_C = "its type can be changed by nobody, so a use could not be refused; name a function or a class"


@dataclass(frozen=True)
class Rules:
    """What a task forbids, ready to be looked for. Each door is given with the author's name for what is behind it.

    Args:
        modules: packages and modules of which everything is forbidden.
        places: dotted names of functions and classes, but for torch's operators.
        roots: of torch, what all names of a function have in common (`lmgrade.watch.root`).
        methods: names of tensors' methods among torch's.
        allowed: modules that are handed out, of a package that is forbidden otherwise.
        objects: what stands behind ``places``.
    """

    modules: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    objects: list[tuple[Any, str]] = field(default_factory=list)

    def plan(self, task: str, own: Iterable[str] = ()) -> dict:
        """What `lmgrade.watch.Watch` is told, as plain data.

        Args:
            task: its name.
            own: of the forbidden names, those that the probe uses itself.
        """
        modules = {module: name for module, name in self.modules.items() if module != GRADER}
        return {
            "task": task,
            "modules": modules,
            "places": self.places,
            "roots": self.roots,
            "allowed": list(self.allowed),
            "own": sorted(own),
        }

    def only(self, names: Iterable[str]) -> Rules:
        """The same rules for some of the names."""
        names = set(names)

        def those(doors: dict[str, str]) -> dict[str, str]:
            return {door: name for door, name in doors.items() if name in names}

        modules, places, roots, methods = map(those, (self.modules, self.places, self.roots, self.methods))
        return Rules(modules, places, roots, methods, self.allowed, [o for o in self.objects if o[1] in names])

    @property
    def names(self) -> set[str]:
        """All names that a use may be told by."""
        return {*self.modules.values(), *self.places.values(), *self.roots.values()}

    def find(self, dotted: str) -> str | None:
        """The author's name for what stands under a dotted name, if it is forbidden.

        With ``torch.softmax`` forbidden, ``torch.nn.modules.activation.F.softmax`` and
        ``torch.ops.aten._softmax.default`` are that.
        """
        for prefix in _prefixes(dotted):
            if prefix in self.places:
                return self.places[prefix]
            if prefix in self.modules and not self._is_allowed(dotted):
                return self.modules[prefix]
        if dotted.startswith(TORCH):
            return self._find_in_torch(dotted)
        value = _loaded(dotted)
        return next((name for known, name in self.objects if known is value), None)

    def _is_allowed(self, dotted: str) -> bool:
        return any(
            f"{module}.".startswith(f"{dotted}.") or f"{dotted}.".startswith(f"{module}.") for module in self.allowed
        )

    def _find_in_torch(self, dotted: str) -> str | None:
        for prefix in _prefixes(dotted)[1:]:
            place, _, name = prefix.rpartition(".")
            if root(name) in self.roots and (place in PLACES or place in MORE_PLACES or place.startswith(PATHS)):
                return self.roots[root(name)]
        return None


def rules_of(task: Task, allowed: Iterable[str] = ()) -> Rules:
    """What a task's ``forbidden`` names, its own reference, and what is the grader's.

    Args:
        task: whose.
        allowed: the modules of ``lmcore`` that learners may import (`Assignment.allowed`).
    """
    rules = Rules(allowed=tuple(sorted(with_what_they_import(allowed))))
    rules.modules.update({LMCORE: LMCORE, GRADER: GRADER})
    for name in task.forbidden:
        value = resolve(name)
        if isinstance(value, types.ModuleType):
            rules.modules[name] = name
        elif name.startswith(TORCH):
            # Of several names for one thing, the first is told.
            rules.roots.setdefault(root(name.rpartition(".")[2]), name)
        else:
            _add_place(rules, value, name, name)
    _add_reference(rules, task.reference)
    if rules.roots:
        _add_doors_of_torch(rules)
    return rules


def _add_place(rules: Rules, value: Any, place: str, name: str) -> None:
    rules.places[place if "." in place else f"builtins.{place}"] = name
    home = f"{getattr(value, '__module__', None)}.{getattr(value, '__qualname__', None)}"
    if _loaded(home) is value:
        rules.places[home] = name
    rules.objects.append((value, name))


def _add_reference(rules: Rules, reference: Any) -> None:
    if isinstance(reference, (types.FunctionType, type)):
        place = f"{reference.__module__}.{reference.__qualname__}"
        if place.split(".")[0] not in (LMCORE, "torch", "builtins") and _loaded(place) is reference:
            rules.places[place] = place


def _add_doors_of_torch(rules: Rules) -> None:
    importlib.import_module("torch")
    holders = [(place, _loaded(place)) for place in PLACES]
    for place, holder in holders:
        for attribute, value in list(vars(holder).items()):
            name = rules.roots.get(root(attribute))
            if not name:
                continue
            if isinstance(value, types.ModuleType) and place == "torch.optim":
                holders.append((f"{place}.{attribute}", value))
            elif isinstance(getattr(value, "__func__", value), (types.FunctionType, type)):
                rules.places[f"{place}.{attribute}"] = name
    for method in dir(holders[1][1]):
        if not method.startswith("__") and root(method) in rules.roots:
            rules.methods[method] = rules.roots[root(method)]


def resolve(name: str) -> Any:
    """What a forbidden name stands for. A package alone is not imported: an empty module stands for it.

    Raises:
        ValueError: it stands for nothing, or for what cannot be refused.
    """
    parts = name.split(".") if isinstance(name, str) else [""]
    if not all(part.isidentifier() for part in parts):
        raise ValueError(f"a task forbids dotted names such as 'torch.softmax', not {name!r}")
    if name in PLACES:
        raise ValueError(f"{name!r} cannot be forbidden whole: name its functions")
    if len(parts) == 1:
        if hasattr(builtins, name):
            return _refusable(name, builtins, getattr(builtins, name))
        if importlib.util.find_spec(name) is None:
            raise ValueError(f"{name!r} is forbidden and cannot be found: no package of this name is installed")
        return types.ModuleType(name)
    value, rest = _longest_module(name, parts)
    holder = value
    for part in rest:
        holder = value
        try:
            value = getattr(value, part)
        except AttributeError:
            raise ValueError(f"{name!r} is forbidden and cannot be found: {_named(holder)} has no {part!r}") from None
    return _refusable(name, holder, value)


def _longest_module(name: str, parts: list[str]) -> tuple[Any, list[str]]:
    if hasattr(builtins, parts[0]):
        return builtins, parts
    for length in range(len(parts), 0, -1):
        try:
            return importlib.import_module(".".join(parts[:length])), parts[length:]
        except ModuleNotFoundError:
            continue
    raise ValueError(f"{name!r} is forbidden and cannot be found: no package {parts[0]!r} is installed")


def _named(holder: Any) -> str:
    return getattr(holder, "__qualname__", None) or holder.__name__


def _refusable(name: str, holder: Any, value: Any) -> Any:
    if isinstance(value, types.ModuleType) or (name.startswith(TORCH) and callable(value)):
        return value
    if not callable(value):
        raise ValueError(
            f"{name!r} is forbidden and is no function, class or module, but of the type {type(value).__name__}"
        )
    fixed = value if isinstance(value, type) else holder
    if isinstance(fixed, type) and not isinstance(value, types.FunctionType) and not fixed.__flags__ & _HEAP:
        raise ValueError(f"{name!r} cannot be forbidden: {CLASS_MADE_IN_C}")
    return value


_HEAP = 1 << 9


def _loaded(dotted: str) -> Any:
    """What stands under a dotted name, without importing or running anything; None where nothing does."""
    prefixes = _prefixes(dotted)
    module = next((prefix for prefix in reversed(prefixes) if prefix in sys.modules), None)
    if module is None:
        return None
    value = sys.modules[module]
    for part in dotted[len(module) + 1 :].split(".") if dotted != module else ():
        try:
            value = inspect.getattr_static(value, part)
        except AttributeError:
            return None
    return value


def _prefixes(dotted: str) -> list[str]:
    parts = dotted.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
