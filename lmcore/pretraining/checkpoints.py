"""A run on disk, so that one that was stopped goes on as if it had never been.

A checkpoint is one safetensors file: the weights, the optimiser's running means, the number of steps done, and the
settings of the run. It is written under another name and takes the old one's place only when it is whole, so that at
any moment, also under ``kill -9`` or on a full disk, the last good one is there.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..whole_files import replacing

_FORMAT = "lmcore checkpoint 1"


def save_checkpoint(
    path: str | Path, model: nn.Module, optimiser: torch.optim.Optimizer, step: int, settings: dict[str, Any]
) -> None:
    """Write a checkpoint, or leave the old one as it is.

    Args:
        path: the file; its folder is there.
        model: its weights, each once.
        optimiser: its state of each of the model's parameters.
        step: number of steps done.
        settings: what the run was started with, as JSON knows it; ``load_checkpoint`` compares.

    Raises:
        OSError: the disk is full, or the folder cannot be written. The message says how much room is needed, how much
            there is, and that the checkpoint before is whole.
    """
    path = Path(path)
    tensors = {name: x.detach().cpu().contiguous() for name, x in _tensors(model, optimiser).items()}
    metadata = {"format": _FORMAT, "step": str(step), "settings": json.dumps(settings)}
    try:
        with replacing(path) as unfinished:
            save_file(tensors, unfinished, metadata)
    except (OSError, SafetensorError) as error:
        needed = sum(x.numel() * x.element_size() for x in tensors.values())
        free = f"{shutil.disk_usage(path.parent).free / 1e6:,.1f} MB are free" if path.parent.exists() else "no folder"
        before = "the one before is whole" if path.exists() else "there was none before"
        raise OSError(
            f"the checkpoint of step {step} was not written to {path} ({error}); it takes {needed / 1e6:,.1f} MB, "
            f"{free}; {before}"
        ) from error


def load_checkpoint(
    path: str | Path, model: nn.Module, optimiser: torch.optim.Optimizer, settings: dict[str, Any]
) -> int:
    """Put a checkpoint into a model and its optimiser.

    Args:
        path: the file.
        model: its weights are written over.
        optimiser: of this model's parameters; its state is written over.
        settings: of the run that is to go on.

    Returns:
        The number of steps done.

    Raises:
        FileNotFoundError: there is none.
        ValueError: a file that is cut short or is no checkpoint, a run with other settings (each difference is named),
            or a model of another shape. Model and optimiser are as before then.
    """
    path = Path(path)
    step, theirs = read_header(path)
    check_settings(path, theirs, settings)
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
    parameters = dict(model.named_parameters())
    shapes = {f"model.{name}": tuple(x.shape) for name, x in parameters.items()}
    there = {name: tuple(x.shape) for name, x in tensors.items() if name.startswith("model.")}
    if shapes != there:
        name = min(name for name in shapes.keys() | there.keys() if shapes.get(name) != there.get(name))
        raise ValueError(f"{name} is {there.get(name, 'not there')} in {path}, {shapes.get(name, 'not there')} here")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(tensors[f"model.{name}"])
            # Not Optimizer.load_state_dict, which numbers parameters and so depends on their order.
            optimiser.state[parameter] = {
                key.removeprefix(f"optimiser.{name}:"): x.to(parameter.device)
                for key, x in tensors.items()
                if key.startswith(f"optimiser.{name}:")
            }
    return step


def read_header(path: Path) -> tuple[int, dict[str, Any]]:
    """The number of steps done and the settings, without the tensors. Raises as ``load_checkpoint``."""
    if not path.exists():
        raise FileNotFoundError(f"there is no checkpoint {path}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file: {error}") from error
    if metadata.get("format") != _FORMAT:
        raise ValueError(f"{path} is no checkpoint: its format is {metadata.get('format')!r}, not {_FORMAT!r}")
    return int(metadata["step"]), json.loads(metadata["settings"])


def _tensors(model: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    tensors = {}
    for name, parameter in model.named_parameters():
        tensors[f"model.{name}"] = parameter
        for key, value in optimiser.state.get(parameter, {}).items():
            tensors[f"optimiser.{name}:{key}"] = value
    return tensors


def check_settings(where: str | Path, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """Raise a ValueError that names each place where the settings of the run that lies there differ from ours."""
    if found := _differences(theirs, ours):
        raise ValueError(f"{where} is of a run with other settings: {'; '.join(found)}. Take those, or another folder")


def _differences(theirs: dict[str, Any], ours: dict[str, Any], prefix: str = "") -> list[str]:
    """Where two settings differ, a phrase for each place."""
    found = []
    for key in sorted(theirs.keys() | ours.keys()):
        a, b = theirs.get(key), ours.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            found += _differences(a, b, f"{prefix}{key}.")
        elif a != b:
            found.append(f"{prefix}{key} is {a!r} there and {b!r} here")
    return found
