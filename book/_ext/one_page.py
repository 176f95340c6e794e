"""Lets the book be built as one page, for print: what extensions know to write for pages holds there too.

They name the builder ``html``; that of one page has another name.
"""


def share(app):
    if app.builder.name == "singlehtml":
        handlers = app.registry.translation_handlers
        handlers["singlehtml"] = {**handlers.get("html", {}), **handlers.get("singlehtml", {})}


def setup(app):
    app.connect("builder-inited", share)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
