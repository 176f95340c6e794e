"""Takes sphinx-thebe out again, which Jupyter Book always loads.

It would run cells on a server somewhere, which this book does not ask for; its script holds the address of a package
server, and stands on every page twice, which is an error in the browser.
"""


def setup(app):
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    # Its listeners would also have copied its style sheet, which the pages now must not name.
    app.registry.css_files[:] = [(name, how) for name, how in app.registry.css_files if name != "sphinx-thebe.css"]
    return {"parallel_read_safe": True, "parallel_write_safe": True}
