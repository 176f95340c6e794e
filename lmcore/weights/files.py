"""The files themselves: reading, checking, and writing so that a failure leaves the old ones whole.

safetensors holds names, shapes and numbers, and no code that could run on loading.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from ..whole_files import replacing

Names = dict[str, list[str]]
Config = TypeVar("Config")
Model = TypeVar("Model", bound=nn.Module)


def read_config(folder: Path, kind: str, translate: Callable[[dict[str, Any]], Config]) -> Config:
    """``config.json`` of a model of this kind, translated to our config.

    Raises:
        ValueError: not JSON, another kind of model, an entry that is missing or that ``translate`` refuses.
    """
    path = folder / "config.json"
    try:
        theirs = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not isinstance(theirs, dict) or theirs.get("model_type") != kind:
        raise ValueError(f"{path} does not say that its model_type is {kind!r}")
    try:
        return translate(theirs)
    except KeyError as error:
        raise ValueError(f"{path} has no {error}") from error


def expect(config: dict[str, Any], key: str, *allowed: Any) -> None:
    """Raise a ValueError if the config has this entry and our model cannot do what it asks for."""
    if key in config and config[key] not in allowed:
        raise ValueError(f"{key} is {config[key]!r} in config.json; this model can only do {allowed[0]!r}")


def read_tensors(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of all ``*.safetensors`` in a folder.

    Raises:
        ValueError: a file that is cut short or is something else.
        FileNotFoundError: none at all.
    """
    paths = sorted(folder.glob("*.safetensors"))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no *.safetensors")
    tensors = {}
    for path in paths:
        try:
            tensors |= load_file(path)
        except SafetensorError as error:
            raise ValueError(f"{path} is not a whole safetensors file: {error}") from error
    return tensors


def fill(model: Model, theirs: dict[str, torch.Tensor], names: Names, copies: dict[str, str]) -> Model:
    """Put tensors into a model; each of them must find its place.

    Args:
        model: whose parameters are written over.
        theirs: tensors by their names. Used up.
        names: for each of our parameters, which of theirs stand in it one under the other.
        copies: their names of tensors that may be there and only repeat one of our parameters.

    Raises:
        ValueError: tensors that are missing, left over, of another shape, or no copy where they should be.
    """
    missing = {name for parts in names.values() for name in parts} - theirs.keys()
    if missing:
        raise ValueError(f"{len(missing)} tensors are missing, such as {min(missing)!r}")
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for ours, parts in names.items():
            tensors, parameter = [theirs.pop(name) for name in parts], parameters[ours]
            rows = sum(len(tensor) for tensor in tensors)
            if rows != len(parameter) or any(tensor.shape[1:] != parameter.shape[1:] for tensor in tensors):
                shapes = " + ".join(f"{name} {tuple(x.shape)}" for name, x in zip(parts, tensors, strict=True))
                raise ValueError(f"the config asks for {tuple(parameter.shape)}; the file has {shapes}")
            parameter.copy_(torch.cat(tensors))
    for name, ours in copies.items():
        if name in theirs and not torch.equal(theirs.pop(name).to(parameters[ours].dtype), parameters[ours]):
            raise ValueError(f"{name} should repeat {names[ours][0]}, which it is tied to, and does not")
    if theirs:
        raise ValueError(f"{len(theirs)} tensors are left over, such as {min(theirs)!r}")
    return model


def write_folder(folder: Path, tensors: dict[str, torch.Tensor], config: dict[str, Any]) -> None:
    """Write ``config.json`` and ``model.safetensors``; the old ones stay until both new ones are whole."""
    folder.mkdir(parents=True, exist_ok=True)
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(folder / "config.json") as config_file, replacing(folder / "model.safetensors") as tensor_file:
        config_file.write_text(json.dumps(config, indent=2) + "\n", "utf-8")
        save_file(contiguous, tensor_file, metadata={"format": "pt"})
