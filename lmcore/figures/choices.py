"""What an axis offers: a slider for numbers, a menu for anything else."""

from numbers import Real


def label_of(value):
    """How a control names a choice."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def is_slider(pairs):
    """Whether all of these (label, value) pairs are numbers."""
    return all(isinstance(value, Real) and not isinstance(value, bool) for _, value in pairs)
