import type { Pack } from '../repairs.ts';
import { calculateHours, preventDuplicate, syncFactory, updateTimestamp, validateApproval } from './timer-card-functions.ts';

const table = 'timer_cards';
/** What a person typed in: no repair of this pack may change it, whatever triggers do. */
const keeps = ['id', 'hakenmoto_id', 'work_date', 'shift_type', 'clock_in', 'clock_out', 'break_minutes', 'notes', 'created_at'];
const show = ['hakenmoto_id', 'work_date'];

/** Minutes from clock_in to clock_out without the break, as the application's trigger counts them. */
const worked = `floor(extract(epoch FROM t.clock_out) / 60) - floor(extract(epoch FROM t.clock_in) / 60)
  + CASE WHEN t.clock_out < t.clock_in THEN 1440 ELSE 0 END - coalesce(t.break_minutes, 0)`;

const trigger = (name: string, event: string) =>
  ({
    kind: 'trigger',
    name,
    table,
    definition: `CREATE TRIGGER ${name} BEFORE ${event} ON timer_cards FOR EACH ROW EXECUTE FUNCTION ${name}()`,
  }) as const;
const check = (name: string, condition: string) =>
  ({ kind: 'constraint', name, table, definition: `CHECK (${condition})` }) as const;
const index = (name: string, on: string, definition: string) => ({ kind: 'index', name, table: on, definition }) as const;

/** The older card of the same employee and day. */
const keptCard = `FROM timer_cards AS kept
  WHERE kept.id = found.kept_id AND kept.hakenmoto_id = t.hakenmoto_id AND kept.work_date = t.work_date`;

/**
 * Scenario 3 of the timer card module and its weekly checks. The order is that of known-faults row 9: a BEFORE UPDATE trigger
 * raises on any duplicated row, another on an approved row without approver, so duplicates go first, then approvals. The unique
 * constraint comes back right after the duplicates: without its index the trigger would read the whole table for each row.
 */
export const timerCards: Pack = {
  rules: [
    {
      name: 'duplicates',
      severity: 'P2',
      table,
      // One pass (row 11). A card without an employee is no duplicate of another: NULL is not equal to NULL.
      find: `SELECT id, kept_id FROM (
  SELECT id, first_value(id) OVER (PARTITION BY hakenmoto_id, work_date ORDER BY id ROWS UNBOUNDED PRECEDING) AS kept_id
    FROM timer_cards WHERE hakenmoto_id IS NOT NULL) AS cards
 WHERE id <> kept_id`,
      // The one that stays is looked at again. A lock on it would be written into a page that nothing else touches, so only where
      // somebody deletes or changes it at this moment (xmax) is that waited for; who begins later comes after this repair anyhow.
      still: `(EXISTS (SELECT ${keptCard} AND kept.xmax = 0) OR EXISTS (SELECT ${keptCard} FOR SHARE))`,
      show: [...show, 'clock_in', 'clock_out', 'is_approved'],
      repair: 'delete',
      unchanged: [
        {
          name: 'days of employees that have a card',
          sql: `SELECT count(*) FROM (
  SELECT DISTINCT c.hakenmoto_id, c.work_date FROM timer_cards AS c
   WHERE c.id IN (SELECT id FROM touched UNION ALL SELECT kept_id FROM touched)) AS days`,
        },
      ],
    },
    {
      name: 'orphaned approvals',
      severity: 'P2',
      table,
      // Only what is approved (row 13): most cards without an approver were never approved.
      where: 't.is_approved AND (t.approved_by IS NULL OR t.approved_at IS NULL)',
      show: [...show, 'is_approved', 'approved_by', 'approved_at'],
      repair: { set: { is_approved: 'false', approved_by: 'NULL', approved_at: 'NULL' } },
      keeps,
      after: ['duplicates', 'one card a day'],
    },
    {
      name: 'factory mismatch',
      severity: 'P3',
      table,
      // IS DISTINCT FROM (row 12): <> misses the cards and employees without a factory.
      find: `SELECT c.id FROM timer_cards AS c JOIN employees AS e ON e.hakenmoto_id = c.hakenmoto_id
 WHERE c.factory_id IS DISTINCT FROM e.factory_id`,
      still: `t.hakenmoto_id IS NOT NULL
  AND t.factory_id IS DISTINCT FROM (SELECT e.factory_id FROM employees AS e WHERE e.hakenmoto_id = t.hakenmoto_id)`,
      show: [...show, 'factory_id'],
      repair: { set: { factory_id: '(SELECT e.factory_id FROM employees AS e WHERE e.hakenmoto_id = t.hakenmoto_id)' } },
      keeps,
      after: ['orphaned approvals'],
    },
    {
      name: 'missing hours',
      severity: 'P2',
      table,
      // The same condition to find and to repair (row 14). A shift that its break fills has no hours, and none are missing.
      where: `t.clock_in IS NOT NULL AND t.clock_out IS NOT NULL
  AND coalesce(t.regular_hours, 0) = 0 AND coalesce(t.overtime_hours, 0) = 0
  AND coalesce(t.night_hours, 0) = 0 AND coalesce(t.holiday_hours, 0) = 0
  AND ${worked} > 0`,
      show: [...show, 'clock_in', 'clock_out', 'break_minutes'],
      repair: { retrigger: 'updated_at' },
      keeps,
      after: ['factory mismatch', 'functions and triggers'],
    },
    {
      name: 'break longer than the shift',
      severity: 'P3',
      table,
      where: `t.clock_in IS NOT NULL AND t.clock_out IS NOT NULL AND ${worked} < 0`,
      show: [...show, 'clock_in', 'clock_out', 'break_minutes'],
      after: ['missing hours'],
    },
    {
      name: 'cards of nobody',
      severity: 'P3',
      table,
      // Only where the foreign key was dropped, or rows came in past it.
      find: `SELECT c.id FROM timer_cards AS c LEFT JOIN employees AS e ON e.hakenmoto_id = c.hakenmoto_id
 WHERE c.hakenmoto_id IS NOT NULL AND e.hakenmoto_id IS NULL`,
      show,
      after: ['missing hours'],
    },
  ],
  objects: [
    {
      name: 'one card a day',
      severity: 'P2',
      objects: [{ kind: 'unique', name: 'uq_timer_cards_hakenmoto_work_date', table, definition: '(hakenmoto_id, work_date)' }],
      after: ['duplicates'],
    },
    {
      name: 'functions and triggers',
      severity: 'P2',
      objects: [
        { kind: 'function', name: 'prevent_duplicate_timer_cards', definition: preventDuplicate },
        { kind: 'function', name: 'calculate_timer_card_hours', definition: calculateHours },
        { kind: 'function', name: 'sync_timer_card_factory', definition: syncFactory },
        { kind: 'function', name: 'validate_approval_workflow', definition: validateApproval },
        { kind: 'function', name: 'update_timer_card_timestamp', definition: updateTimestamp },
        trigger('prevent_duplicate_timer_cards', 'INSERT OR UPDATE'),
        trigger('calculate_timer_card_hours', 'INSERT OR UPDATE'),
        trigger('sync_timer_card_factory', 'INSERT OR UPDATE'),
        trigger('validate_approval_workflow', 'INSERT OR UPDATE'),
        trigger('update_timer_card_timestamp', 'UPDATE'),
      ],
      after: ['duplicates', 'orphaned approvals'],
    },
    {
      name: 'constraints',
      severity: 'P2',
      objects: [
        check('ck_timer_cards_break_minutes_range', 'break_minutes BETWEEN 0 AND 180'),
        check(
          'ck_timer_cards_hours_not_negative',
          'regular_hours >= 0 AND overtime_hours >= 0 AND night_hours >= 0 AND holiday_hours >= 0',
        ),
        check('ck_timer_cards_approval_complete', 'NOT is_approved OR (approved_by IS NOT NULL AND approved_at IS NOT NULL)'),
        check('ck_timer_cards_work_date_not_future', 'work_date <= CURRENT_DATE'),
        check(
          'ck_timer_cards_clock_times_valid',
          "clock_in IS NULL OR clock_out IS NULL OR clock_in < clock_out OR (clock_in >= '20:00' AND clock_out <= '06:00')",
        ),
      ],
      after: ['missing hours'],
    },
    {
      name: 'indexes',
      severity: 'P3',
      objects: [
        index('idx_timer_cards_work_date', table, 'USING btree (work_date)'),
        index('idx_timer_cards_factory_date', table, 'USING btree (factory_id, work_date)'),
        index('idx_timer_cards_to_approve', table, 'USING btree (work_date) WHERE NOT is_approved'),
        index('idx_employees_factory', 'employees', 'USING btree (factory_id)'),
        index('idx_employees_kana', 'employees', 'USING btree (lower(full_name_kana))'),
        index('idx_factories_config', 'factories', 'USING gin (config)'),
      ],
      after: ['constraints'],
    },
  ],
};
