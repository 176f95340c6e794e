"""``adamw_step(parameter, gradient, state, lr, betas, eps, weight_decay)``, in place"""

import random

import torch

from lmgrade import Task
from lmgrade.inputs import different, outcome
from lmgrade.tensor_inputs import away_from_zero

from .parts import OPTIMISERS


def _adamw_step(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    if not state:
        state.update(step=0, m=torch.zeros_like(parameter), v=torch.zeros_like(parameter))
    state["step"] += 1
    t, (beta1, beta2) = state["step"], betas
    state["m"].mul_(beta1).add_(gradient, alpha=1 - beta1)
    state["v"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    m, v = state["m"] / (1 - beta1**t), state["v"] / (1 - beta2**t)
    with torch.no_grad():
        parameter.mul_(1 - lr * weight_decay)
        parameter.sub_(lr * m / (v.sqrt() + eps))


adamw_step = Task("adamw_step", reference=_adamw_step, forbidden=OPTIMISERS)


def _walk(adamw_step, parameter, gradients, *settings, **named):
    """Where a parameter goes, step by step, and what is remembered at the end."""
    state, path = {}, []
    for gradient in gradients:
        adamw_step(parameter, gradient, state, *settings, **named)
        path.append(parameter.detach().clone())
    return {"path": path, "state": state}


@adamw_step.check(
    points=1,
    title="begins with a step as long as the learning rate, for any size of gradient",
    hint="In the first step the corrected m is g and the corrected v is g², so that m / √v is 1 or -1.",
    tolerance=1e-5,
)
def first_step(adamw_step):
    rows, columns = different(2)
    parameter = away_from_zero(rows, columns)
    gradient = away_from_zero(rows, columns) * 10.0 ** torch.randint(-2, 4, (rows, columns))
    betas = random.uniform(0.7, 0.9), random.uniform(0.93, 0.97)
    lr = random.uniform(0.1, 0.3)
    return outcome(lambda: _walk(adamw_step, parameter, [gradient], lr, betas=betas, eps=1e-12, weight_decay=0.0))


@adamw_step.check(
    points=1,
    title="remembers: means of the gradient and of its square over several steps",
    hint="Let three steps follow one another by hand, for one weight and the gradients 1, 1, -1: what are m and v after each?",
    tolerance=1e-5,
)
def several_steps(adamw_step):
    n = random.randint(3, 6)
    gradients = [away_from_zero(n) * 3 for _ in range(random.randint(4, 6))]
    betas = random.uniform(0.6, 0.8), random.uniform(0.9, 0.95)
    lr = random.uniform(0.1, 0.3)
    return outcome(lambda: _walk(adamw_step, away_from_zero(n), gradients, lr, betas=betas, weight_decay=0.0))


@adamw_step.check(
    points=1,
    title="lets weights decay apart from the gradient",
    hint="With the gradient 0, a weight shrinks by the share lr · weight_decay in each step; with any other gradient, by "
    "exactly as much, and the step of Adam comes on top.",
    tolerance=1e-5,
)
def decay_apart(adamw_step):
    n = random.randint(4, 6)
    gradients = [away_from_zero(n) * 5 for _ in range(3)]
    for gradient in gradients:
        gradient[:2] = 0
    lr, decay = random.uniform(0.2, 0.4), random.uniform(0.4, 0.6)
    return outcome(
        lambda: _walk(adamw_step, 20 * away_from_zero(n), gradients, lr, betas=(0.8, 0.9), weight_decay=decay)
    )


@adamw_step.check(
    points=1,
    title="adds eps outside of the root, after the correction",
    hint="eps matters for tiny gradients only, and for them much: take the gradient 0.001 and eps = 0.01.",
    tolerance=1e-5,
)
def tiny_gradients(adamw_step):
    n = random.randint(3, 6)
    gradients = [1e-3 * away_from_zero(n) for _ in range(2)]
    eps, lr = random.uniform(1e-3, 2e-3), random.uniform(0.3, 0.5)
    return outcome(
        lambda: _walk(adamw_step, away_from_zero(n), gradients, lr, betas=(0.8, 0.9), eps=eps, weight_decay=0.0)
    )


@adamw_step.check(
    points=1,
    title="changes the parameter itself and nothing else, in its own dtype, and keeps two parameters apart",
    hint="Write into the parameter under torch.no_grad(); its gradient belongs to others, and its state to it alone. What "
    "do you do when lr, betas or the rest are not given by name?",
    tolerance=1e-5,
)
def parameter_alone(adamw_step):
    rows, columns = different(2)
    turned = torch.nn.Parameter(away_from_zero(rows, columns).double().T)
    other = torch.nn.Parameter(away_from_zero(rows))
    gradients = [away_from_zero(columns, rows).double() for _ in range(3)]
    for gradient in gradients:
        gradient[0] *= 1e-8  # of the size of the usual eps
    spread = away_from_zero(1).expand(rows)
    states = {}, {}

    def by_turns():
        for gradient in gradients:
            adamw_step(turned, gradient, states[0], 0.2)
            adamw_step(other, spread, states[1], 0.3, (0.7, 0.8), 1e-6, 0.5)
        return turned.requires_grad and turned.is_leaf

    return {
        "still a leaf": outcome(by_turns),
        "parameters": [turned, other],
        "states": list(states),
        "gradients afterwards": [*gradients, spread],
    }


def _begun(parameter, state):
    if not state:
        state.update(step=0, m=torch.zeros_like(parameter), v=torch.zeros_like(parameter))
    state["step"] += 1
    return state["step"]


def _remember(gradient, state, betas):
    state["m"] = betas[0] * state["m"] + (1 - betas[0]) * gradient
    state["v"] = betas[1] * state["v"] + (1 - betas[1]) * gradient**2


def _corrected(parameter, gradient, state, betas):
    """Both means, corrected, one step on."""
    t = _begun(parameter, state)
    _remember(gradient, state, betas)
    return state["m"] / (1 - betas[0] ** t), state["v"] / (1 - betas[1] ** t)


def _move(parameter, lr, weight_decay, step):
    with torch.no_grad():
        parameter.mul_(1 - lr * weight_decay)
        parameter.sub_(lr * step)


@adamw_step.misconception(
    "Nothing undoes the beginning at 0. m and v are much too small in the first steps, and not by the same factor: the "
    "first step gets a wrong length."
)
def no_correction(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    _corrected(parameter, gradient, state, betas)
    _move(parameter, lr, weight_decay, state["m"] / (state["v"].sqrt() + eps))


@adamw_step.misconception(
    "Only m is corrected. v begins at 0 too, and dividing by the root of something too small makes the first steps too long."
)
def only_m_corrected(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, _ = _corrected(parameter, gradient, state, betas)
    _move(parameter, lr, weight_decay, m / (state["v"].sqrt() + eps))


@adamw_step.misconception(
    "The correction is that of the first step, in all steps: the betas are not raised to the number of the step. It should "
    "fade away."
)
def correction_stays(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    _corrected(parameter, gradient, state, betas)
    m, v = state["m"] / (1 - betas[0]), state["v"] / (1 - betas[1])
    _move(parameter, lr, weight_decay, m / (v.sqrt() + eps))


@adamw_step.misconception(
    "The correction written into the state is corrected again in the next step. What is remembered are m and v as they are; "
    "their corrected values are for this step only."
)
def corrected_ones_kept(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    state["m"], state["v"] = _corrected(parameter, gradient, state, betas)
    _move(parameter, lr, weight_decay, state["m"] / (state["v"].sqrt() + eps))


@adamw_step.misconception(
    "Steps are counted from 0: at the first one you divide by 1 - beta⁰, which is 0. The first step is number 1."
)
def counted_from_0(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    t = _begun(parameter, state) - 1
    _remember(gradient, state, betas)
    m, v = (state[key] / torch.tensor(1 - beta**t) for key, beta in zip("mv", betas, strict=True))
    _move(parameter, lr, weight_decay, m / (v.sqrt() + eps))


@adamw_step.misconception(
    "eps is under the root. There it acts as if it were its own root, which for small numbers is much larger."
)
def eps_under_the_root(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, v = _corrected(parameter, gradient, state, betas)
    _move(parameter, lr, weight_decay, m / (v + eps).sqrt())


@adamw_step.misconception(
    "eps is added before v is corrected, so that the correction makes it larger too. It is added to the root of the corrected "
    "v."
)
def eps_before_the_correction(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, _ = _corrected(parameter, gradient, state, betas)
    _move(parameter, lr, weight_decay, m * (1 - betas[1] ** state["step"]) ** 0.5 / (state["v"].sqrt() + eps))


@adamw_step.misconception(
    "The decay is added to the gradient, and so it is divided by √v with it: weights with large gradients hardly decay. "
    "This is what the W in AdamW stands against."
)
def decay_in_the_gradient(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, v = _corrected(parameter, gradient + weight_decay * parameter.detach(), state, betas)
    _move(parameter, lr, 0.0, m / (v.sqrt() + eps))


@adamw_step.misconception(
    "The decay does not know the learning rate: weights lose the share weight_decay in each step, however small the steps "
    "have become."
)
def decay_without_the_rate(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, v = _corrected(parameter, gradient, state, betas)
    _move(parameter, 1.0, weight_decay, lr * m / (v.sqrt() + eps))


@adamw_step.misconception(
    "The decay comes after Adam's step, and shrinks that step as well. What decays is the weight as it was before."
)
def decay_after_the_step(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, v = _corrected(parameter, gradient, state, betas)
    with torch.no_grad():
        parameter.sub_(lr * m / (v.sqrt() + eps))
        parameter.mul_(1 - lr * weight_decay)


@adamw_step.misconception("Nothing decays: weight_decay is not used.")
def no_decay(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, v = _corrected(parameter, gradient, state, betas)
    _move(parameter, lr, 0.0, m / (v.sqrt() + eps))


@adamw_step.misconception("The betas have changed places. The first is m's, the second v's.")
def betas_exchanged(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, v = _corrected(parameter, gradient, state, betas[::-1])
    _move(parameter, lr, weight_decay, m / (v.sqrt() + eps))


@adamw_step.misconception(
    "The new gradient comes in whole, without the factor 1 - beta. That is a sum which grows, not a running mean."
)
def sums_for_means(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    t = _begun(parameter, state)
    state["m"] = betas[0] * state["m"] + gradient
    state["v"] = betas[1] * state["v"] + gradient**2
    m, v = state["m"] / (1 - betas[0] ** t), state["v"] / (1 - betas[1] ** t)
    _move(parameter, lr, weight_decay, m / (v.sqrt() + eps))


@adamw_step.misconception(
    "v's root is missing: you divide by the mean square itself, and weights with small gradients fly off."
)
def root_missing(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, v = _corrected(parameter, gradient, state, betas)
    _move(parameter, lr, weight_decay, m / (v + eps))


@adamw_step.misconception(
    "v is the mean of the squares of m, not of the gradients. A gradient that keeps changing its sign would look small."
)
def square_of_the_mean(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    t = _begun(parameter, state)
    state["m"] = betas[0] * state["m"] + (1 - betas[0]) * gradient
    state["v"] = betas[1] * state["v"] + (1 - betas[1]) * state["m"] ** 2
    m, v = state["m"] / (1 - betas[0] ** t), state["v"] / (1 - betas[1] ** t)
    _move(parameter, lr, weight_decay, m / (v.sqrt() + eps))


@adamw_step.misconception(
    "m and v are one and the same tensor. With a = b = torch.zeros(...), what is written into one of them stands in the "
    "other as well."
)
def one_tensor_for_both(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    if not state:
        state["step"] = 0
        state["m"] = state["v"] = torch.zeros_like(parameter)
    state["step"] += 1
    state["m"].mul_(betas[0]).add_(gradient, alpha=1 - betas[0])
    state["v"].mul_(betas[1]).add_(gradient**2, alpha=1 - betas[1])
    m, v = state["m"] / (1 - betas[0] ** state["step"]), state["v"] / (1 - betas[1] ** state["step"])
    _move(parameter, lr, weight_decay, m / (v.sqrt() + eps))


@adamw_step.misconception(
    "Nothing is remembered: state is as empty afterwards as it was, so every step is a first one. Changed dicts stay "
    "changed, while state = {...} makes a new one that nobody sees."
)
def nothing_remembered(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    _adamw_step(parameter, gradient, dict(state), lr, betas, eps, weight_decay)


@adamw_step.misconception("The number of steps stays at 1. It belongs into the state, and grows by 1 in each step.")
def step_stands_still(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    if state:
        state["step"] = 0
    _adamw_step(parameter, gradient, state, lr, betas, eps, weight_decay)


@adamw_step.misconception(
    "The parameter is as before. parameter = parameter - ... makes a new tensor, of which the model knows nothing; write "
    "into the one that you were given."
)
def parameter_not_changed(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    _adamw_step(parameter.detach().clone(), gradient, state, lr, betas, eps, weight_decay)


@adamw_step.misconception("It goes uphill: the step is added. The gradient points to where the loss grows.")
def uphill(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, v = _corrected(parameter, gradient, state, betas)
    _move(parameter, lr, weight_decay, -m / (v.sqrt() + eps))


@adamw_step.misconception(
    "The gradient has been changed. It is not yours: whoever looks at it after the step, or adds up several, finds "
    "something else."
)
def gradient_changed(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    _adamw_step(parameter, gradient, state, lr, betas, eps, weight_decay)
    if gradient.is_contiguous():
        gradient.mul_(1 - betas[0])


@adamw_step.misconception(
    "Torch refuses to change a parameter that learns in place: under torch.no_grad() it lets you, since nobody will ask for "
    "the gradient of the step itself."
)
def with_gradients_on(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, v = _corrected(parameter, gradient, state, betas)
    parameter.mul_(1 - lr * weight_decay)
    parameter.sub_(lr * m / (v.sqrt() + eps))


@adamw_step.misconception(
    "m and v are single floats, whatever the parameter is. They should have its shape and its dtype."
)
def state_in_float32(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    if not state:
        state.update(step=0, m=torch.zeros(parameter.shape), v=torch.zeros(parameter.shape))
    state["step"] += 1
    _remember(gradient.float(), state, betas)
    m, v = (state[key] / (1 - beta ** state["step"]) for key, beta in zip("mv", betas, strict=True))
    _move(parameter, lr, weight_decay, m / (v.sqrt() + eps))


@adamw_step.alternative
def new_means_each_time(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    m, v = _corrected(parameter, gradient, state, betas)
    with torch.no_grad():
        parameter.copy_(parameter - lr * weight_decay * parameter - lr * m / (v.sqrt() + eps))


@adamw_step.alternative
def through_data(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    (b1, b2), t = betas, state.get("step", 0) + 1
    state["step"] = t
    state["m"] = torch.lerp(state.get("m", torch.zeros_like(parameter.data)), gradient, 1 - b1)
    state["v"] = torch.lerp(state.get("v", torch.zeros_like(parameter.data)), gradient.square(), 1 - b2)
    step = (state["m"] / (1 - b1**t)) / ((state["v"] / (1 - b2**t)) ** 0.5 + eps)
    parameter.data -= lr * (step + weight_decay * parameter.data)


@adamw_step.alternative
def corrections_moved(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    t = _begun(parameter, state)
    _remember(gradient, state, betas)
    c1, c2 = 1 - betas[0] ** t, (1 - betas[1] ** t) ** 0.5
    with torch.no_grad():
        parameter -= lr * weight_decay * parameter
        parameter -= lr * c2 / c1 * state["m"] / (state["v"].sqrt() + eps * c2)


@adamw_step.alternative
def sums_with_weights(parameter, gradient, state, lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
    if "m" not in state:
        state["step"] = 0
        state["m"] = torch.zeros(parameter.shape, dtype=parameter.dtype)
        state["v"] = torch.zeros(parameter.shape, dtype=parameter.dtype)
    state["step"] += 1
    weights = [sum((1 - beta) * beta**i for i in range(state["step"])) for beta in betas]
    state["m"] = state["m"] - (1 - betas[0]) * (state["m"] - gradient)
    state["v"] = state["v"] - (1 - betas[1]) * (state["v"] - gradient * gradient)
    with torch.no_grad():
        parameter *= 1 - lr * weight_decay
        parameter -= lr * state["m"] / weights[0] / (eps + torch.sqrt(state["v"] / weights[1]))
