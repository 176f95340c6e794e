"""A training run, one step at a time::

    run = Run(model, Batches(rows, batch_size=8), Optimisation(steps=1000, learning_rate=3e-3))
    while not run.done:
        step = run.advance()

What step 700 does depends on the weights, the optimiser's state and the number 700 alone: its batch, its learning rate
and its dropout follow from the number and the seed. So a run that goes on from a checkpoint is the run that was never
stopped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from ..data.collation import Batch
from ..data.windows import Batches
from ..decoder import Decoder
from ..decoding import evaluation_mode
from .loss import summed_nats
from .optimiser import clip_gradients, parameter_groups
from .processes import Processes
from .schedule import warmup_cosine


@dataclass(frozen=True)
class Optimisation:
    """How weights are changed.

    Args:
        steps: how often.
        batch_size: rows of a batch, over all processes and micro-batches.
        learning_rate: the highest one; see ``warmup_cosine``.
        warmup: steps until it is reached.
        final_learning_rate: the last one.
        weight_decay: of matrices; see ``parameter_groups``.
        betas: of AdamW.
        clip: the longest gradient; longer ones are shortened to it.
        seed: of the first weights, the order of the rows, and dropout.

    Raises:
        ValueError: a number out of its range; the message names it.
    """

    steps: int
    learning_rate: float
    batch_size: int = 8
    warmup: int = 100
    final_learning_rate: float = 0.0
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.95)
    clip: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        self.rate(0)
        if self.batch_size < 1:
            raise ValueError(f"batch_size is {self.batch_size}; it must be at least 1")
        if not self.weight_decay >= 0:
            raise ValueError(f"weight_decay is {self.weight_decay}; it must be 0 or more")
        if not self.clip > 0:
            raise ValueError(f"clip is {self.clip}; it must be above 0")
        if not 0 <= self.seed < 1 << 32:
            raise ValueError(f"seed is {self.seed}; it must be in 0 .. {(1 << 32) - 1}")

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        return warmup_cosine(
            step, steps=self.steps, warmup=self.warmup, peak=self.learning_rate, final=self.final_learning_rate
        )


@dataclass(frozen=True)
class Step:
    """What a step did.

    Attributes:
        number: of this step, from 0.
        tokens: labels that it learned from, over all processes.
        loss: nats per token, before the weights were changed.
        gradient_norm: before clipping.
        learning_rate: as it was.
    """

    number: int
    tokens: int
    loss: float
    gradient_norm: float
    learning_rate: float


class Run:
    """A model that is being trained.

    Args:
        model: a ``GPT`` or ``Llama`` on the device of ``processes``.
        training: its batches, of ``optimisation.batch_size`` rows.
        optimisation: how weights are changed.
        processes: this process and how many others take part.
        micro_batches: in how many parts this process goes through its share of a batch. More parts need less memory
            and give the same gradient, but for rounding.
        bf16: multiply matrices in bfloat16. Faster where the device has units for it; weights stay in fp32.
        compiled: let ``torch.compile`` write the forward and backward pass anew. It takes a minute before the first
            step.
        optimiser: another one than torch's fused AdamW, over the same parameters.

    Attributes:
        step: the number of steps done.
        model, optimiser, optimisation, processes: as above.

    Raises:
        ValueError: a batch size that is not the batches', or that processes and micro-batches do not divide.
    """

    def __init__(
        self,
        model: Decoder,
        training: Batches,
        optimisation: Optimisation,
        processes: Processes | None = None,
        *,
        micro_batches: int = 1,
        bf16: bool = False,
        compiled: bool = False,
        optimiser: torch.optim.Optimizer | None = None,
    ) -> None:
        self.processes = processes or Processes()
        size, parts = optimisation.batch_size, self.processes.count * micro_batches
        if training.batch_size != size:
            raise ValueError(f"batches have {training.batch_size} rows; the optimisation asks for {size}")
        if micro_batches < 1 or size % parts:
            raise ValueError(
                f"a batch of {size} rows cannot be shared by {self.processes.count} processes in {micro_batches} "
                "micro-batches each"
            )
        self.model, self.training, self.optimisation = model, training, optimisation
        self.micro_batches, self.bf16, self.step = micro_batches, bf16, 0
        self.optimiser = optimiser or torch.optim.AdamW(
            parameter_groups(model, optimisation.weight_decay),
            lr=optimisation.learning_rate,
            betas=optimisation.betas,
            fused=True,
        )
        self.hidden = torch.compile(model.hidden) if compiled else model.hidden

    @property
    def done(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.optimisation.steps

    def advance(self) -> Step:
        """Do one step.

        The weights are averaged over nothing but the batch: ``loss`` is the sum over all labels of all processes and
        micro-batches, divided once by their number, as if the whole batch had been one.

        torch's global random generator is set anew at each step.

        Raises:
            FloatingPointError: the loss or the gradient is not finite. The weights are as before the step.
            RuntimeError: all steps are done.
        """
        if self.done:
            raise RuntimeError(f"all {self.optimisation.steps} steps are done")
        number, here = self.step, self.processes
        torch.manual_seed((self.optimisation.seed << 32) + number * here.count + here.rank)
        batch = self.training.batch(number, rank=here.rank, ranks=here.count)
        targets = int(here.sum_(torch.tensor(batch.targets, device=here.device)).item())

        self.model.train()
        self.optimiser.zero_grad(set_to_none=True)
        nats = torch.zeros((), device=here.device)
        for part in _parts(batch, self.micro_batches):
            with self._precision():
                loss = summed_nats(self, part.to(here.device))
            (loss / targets).backward()
            nats += loss.detach()
        here.sum_gradients(self.model.parameters())
        norm = clip_gradients(self.model.parameters(), self.optimisation.clip).item()
        loss = here.sum_(nats).item() / targets
        if not math.isfinite(loss) or not math.isfinite(norm):
            raise FloatingPointError(
                f"step {number}: the loss is {loss}, the gradient's norm {norm}, at learning rate "
                f"{self.optimisation.rate(number):.3g}; a lower one may help"
            )
        for group in self.optimiser.param_groups:
            group["lr"] = self.optimisation.rate(number)
        self.optimiser.step()
        self.step += 1
        return Step(number, targets, loss, norm, self.optimisation.rate(number))

    @torch.no_grad()
    def validate(self, batches: Iterable[Batch]) -> float:
        """The mean loss over all labels of these batches, in nats per token, without dropout.

        Args:
            batches: such as ``in_order(rows, 32)``; processes share them.
        """
        here = self.processes
        nats, targets = torch.zeros((), device=here.device, dtype=torch.float64), 0
        with evaluation_mode(self.model):
            for i, batch in enumerate(batches):
                targets += batch.targets
                if i % here.count == here.rank:
                    with self._precision():
                        nats += summed_nats(self, batch.to(here.device))
        return here.sum_(nats).item() / targets

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """The model's."""
        return self.model.logits(hidden)

    def _precision(self) -> AbstractContextManager:
        return torch.autocast(self.processes.device.type, torch.bfloat16) if self.bf16 else nullcontext()


def _parts(batch: Batch, count: int) -> Iterable[Batch]:
    if count == 1:
        return [batch]
    tensors = (batch.inputs, batch.labels, batch.mask)
    return [Batch(*part) for part in zip(*(tensor.chunk(count) for tensor in tensors), strict=True)]
