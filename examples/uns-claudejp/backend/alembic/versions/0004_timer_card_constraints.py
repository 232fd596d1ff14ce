"""constraints on timer_cards"""

from alembic import op

revision = "0004_timer_card_constraints"
down_revision = "0003_timer_card_triggers"
branch_labels = None
depends_on = None

CHECKS = {
    "ck_timer_cards_break_minutes_range": "break_minutes BETWEEN 0 AND 180",
    "ck_timer_cards_hours_not_negative": (
        "regular_hours >= 0 AND overtime_hours >= 0 AND night_hours >= 0 AND holiday_hours >= 0"
    ),
    "ck_timer_cards_approval_complete": (
        "NOT is_approved OR (approved_by IS NOT NULL AND approved_at IS NOT NULL)"
    ),
    "ck_timer_cards_work_date_not_future": "work_date <= CURRENT_DATE",
    "ck_timer_cards_clock_times_valid": (
        "clock_in IS NULL OR clock_out IS NULL OR clock_in < clock_out"
        " OR (clock_in >= '20:00' AND clock_out <= '06:00')"
    ),
}


def upgrade() -> None:
    # The unique index takes over from the plain one.
    op.execute(
        "ALTER TABLE timer_cards ADD CONSTRAINT uq_timer_cards_hakenmoto_work_date UNIQUE (hakenmoto_id, work_date)"
    )
    op.execute("DROP INDEX idx_timer_cards_employee_date")
    for name, condition in CHECKS.items():
        op.execute(f"ALTER TABLE timer_cards ADD CONSTRAINT {name} CHECK ({condition})")


def downgrade() -> None:
    for name in reversed(CHECKS):
        op.execute(f"ALTER TABLE timer_cards DROP CONSTRAINT {name}")
    op.execute("CREATE INDEX idx_timer_cards_employee_date ON timer_cards (hakenmoto_id, work_date)")
    op.execute("ALTER TABLE timer_cards DROP CONSTRAINT uq_timer_cards_hakenmoto_work_date")
