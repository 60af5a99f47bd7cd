"""The `bazargah` command, and `python -m marketplace`.

`bazargah serve` alone does not load the application first: the server that takes its place does, and loading twice
would keep each start waiting for seconds. For the same reason the garbage collector rests while it is loaded: next to
nothing of it is garbage, and the collector would walk what is there again and again.
"""

from __future__ import annotations

import gc
import sys

if sys.argv[1:2] == ["serve"]:
    from marketplace.cli.serving import serve

    def main() -> None:
        """Becomes the web server."""
        serve.main(sys.argv[2:], prog_name="bazargah serve")
else:
    gc.disable()
    from marketplace.app import main

    gc.freeze()
    gc.enable()

if __name__ == "__main__":
    main()
