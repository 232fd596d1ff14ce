"""extensions, users, factories, employees"""

from alembic import op

revision = "0001_people"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('CREATE EXTENSION IF NOT EXISTS "uuid-ossp"')
    op.execute("CREATE EXTENSION IF NOT EXISTS pgcrypto")
    op.execute("CREATE TYPE user_role AS ENUM ('SUPER_ADMIN', 'ADMIN', 'COORDINATOR', 'EMPLOYEE')")
    op.execute("""
        CREATE TABLE users (
            id serial PRIMARY KEY,
            public_id uuid NOT NULL DEFAULT uuid_generate_v4() UNIQUE,
            username varchar(50) NOT NULL UNIQUE,
            email varchar(100) NOT NULL UNIQUE,
            password_hash varchar(255) NOT NULL,
            role user_role NOT NULL DEFAULT 'EMPLOYEE',
            full_name varchar(100),
            is_active boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz
        )
    """)
    op.execute("""
        CREATE TABLE factories (
            id serial PRIMARY KEY,
            factory_id varchar(20) NOT NULL UNIQUE,
            name varchar(100) NOT NULL,
            address text,
            config jsonb NOT NULL DEFAULT '{}',
            is_active boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("""
        CREATE TABLE employees (
            id serial PRIMARY KEY,
            hakenmoto_id integer NOT NULL UNIQUE,
            factory_id varchar(20) REFERENCES factories (factory_id),
            full_name_kanji varchar(100) NOT NULL,
            full_name_kana varchar(100),
            nationality varchar(50),
            hire_date date,
            hourly_wage integer,
            is_active boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE employees")
    op.execute("DROP TABLE factories")
    op.execute("DROP TABLE users")
    op.execute("DROP TYPE user_role")
    op.execute("DROP EXTENSION pgcrypto")
    op.execute('DROP EXTENSION "uuid-ossp"')
