import type { TestStack } from '../../test/integration/harness/stack.ts';

/** A copy of the database for one way: made new each time, so that both begin with the same files. */
export async function freshCopy(stack: TestStack, name: string): Promise<void> {
  await stack.query(`DROP DATABASE IF EXISTS ${name}`);
  await stack.query(`CREATE DATABASE ${name} TEMPLATE uns_claudejp`);
  await stack.query('CHECKPOINT');
}

/**
 * Scenario 3 on `share` per cent of the rows for each symptom. The triggers and the check of approvals are off, as where they were
 * added late; the unique constraint is gone.
 */
export async function spoil(stack: TestStack, share: number): Promise<void> {
  const every = Math.round(100 / share);
  await stack.query(
    `ALTER TABLE timer_cards DISABLE TRIGGER USER;
     ALTER TABLE timer_cards DROP CONSTRAINT uq_timer_cards_hakenmoto_work_date;
     ALTER TABLE timer_cards DROP CONSTRAINT ck_timer_cards_approval_complete;
     INSERT INTO timer_cards (hakenmoto_id, factory_id, work_date, clock_in, clock_out, regular_hours)
       SELECT hakenmoto_id, factory_id, work_date, clock_in, clock_out, 8 FROM timer_cards WHERE id % ${every} = 0;
     UPDATE timer_cards SET is_approved = true, approved_by = NULL WHERE id % ${every} = 1;
     UPDATE timer_cards SET factory_id = 'F-999999' WHERE id % ${every} = 2;
     UPDATE timer_cards SET regular_hours = 0, overtime_hours = 0, night_hours = 0, holiday_hours = 0 WHERE id % ${every} = 3`,
    'uns_claudejp',
  );
  // VACUUM runs in no transaction, and a command of several statements is one.
  await stack.query('VACUUM (FULL, ANALYZE) timer_cards', 'uns_claudejp');
}

/** The best single statements that do the same, without any copy, check or way back: what a database administrator would type. */
export const bestStatements: readonly (readonly [name: string, sql: string])[] = [
  [
    'duplicates',
    `DELETE FROM timer_cards AS t USING (SELECT id, row_number() OVER (PARTITION BY hakenmoto_id, work_date ORDER BY id) AS n
       FROM timer_cards WHERE hakenmoto_id IS NOT NULL) AS d WHERE d.id = t.id AND d.n > 1`,
  ],
  [
    'one card a day',
    'ALTER TABLE timer_cards ADD CONSTRAINT uq_timer_cards_hakenmoto_work_date UNIQUE (hakenmoto_id, work_date)',
  ],
  [
    'orphaned approvals',
    `UPDATE timer_cards SET is_approved = false, approved_by = NULL, approved_at = NULL
      WHERE is_approved AND (approved_by IS NULL OR approved_at IS NULL)`,
  ],
  [
    'factory mismatch',
    `UPDATE timer_cards AS t SET factory_id = e.factory_id FROM employees AS e
      WHERE e.hakenmoto_id = t.hakenmoto_id AND t.factory_id IS DISTINCT FROM e.factory_id`,
  ],
  ['functions and triggers', 'ALTER TABLE timer_cards ENABLE TRIGGER USER'],
  [
    'missing hours',
    `UPDATE timer_cards SET updated_at = updated_at WHERE clock_in IS NOT NULL AND clock_out IS NOT NULL
        AND regular_hours = 0 AND overtime_hours = 0 AND night_hours = 0 AND holiday_hours = 0`,
  ],
  [
    'constraints',
    `ALTER TABLE timer_cards ADD CONSTRAINT ck_timer_cards_approval_complete
       CHECK (NOT is_approved OR (approved_by IS NOT NULL AND approved_at IS NOT NULL))`,
  ],
];
