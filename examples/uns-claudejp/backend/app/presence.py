"""Keeps one connection busy, as the real application's schedulers do, and takes it up again at once when it is lost.

Whoever wants the database for himself has to fence it: terminating this session alone helps for 0.1 s.
"""

import logging
import threading

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger("uvicorn.error")


class Presence:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        lost = False
        while not self._stop.is_set():
            try:
                with self._engine.connect() as connection:
                    if lost:
                        log.info("presence: the database is back")
                    lost = False
                    while not self._stop.wait(0.2):
                        connection.execute(text("SELECT count(*) FROM employees WHERE is_active"))
                        connection.commit()
            except SQLAlchemyError as error:
                if not lost:
                    log.warning("presence: the database is lost: %s", str(error).splitlines()[0])
                lost = True
                self._stop.wait(0.1)
