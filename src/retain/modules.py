"""Python files loaded as modules of a private package, from their text alone.

Nothing is added to `sys.path`, and the files do not become top-level modules: features/recency.py is
`_retain_<digest>.features.recency`. Files may import one another relatively.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from retain.errors import ConfigError


class _Text(InspectLoader):
    """Runs the text of one file."""

    def __init__(self, text: str, *, filename: str, is_folder: bool) -> None:
        self.text, self.filename, self.is_folder = text, filename, is_folder

    def get_source(self, fullname: str) -> str:
        return self.text

    def is_package(self, fullname: str) -> bool:
        return self.is_folder

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self.filename
        exec(compile(self.text, self.filename, "exec", dont_inherit=True), module.__dict__)


class _Finder(MetaPathFinder):
    """Finds the modules of one private package."""

    def __init__(self, loaders: Mapping[str, _Text]) -> None:
        self.loaders = loaders

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        loader = self.loaders.get(fullname)
        if loader is None:
            return None
        return ModuleSpec(fullname, loader, origin=loader.filename, is_package=loader.is_folder)


def load_modules(
    sources: Mapping[str, str], *, package: str, folder: Path | None = None, of: str = ""
) -> dict[str, ModuleType]:
    """Import the files of `sources` (text by path) whose path begins with `of`; the modules by path.

    The same `package` is loaded once in a process, so that classes stay the same objects. Raises
    ConfigError with file, line and reason where a file cannot be imported.
    """
    names = {path: _module_name(package, path) for path in sources if path.startswith(of)}
    with _importable(_loaders(sources, package=package, folder=folder), package=package):
        return {path: _imported(name, package=package, path=path) for path, name in sorted(names.items())}


def _module_name(package: str, path: str) -> str:
    parts = path.removesuffix(".py").split("/")
    return ".".join([package, *(parts[:-1] if parts[-1] == "__init__" else parts)])


def _loaders(sources: Mapping[str, str], *, package: str, folder: Path | None) -> dict[str, _Text]:
    """A loader for each module: the package, its folders, the files."""
    home = f"{folder}/" if folder else f"<{package}>/"
    folders = {path.rpartition("/")[0] for path in sources} - {""}
    loaders = {package: _Text("", filename=home, is_folder=True)}
    loaders |= {f"{package}.{name}": _Text("", filename=f"{home}{name}/", is_folder=True) for name in folders}
    for path, text in sources.items():
        is_folder = path.endswith("__init__.py")
        loaders[_module_name(package, path)] = _Text(text, filename=f"{home}{path}", is_folder=is_folder)
    return loaders


@contextmanager
def _importable(loaders: Mapping[str, _Text], *, package: str) -> Iterator[None]:
    """Let Python find the modules; after a failure none of them stays behind."""
    finder = _Finder(loaders)
    sys.meta_path.insert(0, finder)
    try:
        yield
    except ConfigError:
        for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
            del sys.modules[name]
        raise
    finally:
        sys.meta_path.remove(finder)


def _imported(name: str, *, package: str, path: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ConfigError:
        raise
    except Exception as error:  # a definition file is the user's own Python: it may raise anything
        raise ConfigError(_sentence(error, module=name, package=package, path=path)) from error


def _sentence(error: Exception, *, module: str, package: str, path: str) -> str:
    """`features/recency.py, line 3: NameError: …`, of the file where it happened."""
    reason = f"{type(error).__name__}: {str(error).replace(f'{package}.', '')}"
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{error.filename or path}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    home = getattr(sys.modules.get(package), "__file__", None) or f"<{package}>/"
    ours = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(home)]
    where = f"{ours[-1].filename}, line {ours[-1].lineno}" if ours else path
    return f"{where}: {reason}"
