"""One process or several: what each is, and the two things that they do together.

Every process holds the whole model and takes its share of each batch. Gradients are sums over tokens, and a sum of sums
is the sum of all: after adding up their gradients all processes hold the same, and take the same step.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Processes:
    """This process among all.

    Args:
        rank: the number of this one, from 0. Number 0 writes files and speaks.
        count: how many there are.
        device: where this one computes.
    """

    rank: int = 0
    count: int = 1
    device: torch.device = torch.device("cpu")  # noqa: RUF009 (a constant, and immutable)

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    def sum_(self, tensor: Tensor) -> Tensor:
        """Replace a tensor by its sum over all processes, in place."""
        if self.count > 1:
            dist.all_reduce(tensor)
        return tensor

    def sum_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Replace each gradient by its sum over all processes, all of them in one message."""
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        summed = self.sum_(torch.cat([g.flatten() for g in gradients]))
        for g, part in zip(gradients, summed.split([g.numel() for g in gradients]), strict=True):
            g.copy_(part.view_as(g))

    def wait(self) -> None:
        """Until all processes are here."""
        if self.count > 1:
            dist.barrier()


@contextmanager
def started(device: str | None = None) -> Iterator[Processes]:
    """The processes that ``torchrun`` started, or this one alone.

    Args:
        device: ``"cpu"``, ``"cuda"`` or another name that torch knows; if None a GPU where there is one, else the CPU.

    Raises:
        ValueError: a device that this machine has not.
    """
    kind = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if kind.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"device is {kind!r}, and torch sees no GPU here; choose 'cpu'")
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Processes(device=torch.device(kind))
        return
    rank, local = int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"])
    if kind == "cuda":
        torch.cuda.set_device(local)
    dist.init_process_group("nccl" if kind == "cuda" else "gloo")
    try:
        yield Processes(rank, count, torch.device(kind, local) if kind == "cuda" else torch.device(kind))
    finally:
        dist.destroy_process_group()
