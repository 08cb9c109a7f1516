"""The page behind the gate: its libraries' server, with what a visitor could misuse taken out.

Importing this module loads the page's code and all its libraries (seconds). The environment must be set before.
"""

import threading
from typing import Any, NoReturn

import ipyvue.VueTemplateWidget
from ipywidgets.widgets.widget import Widget
from solara.server import app as solara_page
from solara.server import kernel_context, server, starlette

from abm.viz.gate import Page

#: Browser side of the widgets' libraries.
_EXTENSIONS = ("jupyter-vuetify/extension", "jupyter-vue/extension", "anywidget/extension")
#: Before anything else of the page: it follows the system's light or dark unless the visitor has chosen (with the library's own
#: setting for that, it does not draw at all); and a widget may take its time (on a busy machine, its library gives up after 2 s).
_FIRST = """<script>
if (!localStorage.getItem(':solara:theme.variant')) localStorage.setItem(':solara:theme.variant', '"auto"');
{ const given = AbortSignal.timeout.bind(AbortSignal); AbortSignal.timeout = (ms) => given(Math.max(ms, 60000)); }
</script>"""
#: What is put right in the library's page: that, its language, and that it can be zoomed.
_MENDED = (
    ("<head>", f"<head>{_FIRST}"),
    ("<html>", '<html lang="en">'),
    (", maximum-scale=1, user-scalable=no, minimal-ui", ""),
)
_asking = threading.Lock()
_read_root = server.read_root


def page() -> Page:
    """The page, ready to be shown."""
    _take_out_what_visitors_could_misuse()
    solara_page.ensure_apps_initialized()
    return Page(starlette.app, _owns, lambda: len(kernel_context.contexts))


def _owns(kernel: str, session: str, tab: str) -> bool:
    """Whether the tab is one of this visitor's own kernel."""
    context = kernel_context.contexts.get(kernel)
    return context is not None and bool(session) and context.session_id == session and tab in context.page_status


def _take_out_what_visitors_could_misuse() -> None:
    """No module is imported at a browser's word; state is told to the one who asks; the user's own extensions stay out."""
    ipyvue.VueTemplateWidget.import_module = _refuse
    Widget.handle_control_comm_opened = staticmethod(_answer_for_itself)
    server.read_root = _mended_root
    # the list of extensions is otherwise read from the user's settings, and every file of every extension hashed
    server.get_nbextensions = lambda: (list(_EXTENSIONS), dict.fromkeys(_EXTENSIONS, ""))


def _mended_root(path: str, root_path: str = "") -> str | None:
    html: str | None = _read_root(path, root_path)
    if html is None:
        return None
    for wrong, right in _MENDED:
        html = html.replace(wrong, right, 1)
    return html


def _refuse(*_: object) -> NoReturn:
    raise PermissionError("a browser may not have modules imported")


def _answer_for_itself(comm: Any, _message: object) -> None:
    """The library keeps the last such conversation of all visitors; each must be answered in its own."""

    def answer(message: dict[str, Any]) -> None:
        with _asking:
            Widget._control_comm = comm
            Widget._handle_control_comm_msg(message)

    comm.on_msg(answer)
