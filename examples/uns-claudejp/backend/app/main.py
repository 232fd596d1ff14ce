"""The API: health, timer cards to read, one to write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, time

from fastapi import FastAPI, HTTPException, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.database import make_engine
from app.presence import Presence

engine = make_engine("backend", pool_size=5, max_overflow=5, pool_timeout=5)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    presence = Presence(engine)
    presence.start()
    yield
    presence.stop()
    engine.dispose()


app = FastAPI(title="UNS-ClaudeJP example", docs_url="/api/docs", openapi_url="/api/openapi.json", lifespan=lifespan)


def first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


@app.exception_handler(SQLAlchemyError)
def database_unavailable(_: object, error: SQLAlchemyError) -> JSONResponse:
    return JSONResponse(status_code=503, content={"status": "unavailable", "reason": first_line(error)})


@app.get("/api/health")
def health() -> dict[str, object]:
    """Really asks the database: an empty table is healthy, a missing one is not."""
    with engine.connect() as connection:
        newest = connection.execute(text("SELECT max(id) FROM timer_cards")).scalar_one()
    return {"status": "healthy", "database": "reachable", "newest_timer_card": newest}


@app.get("/api/timer-cards/count")
def count_timer_cards() -> dict[str, int]:
    with engine.connect() as connection:
        return {"count": connection.execute(text("SELECT count(*) FROM timer_cards")).scalar_one()}


@app.get("/api/timer-cards")
def list_timer_cards(
    hakenmoto_id: int | None = None, limit: int = Query(default=50, ge=1, le=1000)
) -> list[dict[str, object]]:
    query = text(
        "SELECT * FROM timer_cards"
        " WHERE CAST(:hakenmoto_id AS integer) IS NULL OR hakenmoto_id = CAST(:hakenmoto_id AS integer)"
        " ORDER BY id DESC LIMIT :limit"
    )
    with engine.connect() as connection:
        rows = connection.execute(query, {"hakenmoto_id": hakenmoto_id, "limit": limit})
        return [dict(row) for row in rows.mappings()]


class NewTimerCard(BaseModel):
    hakenmoto_id: int
    work_date: date
    clock_in: time | None = None
    clock_out: time | None = None
    break_minutes: int = Field(default=60, ge=0, le=180)
    notes: str | None = None


@app.post("/api/timer-cards", status_code=201)
def create_timer_card(card: NewTimerCard) -> dict[str, object]:
    """Hours and factory are filled in by the table's triggers; what they or a constraint refuse is the caller's fault."""
    query = text(
        "INSERT INTO timer_cards (hakenmoto_id, work_date, clock_in, clock_out, break_minutes, notes)"
        " VALUES (:hakenmoto_id, :work_date, :clock_in, :clock_out, :break_minutes, :notes) RETURNING *"
    )
    try:
        with engine.begin() as connection:
            return dict(connection.execute(query, card.model_dump()).mappings().one())
    except DBAPIError as error:
        # 23: a constraint; P0001: one of the triggers.
        sqlstate = getattr(error.orig, "sqlstate", None) or ""
        if sqlstate.startswith("23") or sqlstate == "P0001":
            raise HTTPException(status_code=409, detail=first_line(error)) from error
        raise
