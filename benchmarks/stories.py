"""What a model learns in three minutes: ``python -m lmcore.pretraining --config tiny``, and its stories read back."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .figures import Figure

SAMPLES = 500


def benchmarks() -> Iterator[tuple[str, list[Figure]]]:
    """Title and figures of the table."""
    from lmcore.data.stories import score
    from lmcore.pretraining import RECIPES, load_model, prepare, read_log
    from lmcore.pretraining.samples import TEMPERATURES, write_samples

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "tiny")
        threads = {name: str(os.cpu_count()) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        command = [sys.executable, "-m", "lmcore.pretraining", "--folder", folder, "--samples", "0"]
        subprocess.run(command, env=os.environ | threads, check=True, stdout=subprocess.DEVNULL)
        recipe, log = RECIPES["tiny"], read_log(folder / "log.csv")
        corpus = prepare(recipe.data, folder / "corpus", recipe.model.context)
        model, _ = load_model(folder / "model")
        scores = {t: score(write_samples(model, corpus, SAMPLES, t)) for t in TEMPERATURES}
    last, floor = log[-1], corpus.floor
    speed = f"{last.tokens / 1e6:.1f} M tokens, {last.tokens / last.seconds:,.0f} tokens/s"
    loss = f"{last.validation:.4f} nats, entropy {floor:.4f}"
    yield (
        f"GPT trained on stories, {os.cpu_count()} cores",
        [
            Figure("minutes of training", speed, "", last.seconds / 60, 3, at_most=True),
            Figure("validation loss / entropy", loss, "", last.validation / floor, 1.1, at_most=True),
            *(
                Figure(f"valid stories, temperature {t:g}", str(found), "", found.valid, 0.9 if t < 1 else None)
                for t, found in scores.items()
            ),
        ],
    )
