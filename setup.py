"""What pyproject.toml cannot say: handler.py, which Lambda wants at the top, is `phat.handler` in a wheel."""

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithHandler(build_py):
    """Builds the packages, with handler.py among the modules of `phat`."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """Modules of a package: package, name, file."""
        modules: list[tuple[str, str, str]] = super().find_package_modules(package, package_dir)
        return [*modules, ("phat", "handler", "handler.py")] if package == "phat" else modules


setup(cmdclass={"build_py": BuildWithHandler})
