"""``save_checkpoint(path, model, optimiser, step, generator)``"""

import io
import os
import pickle
import random
import tempfile
from pathlib import Path
from unittest import mock

import torch

from lmgrade import Task
from lmgrade.inputs import outcome

from .inputs import DiskFull, Guesser, Momentum, stepped, weights_of


def _save_checkpoint(path, model, optimiser, step, generator):
    states = {name: optimiser.state[p] for name, p in model.named_parameters() if p in optimiser.state}
    saved = {"model": model.state_dict(), "optimiser": states, "step": step, "generator": generator.get_state()}
    torch.save(saved, f"{path}.partial")
    os.replace(f"{path}.partial", path)


save_checkpoint = Task("save_checkpoint", reference=_save_checkpoint)


def _run():
    """A model that has been trained a little, its optimiser, the step, and a generator that has been drawn from."""
    model = Guesser(random.randint(4, 7), random.randint(2, 3))
    optimiser = Momentum([{"params": list(model.parameters())}])
    stepped(model, optimiser, random.randint(2, 4))
    generator = torch.Generator().manual_seed(random.randrange(1000))
    torch.rand(random.randint(1, 9), generator=generator)
    return model, optimiser, random.randint(10, 99), generator


def _read(path):
    """What lies there, if it can be read without running anything that is written in it."""
    return outcome(lambda: torch.load(path, weights_only=True))


@save_checkpoint.check(
    points=1,
    title="writes weights, what the optimiser remembers, step and generator, each under its name",
    hint="Read your file with torch.load(path, weights_only=True) and go through the table of the specification.",
)
def all_that_is_needed(save_checkpoint):
    model, optimiser, step, generator = _run()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.pt"
        outcome(lambda: save_checkpoint(path, model, optimiser, step, generator))
        once = _read(path)
        stepped(model, optimiser, 1)
        torch.rand(3, generator=generator)
        outcome(lambda: save_checkpoint(str(path), model, optimiser, step + 1, generator))
        again = _read(path)
    return {"once": once, "again": again}


@save_checkpoint.check(
    points=1,
    title="changes nothing while it saves, and leaves out what the optimiser does not know yet",
    hint="To look at a generator is not to draw from it. A frozen parameter has no state; before the first step none has.",
)
def nothing_changes(save_checkpoint):
    model, optimiser, step, generator = _run()
    fresh = Momentum([{"params": list(model.parameters())}])
    model.output.bias.requires_grad_(False)
    optimiser.state.pop(model.output.bias)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.pt"
        said = outcome(lambda: save_checkpoint(path, model, optimiser, step, generator))
        frozen = _read(path)
        outcome(lambda: save_checkpoint(path, model, fresh, 0, generator))
        before = _read(path)
    return {
        "frozen": frozen,
        "before the first step": before,
        "raised": said if isinstance(said, str) else "nothing",
        "weights": weights_of(model),
        "drawn next": torch.rand(3, generator=generator),
        "new states": len(fresh.state),
    }


def _always_there(path, save):
    """Is there a file at the path whenever another one is renamed, while something is saved?"""
    there = []

    def noting(rename):
        def noted(*names, **settings):
            there.append(os.path.exists(path))
            return rename(*names, **settings)

        return noted

    with mock.patch("os.rename", noting(os.rename)), mock.patch("os.replace", noting(os.replace)):
        outcome(save)
    return all(there)


@save_checkpoint.check(
    points=1,
    title="leaves the old file whole when the disk is full, and does not keep the error to itself",
    hint="Opening the old file for writing is already its end. Write under another name beside it; os.replace then puts the "
    "new file in the old one's place in one go.",
)
def disk_full(save_checkpoint):
    model, optimiser, step, generator = _run()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.pt"
        outcome(lambda: save_checkpoint(path, model, optimiser, step, generator))
        stepped(model, optimiser, 1)
        said = outcome(lambda: save_checkpoint(path, model, optimiser, DiskFull(), generator))
        old_file = _read(path)
        always = _always_there(path, lambda: save_checkpoint(path, model, optimiser, step + 1, generator))
        return {"said": said, "old file": old_file, "always a file": always}


def _states(model, optimiser):
    return {name: optimiser.state[p] for name, p in model.named_parameters() if p in optimiser.state}


def _write(path, **saved):
    torch.save(saved, f"{path}.new")
    os.replace(f"{path}.new", path)


@save_checkpoint.misconception(
    "What the optimiser remembers is missing. A run that goes on with empty means takes other steps than the one that was "
    "stopped."
)
def optimiser_forgotten(path, model, optimiser, step, generator):
    _write(path, model=model.state_dict(), optimiser={}, step=step, generator=generator.get_state())


@save_checkpoint.misconception(
    "The generator's seed is kept, where its state is wanted: from the seed the run would go through the first batches "
    "again."
)
def seed_of_the_generator(path, model, optimiser, step, generator):
    states = _states(model, optimiser)
    _write(path, model=model.state_dict(), optimiser=states, step=step, generator=generator.initial_seed())


@save_checkpoint.misconception(
    "This is the state of torch's own generator. The batches are drawn from the one that you were given."
)
def the_wrong_generator(path, model, optimiser, step, generator):
    states = _states(model, optimiser)
    _write(path, model=model.state_dict(), optimiser=states, step=step, generator=torch.get_rng_state())


@save_checkpoint.misconception(
    "The generator has been drawn from while saving: a run that saves goes on with other batches than one that does not."
)
def drawn_while_saving(path, model, optimiser, step, generator):
    torch.rand(1, generator=generator)
    states = _states(model, optimiser)
    _write(path, model=model.state_dict(), optimiser=states, step=step, generator=generator.get_state())


@save_checkpoint.misconception("The step that is written is one too many, or one too few: step steps are done.")
def another_step(path, model, optimiser, step, generator):
    states = _states(model, optimiser)
    step = step + 1 if isinstance(step, int) else step
    _write(path, model=model.state_dict(), optimiser=states, step=step, generator=generator.get_state())


@save_checkpoint.misconception(
    "The optimiser's states are numbered. A number says which parameter is meant only as long as nobody changes their order; "
    "a name always does."
)
def numbered_states(path, model, optimiser, step, generator):
    states = dict(enumerate(optimiser.state.values()))
    _write(path, model=model.state_dict(), optimiser=states, step=step, generator=generator.get_state())


@save_checkpoint.misconception(
    "The parameters themselves are the keys of the optimiser's states. Read back, they are other objects, and belong to no "
    "model."
)
def parameters_for_keys(path, model, optimiser, step, generator):
    states = dict(optimiser.state)
    _write(path, model=model.state_dict(), optimiser=states, step=step, generator=generator.get_state())


@save_checkpoint.misconception(
    "The model is written whole, as an object. Reading that means running whatever the file says, which nobody should do "
    "with a file from somewhere; and a class that has been renamed since cannot be read. Write its tensors."
)
def the_model_itself(path, model, optimiser, step, generator):
    states = _states(model, optimiser)
    _write(path, model=model, optimiser=states, step=step, generator=generator.get_state())


@save_checkpoint.misconception("Python's pickle wrote the file. torch.load refuses to read it safely: use torch.save.")
def pickled(path, model, optimiser, step, generator):
    saved = {"model": model.state_dict(), "optimiser": _states(model, optimiser), "step": step}
    with open(f"{path}.new", "wb") as file:
        pickle.dump({**saved, "generator": generator.get_state()}, file, protocol=2)
    os.replace(f"{path}.new", path)


@save_checkpoint.misconception(
    "The weights have been rounded to half precision. Each time a run goes on, it would lose digits that it had."
)
def in_half_precision(path, model, optimiser, step, generator):
    weights = {name: x.half() for name, x in model.state_dict().items()}
    _write(path, model=weights, optimiser=_states(model, optimiser), step=step, generator=generator.get_state())


@save_checkpoint.misconception(
    "An optimiser that has not made a step, or a frozen parameter, stops you. Parameters without a state are left out."
)
def a_state_for_each(path, model, optimiser, step, generator):
    states = {name: optimiser.state[p] for name, p in model.named_parameters()}
    _write(path, model=model.state_dict(), optimiser=states, step=step, generator=generator.get_state())


@save_checkpoint.misconception(
    "The new file is written over the old one. When that fails in the middle, both are gone, at the worst of moments."
)
def over_the_old_one(path, model, optimiser, step, generator):
    saved = {"model": model.state_dict(), "optimiser": _states(model, optimiser), "step": step}
    torch.save({**saved, "generator": generator.get_state()}, path)


@save_checkpoint.misconception("The old file is deleted before the new one is whole. Between the two there is none.")
def deleted_first(path, model, optimiser, step, generator):
    Path(path).unlink(missing_ok=True)
    states = _states(model, optimiser)
    _write(path, model=model.state_dict(), optimiser=states, step=step, generator=generator.get_state())


@save_checkpoint.misconception(
    "The old file goes before the new one has its name. A machine that stops between the two is left with none: os.replace "
    "does both in one go."
)
def deleted_just_before(path, model, optimiser, step, generator):
    saved = {"model": model.state_dict(), "optimiser": _states(model, optimiser), "step": step}
    torch.save({**saved, "generator": generator.get_state()}, f"{path}.new")
    Path(path).unlink(missing_ok=True)
    os.rename(f"{path}.new", path)


@save_checkpoint.misconception(
    "When writing fails, nobody hears of it. The run would go on for days and believe that it is safe."
)
def kept_to_itself(path, model, optimiser, step, generator):
    try:
        states = _states(model, optimiser)
        _write(path, model=model.state_dict(), optimiser=states, step=step, generator=generator.get_state())
    except OSError:
        pass


@save_checkpoint.alternative
def with_pathlib(path, model, optimiser, step, generator):
    path = Path(path)
    saved = {"step": step, "generator": generator.get_state(), "optimiser": {}, "model": {}}
    for name, parameter in model.named_parameters():
        saved["model"][name] = parameter.detach().clone()
        if parameter in optimiser.state:
            saved["optimiser"][name] = dict(optimiser.state[parameter])
    unfinished = path.with_name(path.name + ".unfinished")
    torch.save(saved, unfinished)
    unfinished.replace(path)


@save_checkpoint.alternative
def through_a_temporary_file(path, model, optimiser, step, generator):
    names = {parameter: name for name, parameter in model.named_parameters()}
    states = {names[parameter]: state for parameter, state in optimiser.state.items()}
    saved = {"model": model.state_dict(), "optimiser": states, "step": step, "generator": generator.get_state()}
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(os.path.abspath(path)), delete=False) as file:
        torch.save(saved, file)
    os.replace(file.name, path)


@save_checkpoint.alternative
def old_one_set_aside(path, model, optimiser, step, generator):
    path = str(path)
    saved = {"model": {name: x.data for name, x in model.named_parameters()}, "optimiser": {}, "step": step}
    saved["generator"] = generator.get_state()
    for name, parameter in model.named_parameters():
        state = optimiser.state.get(parameter)
        if state:
            saved["optimiser"][name] = state
    with open(path + "~", "wb") as file:
        torch.save(saved, file)
    os.rename(path + "~", path)


@save_checkpoint.alternative
def made_in_memory(path, model, optimiser, step, generator):
    states = {}
    for name, parameter in model.named_parameters():
        if parameter in optimiser.state:
            states[name] = dict(optimiser.state[parameter])
    memory = io.BytesIO()
    saved = {"model": model.state_dict(), "optimiser": states, "step": step, "generator": generator.get_state()}
    torch.save(saved, memory)
    unfinished = Path(f"{path}.new")
    unfinished.write_bytes(memory.getvalue())
    os.replace(unfinished, path)
