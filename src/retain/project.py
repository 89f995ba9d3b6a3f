"""The project folder (features/, models/, configs/), and the definitions in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

from retain.errors import ConfigError, UsageError
from retain.modules import load_modules

if TYPE_CHECKING:  # where the definitions are and whether they changed is asked before anything is loaded
    from retain.learning.feature import Feature
    from retain.learning.model import Model

FOLDERS = ("features", "models", "configs")
DEFINED_IN = ("features", "models")

Definition = TypeVar("Definition", "Feature", "Model")


@dataclass(frozen=True)
class ProjectFolder(os.PathLike[str]):
    """Where the definitions are, and why there: `origin` completes "the project is <path>, …"."""

    path: Path
    origin: str

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        return f"{self.path} ({self.origin})"


@dataclass(frozen=True)
class Definitions:
    """The features and models of a project, with the text they were made from.

    sources: the text of each file by its path in the project. digest: SHA-256 of the sources. folder: what
    error messages call its home.
    """

    sources: Mapping[str, str] = field(repr=False)
    digest: str
    folder: Path | None = field(default=None, repr=False, compare=False)

    @classmethod
    def from_sources(cls, sources: Mapping[str, str], *, folder: Path | None = None) -> Definitions:
        """Make the definitions from their text alone. Raises ConfigError where a feature cannot be loaded."""
        made = cls(dict(sources), digest=sources_digest(sources), folder=folder)
        made.require_features()
        return made

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The features in the order of the files' names, then of the text; `family` is the file's name.

        Raises ConfigError where a file cannot be imported, or two define the same name.
        """
        from retain.learning.feature import Feature

        modules = _load(self.sources, digest=self.digest, folder=self.folder, of="features")
        found = _unique(_collected(Feature, modules, "features"))
        return tuple(replace(one, family=Path(path).stem) for path, one in found)

    def require_features(self) -> None:
        """Raise ConfigError where a feature cannot be loaded."""
        _ = self.features

    @cached_property
    def models(self) -> Mapping[str, Model]:
        """The models by name, loaded when first asked for: what they import takes seconds.

        Raises ConfigError where a file cannot be imported, or two define the same name.
        """
        from retain.learning.model import Model

        return {one.name: one for _, one in _unique(_collected(Model, self._modules, "models"))}

    @property
    def modules(self) -> tuple[ModuleType, ...]:
        """What cloudpickle must pickle by value, for estimators to load where the project is not."""
        return tuple(self._modules.values())

    @cached_property
    def _modules(self) -> dict[str, ModuleType]:
        return _load(self.sources, digest=self.digest, folder=self.folder)


def find(project: Path | None = None) -> ProjectFolder:
    """Find the project: the one given, else the nearest at or above the working directory, else our own."""
    if project is not None:
        missing = [name for name in FOLDERS if not (project / name).is_dir()]
        if missing:
            raise UsageError(f"{project} is not a project: it has no folder {' nor '.join(missing)}.")
        return ProjectFolder(project.absolute(), "given")
    here = Path.cwd()
    for folder in (here, *here.parents):
        if _is_project(folder):
            return ProjectFolder(folder, "found at or above the working directory")
    return bundled()


def bundled() -> ProjectFolder:
    """The project that comes with retain: in the wheel, or the checkout of an editable install."""
    return _default(Path(__file__).parent)


def load_definitions(folder: ProjectFolder | Path) -> Definitions:
    """Load features/*.py, and models/*.py when they are asked for.

    Raises ConfigError where a file cannot be imported, or two define the same name.
    """
    definitions = read_definitions(folder)
    definitions.require_features()
    return definitions


def read_definitions(folder: ProjectFolder | Path) -> Definitions:
    """The text of features/*.py and models/*.py, which are loaded when they are asked for."""
    home = Path(folder)
    files = sorted(file for name in DEFINED_IN for file in (home / name).glob("*.py"))
    sources = {file.relative_to(home).as_posix(): _text(file) for file in files}
    return Definitions(sources, digest=sources_digest(sources), folder=home)


def sources_digest(sources: Mapping[str, str]) -> str:
    """SHA-256 of the files' names and texts."""
    digest = sha256()
    for path, text in sorted(sources.items()):
        digest.update(f"{path}\0{text}\0".encode())
    return digest.hexdigest()


def _load(
    sources: Mapping[str, str], *, digest: str, folder: Path | None, of: str = ""
) -> dict[str, ModuleType]:
    """The modules of the files whose path begins with `of`, by path."""
    return load_modules(sources, package=f"_retain_{digest[:16]}", folder=folder, of=of)


def _is_project(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in FOLDERS)


def _default(package: Path) -> ProjectFolder:
    """Our own definitions: in the wheel beside the package, in an editable install the checkout's."""
    if _is_project(package / "_project"):
        return ProjectFolder(package / "_project", "the one that comes with retain")
    if _is_project(package.parents[1]):
        return ProjectFolder(package.parents[1], "the checkout that retain is installed from")
    raise UsageError("This copy of retain has no definitions of its own; name a project with --project.")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}.") from error


def _collected(
    kind: type[Definition], modules: Mapping[str, ModuleType], folder: str
) -> Iterator[tuple[str, Definition]]:
    """The definitions of each public module with its path; an imported one belongs to its own module."""
    public = {path: module for path, module in modules.items() if _defines(path, folder)}
    homes = {module.__name__ for module in public.values()}
    for path, module in public.items():
        seen: set[int] = set()
        for value in vars(module).values():
            if not isinstance(value, kind) or id(value) in seen:
                continue
            seen.add(id(value))
            home = _home(value)
            if home == module.__name__ or home not in homes:
                yield path, value


def _defines(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/") and not path.startswith(f"{folder}/_")


def _home(definition: Feature | Model) -> str:
    function = getattr(definition, "function", None) or getattr(definition, "factory", None)
    return str(getattr(function, "__module__", ""))


def _unique(found: Iterable[tuple[str, Definition]]) -> list[tuple[str, Definition]]:
    homes: dict[str, str] = {}
    unique = list(found)
    for path, one in unique:
        home = homes.setdefault(one.name, path)
        if home != path:
            raise ConfigError(f"{home} and {path} both define {one.name!r}; give one of them another name.")
    return unique
