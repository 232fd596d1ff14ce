"""timer_cards"""

from alembic import op

revision = "0002_timer_cards"
down_revision = "0001_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TYPE shift_type AS ENUM ('朝番', '昼番', '夜番', 'その他')")
    op.execute("""
        CREATE TABLE timer_cards (
            id serial PRIMARY KEY,
            hakenmoto_id integer REFERENCES employees (hakenmoto_id) ON DELETE CASCADE,
            factory_id varchar(20),
            work_date date NOT NULL,
            shift_type shift_type,
            clock_in time,
            clock_out time,
            break_minutes integer DEFAULT 0,
            overtime_minutes integer DEFAULT 0,
            regular_hours numeric(5,2) DEFAULT 0,
            overtime_hours numeric(5,2) DEFAULT 0,
            night_hours numeric(5,2) DEFAULT 0,
            holiday_hours numeric(5,2) DEFAULT 0,
            notes text,
            is_approved boolean DEFAULT false,
            approved_by integer REFERENCES users (id),
            approved_at timestamptz,
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz
        )
    """)
    op.execute("COMMENT ON TABLE timer_cards IS 'タイムカード: one row for each employee and day'")


def downgrade() -> None:
    op.execute("DROP TABLE timer_cards")
    op.execute("DROP TYPE shift_type")
