"""``load_checkpoint(path, model, optimiser, generator) -> step``"""

import os
import random
import tempfile
from pathlib import Path

import torch

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import Guesser, Momentum, remembered, stepped, weights_of


def _load_checkpoint(path, model, optimiser, generator):
    saved = torch.load(path, weights_only=True)
    ours = {name: x.shape for name, x in model.state_dict().items()}
    theirs = {name: x.shape for name, x in saved["model"].items()}
    if ours != theirs:
        raise ValueError(f"{path} holds {theirs}; this model has {ours}")
    model.load_state_dict(saved["model"])
    optimiser.state.clear()
    for name, parameter in model.named_parameters():
        if name in saved["optimiser"]:
            optimiser.state[parameter] = saved["optimiser"][name]
    generator.set_state(saved["generator"])
    return saved["step"]


load_checkpoint = Task("load_checkpoint", reference=_load_checkpoint)


def _new(vocab, width, backwards=False, bias=True):
    model = Guesser(vocab, width)
    if not bias:
        model.output.bias = None
    parameters = list(model.parameters())
    return model, Momentum([{"params": parameters[::-1] if backwards else parameters}])


def _write_one(path, model, optimiser):
    """A checkpoint as the specification has it; returns its step."""
    step = random.randint(10, 99)
    generator = torch.Generator().manual_seed(random.randrange(1000))
    torch.rand(random.randint(1, 9), generator=generator)
    saved = {"model": model.state_dict(), "optimiser": remembered(model, optimiser), "step": step}
    torch.save({**saved, "generator": generator.get_state()}, path)


def _all(model, optimiser, generator):
    """Everything that a checkpoint should have brought."""
    return {
        "weights": weights_of(model),
        "remembered": remembered(model, optimiser),
        "states in all": len(optimiser.state),
        "drawn next": torch.rand(3, generator=generator),
    }


@load_checkpoint.check(
    points=1,
    title="brings back weights, the optimiser's states, the generator and the step",
    hint="Four things were saved. Compare each with what it was, for a model and an optimiser that are new.",
    tolerance=1e-6,
)
def all_is_back(load_checkpoint):
    vocab, width = random.randint(4, 7), random.randint(2, 3)
    before, known = _new(vocab, width)
    stepped(before, known, random.randint(2, 4))
    known.state.pop(before.output.bias)
    model, optimiser = _new(vocab, width)
    generator = torch.Generator().manual_seed(random.randrange(1000))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.pt"
        _write_one(path, before, known)
        step = outcome(lambda: load_checkpoint(path, model, optimiser, generator))
    return {"step": step, **_all(model, optimiser, generator)}


@load_checkpoint.check(
    points=1,
    title="goes on as if nothing had been: with parameters in another order, and an optimiser that has been used",
    hint="The optimiser must hold the model's own parameters after loading as before; names say which state is whose; and "
    "what it remembered of another run is to be forgotten.",
    tolerance=1e-5,
)
def goes_on(load_checkpoint):
    vocab, width = random.randint(4, 7), random.randint(2, 3)
    before, known = _new(vocab, width)
    stepped(before, known, random.randint(2, 4))
    known.state.pop(before.tokens.weight)
    model, optimiser = _new(vocab, width, backwards=True)
    stepped(model, optimiser, 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.pt"
        _write_one(path, before, known)
        outcome(lambda: load_checkpoint(str(path), model, optimiser, torch.Generator()))
    held = {id(parameter) for group in optimiser.param_groups for parameter in group["params"]}
    outcome(lambda: stepped(model, optimiser, 2))
    return {
        "weights": weights_of(model),
        "remembered": remembered(model, optimiser),
        "still the optimiser's": [id(parameter) in held for parameter in model.parameters()],
    }


class _Runs:
    """Whoever reads this back runs something."""

    def __reduce__(self):
        return os.path.basename, ("/by somebody else",)


@load_checkpoint.check(
    points=1,
    title="refuses a model that does not fit, or a file that wants to run something, and then has changed nothing",
    hint="Compare all names and shapes before the first weight is written. load_state_dict writes what fits and complains "
    "afterwards. And read with weights_only=True.",
    tolerance=1e-6,
)
def does_not_fit(load_checkpoint):
    vocab, width = random.randint(4, 7), random.randint(2, 3)
    answers = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.pt"
        before, known = _new(vocab, width)
        stepped(before, known, 2)
        _write_one(path, before, known)
        short = Path(folder) / "without a bias.pt"
        _write_one(short, *_new(vocab, width, bias=False))
        trap = Path(folder) / "trap.pt"
        torch.save({**torch.load(path, weights_only=True), "step": _Runs()}, trap)
        for what, file, made in (
            ("something to run", trap, _new(vocab, width)),
            ("another width", path, _new(vocab, width + 1)),
            ("no bias here", path, _new(vocab, width, bias=False)),
            ("no bias there", short, _new(vocab, width)),
            ("no file", Path(folder) / "elsewhere.pt", _new(vocab, width)),
        ):
            generator = torch.Generator().manual_seed(random.randrange(1000))
            said = outcome(lambda file=file, made=made, generator=generator: load_checkpoint(file, *made, generator))
            answers[what] = {"said": said, **_all(*made, generator)}
    return answers


def _fitting(path, model):
    """What lies there, if it fits the model."""
    saved = torch.load(path, weights_only=True)
    shapes = [{name: x.shape for name, x in weights.items()} for weights in (saved["model"], model.state_dict())]
    if shapes[0] != shapes[1]:
        raise ValueError("the checkpoint is of another model")
    return saved


def _put(saved, model, optimiser):
    """Weights and states."""
    model.load_state_dict(saved["model"])
    optimiser.state.clear()
    for name, parameter in model.named_parameters():
        if name in saved["optimiser"]:
            optimiser.state[parameter] = saved["optimiser"][name]


load_checkpoint.equivalent(
    "_load_checkpoint: torch.load(path, weights_only=True) -> torch.load(path)",
    reason="torch reads so unless it is told not to",
)


@load_checkpoint.misconception(
    "The weights are not brought back: the model is as it was. Reading a file changes no model."
)
def weights_not_brought(path, model, optimiser, generator):
    saved = _fitting(path, model)
    weights = {name: x.clone() for name, x in model.state_dict().items()}
    _put(saved, model, optimiser)
    model.load_state_dict(weights)
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception(
    "The model has got new parameters, and the optimiser still holds the old ones: it steps, and the model does not move. "
    "Copy into the parameters that are there."
)
def new_parameters(path, model, optimiser, generator):
    saved = _fitting(path, model)
    _put(saved, model, optimiser)
    states = {name: optimiser.state.get(p) for name, p in model.named_parameters()}
    for name, old in list(model.named_parameters()):
        place, _, last = name.rpartition(".")
        setattr(model.get_submodule(place), last, torch.nn.Parameter(old.detach().clone()))
    optimiser.state.clear()
    for name, parameter in model.named_parameters():
        if states[name]:
            optimiser.state[parameter] = states[name]
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception(
    "The optimiser begins anew: its states are not brought back, and m, v and the number of steps are lost."
)
def states_not_brought(path, model, optimiser, generator):
    saved = _fitting(path, model)
    model.load_state_dict(saved["model"])
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception("The optimiser's states are all emptied, and none is brought back.")
def states_emptied(path, model, optimiser, generator):
    saved = _fitting(path, model)
    model.load_state_dict(saved["model"])
    optimiser.state.clear()
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception(
    "States are handed out by the order of the optimiser's parameters. In another order, each gets somebody else's: go by "
    "the names of the model."
)
def states_by_order(path, model, optimiser, generator):
    saved = _fitting(path, model)
    model.load_state_dict(saved["model"])
    optimiser.state.clear()
    names = [name for name, _ in model.named_parameters()]
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    for name, parameter in zip(names, parameters, strict=True):
        if name in saved["optimiser"]:
            optimiser.state[parameter] = saved["optimiser"][name]
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception(
    "What the optimiser remembered before stays for parameters of which the file has no state. It is of another run: forget "
    "it."
)
def old_states_stay(path, model, optimiser, generator):
    saved = _fitting(path, model)
    model.load_state_dict(saved["model"])
    for name, parameter in model.named_parameters():
        if name in saved["optimiser"]:
            optimiser.state[parameter] = saved["optimiser"][name]
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception(
    "The states have names for keys. The optimiser looks for them by the parameters themselves, and finds none."
)
def names_for_keys(path, model, optimiser, generator):
    saved = _fitting(path, model)
    model.load_state_dict(saved["model"])
    optimiser.state.clear()
    optimiser.state.update(saved["optimiser"])
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception(
    "Every parameter is expected to have a state. One that has never got a gradient has none, and you stop there."
)
def states_of_all_expected(path, model, optimiser, generator):
    saved = _fitting(path, model)
    model.load_state_dict(saved["model"])
    optimiser.state.clear()
    for name, parameter in model.named_parameters():
        optimiser.state[parameter] = saved["optimiser"][name]
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception(
    "The generator is left as it is: the batches that come next are not those that would have come."
)
def generator_left(path, model, optimiser, generator):
    saved = _fitting(path, model)
    _put(saved, model, optimiser)
    return saved["step"]


@load_checkpoint.misconception(
    "torch's own generator gets the state. The batches are drawn from the one that you were given."
)
def another_generator_set(path, model, optimiser, generator):
    saved = _fitting(path, model)
    _put(saved, model, optimiser)
    generator.manual_seed(0)
    torch.set_rng_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception("No step comes back. The schedule, and the loop, have to know how far the run has come.")
def step_not_told(path, model, optimiser, generator):
    saved = _fitting(path, model)
    _put(saved, model, optimiser)
    generator.set_state(saved["generator"])


@load_checkpoint.misconception(
    "The step that comes back is one too many. So many steps are done, and the next one has this number, since they count "
    "from 0."
)
def step_after_that(path, model, optimiser, generator):
    saved = _fitting(path, model)
    _put(saved, model, optimiser)
    generator.set_state(saved["generator"])
    return saved["step"] + 1


@load_checkpoint.misconception(
    "What does not fit is left out in silence (strict=False), or what is left over is not looked at. Part of the model would "
    "then be new, and nobody knows."
)
def what_fits_only(path, model, optimiser, generator):
    saved = torch.load(path, weights_only=True)
    ours = model.state_dict()
    fitting = {name: x for name, x in saved["model"].items() if name in ours and ours[name].shape == x.shape}
    model.load_state_dict(fitting, strict=False)
    optimiser.state.clear()
    for name, parameter in model.named_parameters():
        if name in saved["optimiser"]:
            optimiser.state[parameter] = saved["optimiser"][name]
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception(
    "load_state_dict is left to complain: it raises another error (RuntimeError), and by then it has written what fits."
)
def left_to_torch(path, model, optimiser, generator):
    saved = torch.load(path, weights_only=True)
    _put(saved, model, optimiser)
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.misconception(
    "The refusal comes too late: some weights have been written over, or the generator set, when you find out that the "
    "model does not fit."
)
def refused_too_late(path, model, optimiser, generator):
    saved = torch.load(path, weights_only=True)
    generator.set_state(saved["generator"])
    try:
        _put(saved, model, optimiser)
    except RuntimeError as error:
        raise ValueError("the checkpoint is of another model") from error
    return saved["step"]


@load_checkpoint.misconception(
    "The file is read with weights_only=False: whatever its author wrote into it is run on your computer."
)
def runs_what_it_reads(path, model, optimiser, generator):
    saved = torch.load(path, weights_only=False)
    shapes = [{name: x.shape for name, x in weights.items()} for weights in (saved["model"], model.state_dict())]
    if shapes[0] != shapes[1]:
        raise ValueError("the checkpoint is of another model")
    _put(saved, model, optimiser)
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.alternative
def copied_one_by_one(path, model, optimiser, generator):
    saved = torch.load(path, weights_only=True)
    parameters = dict(model.named_parameters())
    if parameters.keys() != saved["model"].keys():
        raise ValueError("other names")
    if any(parameters[name].shape != x.shape for name, x in saved["model"].items()):
        raise ValueError("other shapes")
    optimiser.state = {}
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(saved["model"][name])
            state = saved["optimiser"].get(name)
            if state is not None:
                optimiser.state[parameter] = dict(state)
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.alternative
def through_the_data(path, model, optimiser, generator):
    with open(path, "rb") as file:
        saved = torch.load(file, weights_only=True)
    ours = model.state_dict()
    wrong = [name for name in ours.keys() | saved["model"].keys() if _shape(ours, name) != _shape(saved["model"], name)]
    if wrong:
        raise ValueError(f"{wrong} do not fit")
    for name, parameter in model.named_parameters():
        parameter.data.copy_(saved["model"][name])
        optimiser.state.pop(parameter, None)
        if saved["optimiser"].get(name):
            optimiser.state[parameter] = saved["optimiser"][name]
    generator.set_state(saved["generator"])
    return int(saved["step"])


def _shape(weights, name):
    return tuple(weights[name].shape) if name in weights else None


@load_checkpoint.alternative
def tried_on_a_copy(path, model, optimiser, generator):
    saved = torch.load(path, weights_only=True, map_location="cpu")
    before = {name: x.clone() for name, x in model.state_dict().items()}
    try:
        model.load_state_dict(saved["model"], strict=True)
    except RuntimeError as error:
        model.load_state_dict(before)
        raise ValueError(str(error)) from error
    parameters = dict(model.named_parameters())
    optimiser.state.clear()
    optimiser.state.update({parameters[name]: state for name, state in saved["optimiser"].items()})
    generator.set_state(saved["generator"])
    return saved["step"]


@load_checkpoint.alternative
def group_by_group(path, model, optimiser, generator):
    saved = torch.load(path, weights_only=True)
    weights, states = saved["model"], saved["optimiser"]
    if [(n, tuple(x.shape)) for n, x in model.state_dict().items()] != [
        (n, tuple(x.shape)) for n, x in weights.items()
    ]:
        raise ValueError("names and shapes differ")
    name_of = {parameter: name for name, parameter in model.named_parameters()}
    for group in optimiser.param_groups:
        for parameter in group["params"]:
            parameter.detach().copy_(weights[name_of[parameter]])
            optimiser.state.pop(parameter, None)
            if name_of[parameter] in states:
                optimiser.state[parameter] = states[name_of[parameter]]
    generator.set_state(saved["generator"])
    return saved["step"]
