#!/bin/bash
# The plan's own script (disaster-recovery-plan.md, Backup Restoration Procedure), made runnable: names of container, Compose
# program and health address are variables, `jq` is left out, and the sleeps can be left out (SLEEP=true instead of sleep).
# Everything else is as written there, also what is wrong with it: it drops before it restores, and psql goes on after errors.

BACKUP_FILE=$1
BACKUP_DATE=$(date +%s)

if [ ! -f "$BACKUP_FILE" ]; then
    echo "[X] Backup file not found: $BACKUP_FILE"
    exit 1
fi

echo "[*] Starting database restoration..."
echo "[*] Backup file: $BACKUP_FILE"
echo "[*] Timestamp: $BACKUP_DATE"

# Step 1: Verify backup integrity
echo "[*] Verifying backup integrity..."
if ! head -c 100 "$BACKUP_FILE" | grep -q "PostgreSQL"; then
    echo "[X] Backup file appears corrupted"
    exit 1
fi

# Step 2: Stop services
echo "[*] Stopping services..."
$COMPOSE stop backend frontend importer

# Step 3: Drop existing database
echo "[*] Dropping existing database..."
$COMPOSE up -d db
$SLEEP 5
docker exec "$DATABASE" psql -U uns_admin -d postgres -c "
    SELECT pg_terminate_backend(pid)
    FROM pg_stat_activity
    WHERE datname = 'uns_claudejp';
"
docker exec "$DATABASE" psql -U uns_admin -d postgres -c "DROP DATABASE IF EXISTS uns_claudejp;"

# Step 4: Restore from backup
echo "[*] Restoring from backup (this may take several minutes)..."
cat "$BACKUP_FILE" | docker exec -i "$DATABASE" psql -U uns_admin -d postgres

# Step 5: Verify restore
echo "[*] Verifying restore..."
TIMER_CARD_COUNT=$(docker exec "$DATABASE" psql -U uns_admin -d uns_claudejp -t -c "SELECT COUNT(*) FROM timer_cards;")
echo "[OK] Timer cards restored: $TIMER_CARD_COUNT records"

# Step 6: Restart services
echo "[*] Restarting services..."
$COMPOSE up -d backend frontend

# Step 7: Verify health
$SLEEP 20
echo "[*] Verifying health..."
curl -s "$HEALTH"

echo "[OK] Database restoration completed at $BACKUP_DATE"
