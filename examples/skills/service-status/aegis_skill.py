"""Types of what a handler is given, for your editor and for mypy. Nothing in here runs."""

from typing import Any, Dict, List, Optional, Protocol, Union


class Response(Protocol):
    status: int
    headers: Dict[str, str]
    body: bytes
    ok: bool

    def text(self) -> str: ...

    def json(self) -> Any: ...


class Files(Protocol):
    """Paths are relative to the working directory, or absolute; permissions.files decides."""

    def read(self, path: str) -> str: ...

    def write(self, path: str, content: str) -> None: ...

    def list(self, path: str) -> List[str]: ...

    def remove(self, path: str) -> None: ...


class Context(Protocol):
    """What the manifest does not declare raises PermissionError."""

    files: Files

    def fetch(
        self,
        url: str,
        method: str = "GET",
        headers: Optional[Dict[str, str]] = None,
        body: Union[str, bytes, None] = None,
        json: Any = None,
    ) -> Response: ...

    def env(self, name: str) -> Optional[str]: ...

    def log(self, message: str, **fields: Any) -> None: ...
