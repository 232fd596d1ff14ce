"""indexes for the usual questions"""

from alembic import op

revision = "0005_indexes"
down_revision = "0004_timer_card_constraints"
branch_labels = None
depends_on = None

INDEXES = {
    "idx_timer_cards_work_date": "timer_cards (work_date)",
    "idx_timer_cards_factory_date": "timer_cards (factory_id, work_date)",
    "idx_timer_cards_to_approve": "timer_cards (work_date) WHERE NOT is_approved",
    "idx_employees_factory": "employees (factory_id)",
    "idx_employees_kana": "employees (lower(full_name_kana))",
    "idx_factories_config": "factories USING gin (config)",
}


def upgrade() -> None:
    for name, definition in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {definition}")


def downgrade() -> None:
    for name in reversed(INDEXES):
        op.execute(f"DROP INDEX {name}")
