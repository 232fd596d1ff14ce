import type { TestStack } from './stack.ts';

const table = 'timer_cards';

/**
 * Scenario 3 as its symptoms describe it, in a database that has been without the triggers and the constraints that would have
 * refused it: duplicates, approvals without an approver, cards of another factory, cards without hours. Triggers, a function, an
 * index and constraints are missing.
 */
export async function makeInconsistent(stack: TestStack, database = 'uns_claudejp'): Promise<void> {
  await stack.query(
    `ALTER TABLE ${table} DISABLE TRIGGER USER;
     ALTER TABLE ${table} DROP CONSTRAINT uq_timer_cards_hakenmoto_work_date;
     ALTER TABLE ${table} DROP CONSTRAINT ck_timer_cards_approval_complete;
     DROP INDEX idx_timer_cards_work_date;
     DROP TRIGGER calculate_timer_card_hours ON ${table};
     DROP FUNCTION calculate_timer_card_hours();
     INSERT INTO ${table} (hakenmoto_id, factory_id, work_date, clock_in, clock_out, regular_hours, notes)
       SELECT hakenmoto_id, factory_id, work_date, clock_in, clock_out, regular_hours, 'double' FROM ${table} WHERE id % 20 = 0;
     INSERT INTO ${table} (hakenmoto_id, factory_id, work_date, notes) SELECT NULL, NULL, '2025-01-06', 'of nobody' FROM generate_series(1, 3);
     UPDATE ${table} SET is_approved = true, approved_by = NULL, approved_at = now() WHERE id % 20 = 1;
     UPDATE ${table} SET is_approved = true, approved_by = 1, approved_at = NULL WHERE id % 20 = 2;
     UPDATE ${table} SET factory_id = NULL WHERE id % 20 = 3;
     UPDATE ${table} SET factory_id = 'F-999999' WHERE id % 20 = 4;
     UPDATE ${table} SET regular_hours = 0, overtime_hours = 0, night_hours = 0, holiday_hours = 0 WHERE id % 20 IN (0, 3, 5);
     ANALYZE ${table}`,
    database,
  );
}
