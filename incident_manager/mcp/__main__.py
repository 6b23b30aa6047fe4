"""`python -m incident_manager.mcp [--enable-writes] [--http]`: by standard input and output, or HTTP at /mcp."""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
from collections.abc import Callable, Sequence

from incident_manager.interrupt import run_program


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until the client is gone, or an interrupt."""
    if importlib.util.find_spec("mcp") is None:
        sys.stderr.write("The MCP server needs the extra `agents`: pip install 'tocsin[agents]'.\n")
        return 2
    return run_program(lambda: _read(argv))


def _read(argv: Sequence[str] | None) -> Callable[[], int]:
    from incident_manager.commandline.main import guard  # noqa: PLC0415 - an interrupt may come meanwhile
    from incident_manager.texts.words import Words  # noqa: PLC0415 - as above

    return lambda: guard(lambda: _serve(_parser().parse_args(argv)), Words("en"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m incident_manager.mcp", description=__doc__, allow_abbrev=False)
    parser.add_argument("--enable-writes", action="store_true", help="offer the tools that change something, too")
    parser.add_argument("--http", action="store_true", help="serve streamable HTTP; each call brings its own key")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (loopback)")
    parser.add_argument("--port", type=int, default=8090, help="on which port (8090)")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME[:PORT]", help="a further Host to answer"
    )
    parser.add_argument("--allow-origin", action="append", default=[], metavar="URL", help="a browser's page to answer")
    parser.add_argument("--profile", metavar="NAME", help="a profile of the configuration file")
    parser.add_argument("--config", metavar="FILE", help="the configuration file")
    return parser


def _serve(asked: argparse.Namespace) -> int:
    import uvicorn  # noqa: PLC0415 - only where it serves

    from incident_manager.mcp.callers import Callers  # noqa: PLC0415 - needs the extra
    from incident_manager.mcp.server import make_app, make_server  # noqa: PLC0415 - needs the extra
    from incident_manager.profiles.settings import read_settings, read_url  # noqa: PLC0415 - as above

    if not asked.http:
        # its thread waits for standard input, and nothing but the signal itself ends that
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        settings = read_settings(asked.profile, asked.config)
        make_server(Callers(settings.url, settings), enable_writes=asked.enable_writes).run("stdio")
        return 0
    callers = Callers(read_url(asked.profile, asked.config), None)
    server = make_server(callers, enable_writes=asked.enable_writes)
    app = make_app(server, asked.allow_host, asked.allow_origin, asked.port)
    uvicorn.run(app, host=asked.host, port=asked.port, log_level="warning", access_log=False, proxy_headers=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
