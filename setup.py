"""Puts templates and migrations, which stand beside the package, inside it when a wheel is built."""

from pathlib import Path
from shutil import copytree, ignore_patterns

from setuptools import setup
from setuptools.command.build_py import build_py

BESIDE = ("templates", "migrations")


class BuildWhole(build_py):
    """As usual, and then what stands beside the package; an editable install reads it where it is."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for name in BESIDE:
            goal = Path(self.build_lib, "marketplace", name)
            copytree(name, goal, dirs_exist_ok=True, ignore=ignore_patterns("__pycache__"))


setup(cmdclass={"build_py": BuildWhole})
