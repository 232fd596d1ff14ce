from logging.config import fileConfig

from alembic import context

from app.database import make_engine

fileConfig(context.config.config_file_name, disable_existing_loggers=False)

# One transaction for each revision: a failed migration leaves the head at the last one that went through.
with make_engine(application_name="alembic").connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
