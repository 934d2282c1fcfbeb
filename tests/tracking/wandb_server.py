"""A server that answers as W&B's does to what is asked before a training."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

TEAMS = {"edges": [{"node": {"name": name}} for name in ("me", "our-team")]}
USER = {"id": "VXNlcjox", "flags": "{}", "entity": "me", "username": "me", "email": "a@b.c", "admin": False} | {
    "name": "Me", "deletedAt": None, "teams": TEAMS, "apiKeys": {"edges": []},
}  # fmt: skip


@contextmanager
def wandb_server(key: str) -> Iterator[str]:
    """The address of a server that knows one key, and refuses every run."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, {})

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path != "/graphql":
                self._answer(200, {})
            elif self.headers["Authorization"] != _basic(key):
                self._answer(401, {"errors": [{"message": "invalid key"}]})
            elif b"upsertBucket" in asked or b"RunResumeStatus" in asked:
                self._answer(403, {"errors": [{"message": "permission denied"}]})
            else:
                self._answer(200, {"data": {"viewer": USER, "serverInfo": {"features": []}}})

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *about: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"api:{key}".encode()).decode()
