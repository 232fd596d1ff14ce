"""A page with the number of timer cards, asked of the backend each time."""

import html
import json
import os
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API_URL = os.environ.get("API_URL", "http://api:8000")

PAGE = """<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<title>タイムカード</title>
<style>body {{ font-family: sans-serif; margin: 4rem auto; max-width: 30rem }} strong {{ font-size: 3rem }}</style>
<h1>タイムカード</h1>
<p>{message}</p>
</html>
"""


def count_message() -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{API_URL}/api/timer-cards/count", timeout=10) as response:
            count = json.load(response)["count"]
        return 200, f"<strong>{count:,}</strong> 件 (timer cards)"
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        return 503, f"The timer cards can't be reached: {html.escape(str(error))}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(200, "ok")
        elif self.path == "/":
            status, message = count_message()
            self.answer(status, PAGE.format(message=message))
        else:
            self.answer(404, "not found")

    def answer(self, status: int, body: str) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 3000), Handler).serve_forever()
