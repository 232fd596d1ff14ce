"""Makes the database uns_objects from the SQL files beside the Compose file, once."""

import os
import pathlib

import psycopg

DATABASE = "uns_objects"


def connect(database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=os.environ.get("POSTGRES_HOST", "db"),
        port=os.environ.get("POSTGRES_PORT", "5432"),
        user=os.environ.get("POSTGRES_USER", "uns_admin"),
        password=os.environ.get("POSTGRES_PASSWORD"),
        dbname=database,
        application_name="importer",
        autocommit=True,
    )


def load_objects(folder: pathlib.Path) -> None:
    with connect("postgres") as connection:
        connection.execute((folder / "roles.sql").read_text(encoding="utf-8"))
        exists = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if exists is None:
            connection.execute((folder / "database.sql").read_text(encoding="utf-8"))
    with connect(DATABASE) as connection:
        # The marker is written by the last statement of the same transaction: a load that was cut off begins anew.
        done = connection.execute("SELECT to_regclass('public.objects_loaded')").fetchone()
        if done and done[0]:
            print(f"importer: {DATABASE} is present")
            return
        with connection.transaction():
            for file in sorted(folder.glob("[0-9]*.sql")):
                connection.execute(file.read_text(encoding="utf-8"))
    print(f"importer: {DATABASE} made")
