"""The engine and its pool. Pre-ping and pool recycling make a client that comes back as soon as it can."""

import os

from sqlalchemy import URL, Engine, create_engine


def database_url() -> URL:
    return URL.create(
        "postgresql+psycopg",
        username=os.environ.get("POSTGRES_USER", "uns_admin"),
        password=os.environ.get("POSTGRES_PASSWORD"),
        host=os.environ.get("POSTGRES_HOST", "db"),
        port=int(os.environ.get("POSTGRES_PORT", "5432")),
        database=os.environ.get("POSTGRES_DB", "uns_claudejp"),
    )


def make_engine(application_name: str, **options: object) -> Engine:
    return create_engine(
        database_url(),
        pool_pre_ping=True,
        connect_args={"application_name": application_name, "connect_timeout": 3},
        **options,
    )
