"""The process in which a Python handler of a skill runs: started by `aegis dev`, `aegis test` and `aegis build`.

Speaks JSON lines with its parent: the call on standard input, every use of the context as a question on standard output
with its answer on standard input, the result last. What the handler prints goes to standard error. The parent decides
about every use of the context, with the same code as for TypeScript handlers. Needs Python 3.9.
"""

import ast
import asyncio
import base64
import importlib.util
import inspect
import json
import os
import socket
import sys
import threading
import traceback


class AegisError(Exception):
    """What the context refuses, with the product's stable code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class NotGranted(AegisError, PermissionError):
    """The manifest does not grant it (PERMISSION_DENIED)."""


class NotThere(AegisError, FileNotFoundError):
    """There is no such file (NOT_FOUND)."""


KINDS = {"PERMISSION_DENIED": NotGranted, "NOT_FOUND": NotThere}


class Channel:
    """Questions to the parent, one at a time. When the parent is gone, so is this process."""

    def __init__(self):
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        self._in = os.fdopen(os.dup(0), "r", encoding="utf-8")
        # Whatever the handler prints or reads must not meet the protocol.
        os.dup2(2, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        self._ask_lock = threading.Lock()
        self._answered = threading.Condition()
        self._answers = []

    def listen(self):
        threading.Thread(target=self._read_answers, daemon=True).start()

    def read(self):
        line = self._in.readline()
        if line == "":
            os._exit(1)
        return json.loads(line)

    def send(self, message):
        self._out.write(json.dumps(message) + "\n")
        self._out.flush()

    def ask(self, method, *args):
        with self._ask_lock:
            self.send({"kind": "ask", "method": method, "args": args})
            with self._answered:
                self._answered.wait_for(lambda: self._answers)
                answer = self._answers.pop()
        if answer.get("error") is not None:
            error = answer["error"]
            raise KINDS.get(error["code"], AegisError)(error["code"], error["message"])
        return answer.get("value")

    def _read_answers(self):
        while True:
            answer = self.read()
            with self._answered:
                self._answers.append(answer)
                self._answered.notify_all()


class Response:
    """An HTTP answer: `status`, `headers` (names in lower case), `body` (bytes)."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def ok(self):
        return 200 <= self.status < 300

    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)


class Files:
    def __init__(self, channel):
        self._channel = channel

    def read(self, path):
        return self._channel.ask("read", str(path))

    def write(self, path, content):
        self._channel.ask("write", str(path), content)

    def list(self, path):
        return self._channel.ask("list", str(path))

    def remove(self, path):
        self._channel.ask("remove", str(path))


class Context:
    def __init__(self, channel):
        self._channel = channel
        self.files = Files(channel)

    def fetch(self, url, method="GET", headers=None, body=None, json=None):
        headers = dict(headers or {})
        if json is not None:
            body = _to_json(json)
            headers.setdefault("content-type", "application/json")
        raw = body.encode("utf-8") if isinstance(body, str) else body
        encoded = None if raw is None else base64.b64encode(raw).decode("ascii")
        found = self._channel.ask("fetch", str(url), method, headers, encoded)
        return Response(found["status"], found["headers"], base64.b64decode(found["body"]))

    def env(self, name):
        return self._channel.ask("env", name)

    def log(self, message, **fields):
        self._channel.ask("log", str(message), json.loads(_to_json(fields)))


def _to_json(value):
    return json.dumps(value, default=str)


def fence_sockets(channel):
    """urllib, requests and the like meet the same fence as context.fetch, by the name that they look up."""
    resolved = set()
    look_up = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        if host is not None:
            name = host.decode("ascii") if isinstance(host, bytes) else str(host)
            channel.ask("socket", name, port if isinstance(port, int) else 443)
        found = look_up(host, port, *args, **kwargs)
        resolved.update(entry[4][0] for entry in found)
        return found

    def audit(event, args):
        if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] not in resolved:
            channel.ask("socket", str(args[1][0]), args[1][1])

    socket.getaddrinfo = getaddrinfo
    sys.addaudithook(audit)


def load(root, file, name):
    folder = os.path.dirname(file)
    sys.path[0:1] = [folder, root]
    spec = importlib.util.spec_from_file_location("aegis_handler", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["aegis_handler"] = module
    spec.loader.exec_module(module)
    handler = getattr(module, name, None)
    if not callable(handler):
        raise TypeError(f"{os.path.relpath(file, root)} has no function {name}(params, context)")
    return handler


def run(channel, call):
    handler = load(call["root"], call["file"], call["name"])
    output = handler(call["params"], Context(channel))
    if inspect.isawaitable(output):
        output = asyncio.run(_awaited(output))
    try:
        return json.loads(json.dumps(output, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise TypeError(f"the handler returned what JSON cannot hold: {error}") from None


async def _awaited(value):
    return await value


def describe(error, root):
    """The error with the places that lie in the skill, the innermost first."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    own = os.path.abspath(__file__)
    lines = [
        f"    at {frame.name} ({os.path.relpath(frame.filename, root)}:{frame.lineno})"
        for frame in frames
        if os.path.abspath(frame.filename) != own and not frame.filename.startswith("<")
    ]
    if isinstance(error, SyntaxError) and error.filename:
        lines.insert(0, f"    at ({os.path.relpath(error.filename, root)}:{error.lineno})")
    refused = refusal(error)
    name = type(error).__name__ if refused is None else "AegisError"
    return {
        "name": name,
        "message": str(refused or error) or name,
        "code": None if refused is None else refused.code,
        "stack": "\n".join([f"{name}: {error}", *lines]),
    }


def refusal(error):
    """What the context refused, also when a library wrapped it."""
    for _ in range(10):
        if error is None or isinstance(error, AegisError):
            return error
        reason = getattr(error, "reason", None)
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__
    return None


def check(file, name):
    """What is wrong with a handler's file, without running it: `{line, column, message}`, or null."""
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read(), file)
    except SyntaxError as error:
        return {"line": error.lineno or 1, "column": error.offset or 1, "message": error.msg}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            count = len(node.args.posonlyargs) + len(node.args.args)
            if count >= 2 or node.args.vararg is not None:
                return None
            message = f"{name} takes {count} arguments; wanted def {name}(params, context)"
            return {"line": node.lineno, "column": node.col_offset + 1, "message": message}
    names = {alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    targets = {t.id for node in tree.body if isinstance(node, ast.Assign) for t in node.targets if isinstance(t, ast.Name)}
    if name in names | targets:
        return None
    return {"line": 1, "column": 1, "message": f"there is no def {name}(params, context)"}


def main():
    if sys.argv[1:2] == ["--check"]:
        print(json.dumps(check(sys.argv[2], sys.argv[3])))
        return
    channel = Channel()
    call = channel.read()
    channel.listen()
    fence_sockets(channel)
    try:
        last = {"kind": "done", "output": run(channel, call)}
    except BaseException as error:  # SystemExit too: a handler returns, it does not end the process.
        last = {"kind": "failed", "error": describe(error, call["root"])}
    sys.stdout.flush()
    sys.stderr.flush()
    channel.send(last)
    os._exit(0)


main()
