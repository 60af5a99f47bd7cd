"""The `bazargah` command, and `python -m marketplace`.

`bazargah serve` alone does not load the application first: the server that takes its place does, and loading twice
would keep each start waiting for seconds.
"""

from __future__ import annotations

import sys

if sys.argv[1:2] == ["serve"]:
    from marketplace.cli.serving import serve

    def main() -> None:
        """Becomes the web server."""
        serve.main(sys.argv[2:], prog_name="bazargah serve")
else:
    from marketplace.app import main

if __name__ == "__main__":
    main()
