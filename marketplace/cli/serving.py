"""The web server's start. It imports next to nothing: what takes its place loads the application (`web_server.py`)."""

from __future__ import annotations

import os
import shutil
import sys

import click

from marketplace.core.settings import SettingsError, read_settings


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), type=int, help="PORT, or 8000.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=48, show_default=True, type=click.IntRange(1, 256))
@click.option(
    "--jobs",
    default=0,
    show_default=True,
    type=click.IntRange(0, 64),
    help="Job processes beside the web workers: workers that share their memory.",
)
def serve(host: str, port: int, workers: int, threads: int, jobs: int) -> None:
    """Serves the web application until it is stopped; answers what has begun before it ends (30 seconds at most), and
    finishes started jobs.
    """
    try:
        folder = read_settings().instance / f"metrics-{port}"
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    os.environ.setdefault("MOST_AT_ONCE", str(max(1, threads // 12)))
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # what one thread gave back is there for the next
    asked = [host, str(port), str(workers), str(threads), str(jobs)]
    os.execv(sys.executable, [sys.executable, "-m", "marketplace.cli.web_server", *asked])  # noqa: S606
