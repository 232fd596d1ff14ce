"""One-shot: migrations, then the first rows, then the second database. Safe to run again at every start."""

import os
import pathlib

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.database import make_engine
from app.objects import load_objects

SEED = pathlib.Path(__file__).with_name("seed.sql")


def migrate() -> None:
    command.upgrade(Config("alembic.ini"), "head")


def seed() -> None:
    engine = make_engine("importer")
    with engine.begin() as connection:
        # Only a database that never had users is new. One whose timer cards are gone is an incident, not new.
        if connection.execute(text("SELECT EXISTS (SELECT FROM users)")).scalar_one():
            print("importer: rows are present, nothing to seed")
            return
        # Without parameters a percent sign is a percent sign.
        connection.execution_options(no_parameters=True).exec_driver_sql(SEED.read_text(encoding="utf-8"))
        cards = connection.execute(text("SELECT count(*) FROM timer_cards")).scalar_one()
        print(f"importer: seeded {cards} timer cards")


if __name__ == "__main__":
    migrate()
    seed()
    if os.environ.get("LOAD_OBJECTS", "true") == "true":
        load_objects(pathlib.Path(os.environ.get("OBJECTS_FOLDER", "/objects")))
