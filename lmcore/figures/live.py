"""A figure in JupyterLab: ipywidgets, and a frame is drawn when it is asked for."""

import html
import importlib.util
from collections.abc import Mapping

from .choices import is_slider
from .style import STYLE


def has_widgets():
    """Whether ipywidgets is installed."""
    return importlib.util.find_spec("ipywidgets") is not None


def live_widget(figure):
    """The widget, and its first frame."""
    import ipywidgets as widgets

    stage = widgets.HTML()
    stage.add_class("moving")
    controls = {}
    busy = False  # setting one control's choices must not draw a frame for each

    def current():
        values = {}
        for name, control in controls.items():
            pairs = figure.choices(name, values)
            labels = [label for label, _ in pairs]
            if isinstance(control, widgets.Combobox):
                control.options = labels
                values[name] = dict(pairs).get(control.value, control.value)
                continue
            if list(control.options) != labels:
                position = min(control.index, len(labels) - 1)
                control.options = labels
                control.index = position
            values[name] = pairs[control.index][1]
        return values

    def show(_change=None):
        nonlocal busy
        if busy:
            return
        busy = True
        try:
            stage.value = STYLE + figure.frame(current())
        except Exception as error:  # a value typed by the reader: say what is wrong with it, where they look
            stage.value = f"<pre>{html.escape(f'{type(error).__name__}: {error}')}</pre>"
        finally:
            busy = False

    values = {}
    for name in figure.axes:
        pairs = figure.choices(name, values)
        first = figure.first(name, pairs)
        labels = [label for label, _ in pairs]
        looks = {"description": name.replace("_", " "), "style": {"description_width": "initial"}}
        if name in figure.free:
            looks |= {"layout": widgets.Layout(width="90%"), "continuous_update": False}
            control = widgets.Combobox(options=labels, value=labels[first], **looks)
        elif is_slider(pairs) and not isinstance(figure.axes[name], Mapping):
            control = widgets.SelectionSlider(options=labels, index=first, **looks)
        else:
            control = widgets.Dropdown(options=labels, index=first, **looks)
        control.observe(show, "value" if name in figure.free else "index")
        controls[name] = control
        values[name] = pairs[first][1]

    first_frame = figure.frame(values)  # raises here, in the cell, if draw is wrong
    stage.value = STYLE + first_frame
    return widgets.VBox([*controls.values(), stage]), first_frame
