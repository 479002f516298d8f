"""The page on a port of this machine."""

from __future__ import annotations

from collections.abc import Callable

from vlitqa.annotation.application import make_application
from vlitqa.annotation.desk import AnnotationDesk
from vlitqa.web.server import LOOPBACK, open_port, run_server


def serve_page(desk: AnnotationDesk, port: int, tell: Callable[[str], None]) -> None:
    """Tells everybody's link and serves the page until it is stopped; raises UsageError for a port that is taken."""
    with open_port(LOOPBACK, port) as listener:
        number = listener.getsockname()[1]
        address = f"http://{LOOPBACK}:{number}"
        desk.store.keep_served(desk.plan.annotators)
        for name in desk.people:
            tell(f"{name} ({len(desk.queue_of(name)):,} items): {address}/a/{desk.token_of(name)}/")
        tell("Every label is on the disk when the page says so. The links stay the same.")
        run_server(make_application(desk, [f"{LOOPBACK}:{number}", f"localhost:{number}"]), listener, address, tell)
