import { type Graph, named, pendingAfter, relationOf } from '../migrations/graph.ts';
import { failure } from './failure.ts';
import { check, long } from './proxies.ts';
import type { ProcedureRun } from './run-procedure.ts';

/** What has to happen to the schema so that it fits certain code. */
export interface SchemaChange {
  readonly direction: 'none' | 'down' | 'up';
  /** The image whose migrations do it; null: the one that Compose would start now. */
  readonly image: string | null;
  readonly graph: Graph;
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** For people: what, and why. */
  readonly note: string;
}

const untouched = 'Nothing was stopped or changed.';

/**
 * Compares what code brings with what the database has. Code that knows less than the database needs the schema taken back, which
 * only the image that runs now can do.
 *
 * @param image the one that is to run, with its migrations; null where it has none.
 * @param keepSchema leaves the schema as it is, whatever it is.
 * @throws a failure MIGRATION_FAILED where there is no way from the one to the other.
 */
export async function planSchema(run: ProcedureRun, image: string | null, keepSchema: boolean): Promise<SchemaChange> {
  const none = (note: string): SchemaChange => ({ direction: 'none', image: null, graph: [], from: [], to: [], note });
  if (run.plan.migrations === undefined) return none('not compared: the plan names no migrations');
  if (image === null) return none(`not compared: ${run.plan.migrations.service} is not one of code.services`);
  const coming = await check.readMigrations({ ...run.step, image });
  const { current, heads } = coming;
  if (coming.problem !== null) {
    if (keepSchema) return none(`left alone on request; its migrations cannot be read: ${coming.problem}`);
    throw failure('MIGRATION_FAILED', `The migrations of that code cannot be read: ${coming.problem}.`, {
      state: untouched,
      hints: ['kintsugi recover code --to COMMIT   # another one', 'kintsugi recover code --keep-schema   # without comparing'],
    });
  }
  const at = `the schema is at ${named(current)}`;
  const relation = relationOf(coming.graph, current, heads);
  if (relation === 'same') return none(`${at}, which is what the code brings`);
  if (keepSchema) return none(`${at}, the code brings ${named(heads)}; left alone on request`);
  if (relation === 'before') {
    const steps = pendingAfter(coming.graph, current).map(({ id }) => id);
    return { direction: 'up', image, graph: coming.graph, from: current, to: heads, note: `${at}: up by ${steps.join(', ')}` };
  }
  const going = await check.readMigrations({ ...run.step, image: null });
  if (relationOf(going.graph, current, heads) !== 'after') {
    const why = going.problem === null ? '' : ` The image that runs now cannot help: ${going.problem}.`;
    throw failure(
      'MIGRATION_FAILED',
      `${capital(at)}; there is no way from there to ${named(heads)}, which the code brings.${why}`,
      {
        state: untouched,
        hints: [
          'kintsugi recover code --keep-schema   # if the code works with that schema',
          'kintsugi recover migration   # brings the schema back to the last good revision',
        ],
      },
    );
  }
  const back = pendingAfter(going.graph, heads).filter(({ id }) => !missing(going.graph, current).includes(id));
  return {
    direction: 'down',
    image: null,
    graph: going.graph,
    from: current,
    to: heads,
    note: `${at}, the code knows only ${named(heads)}: needs a downgrade that takes back ${back.map(({ id }) => id).join(', ')}`,
  };
}

/** Revisions that are not applied, although the image has them. */
function missing(graph: Graph, current: readonly string[]): string[] {
  return pendingAfter(graph, current).map(({ id }) => id);
}

/**
 * Changes the schema as planned.
 *
 * @returns where it is now. @throws a failure MIGRATION_FAILED or MIGRATION_BLOCKED that names the migration, why, and who held it up.
 */
export async function changeSchema(run: ProcedureRun, change: SchemaChange): Promise<readonly string[]> {
  const input = { ...run.step, image: change.image, graph: change.graph };
  const ended =
    change.direction === 'up' ? await long.upgradeSchema(input) : await long.downgradeSchema({ ...input, to: change.to });
  if (ended.ok) return ended.current;
  throw changeFailure(change.direction, ended);
}

type Ended = Awaited<ReturnType<typeof long.upgradeSchema>>;

/** @returns how a change of the schema failed, as a failure of ours. */
export function changeFailure(direction: 'none' | 'down' | 'up', ended: Ended): Error {
  const what = `${direction === 'up' ? 'Migration' : 'Taking back'} ${ended.failed?.revision ?? ''}`.trim();
  const at = `The schema is at ${named(ended.current)}.`;
  if (ended.blockedBy.length > 0) {
    return failure('MIGRATION_BLOCKED', `${what} did not get a lock: ${ended.blockedBy.join('; ')} holds it.`, {
      state: at,
      hints: ['end that session: SELECT pg_terminate_backend(PID)', 'kintsugi recover migration'],
    });
  }
  return failure('MIGRATION_FAILED', `${what} failed: ${ended.failed?.why ?? 'it says nothing'}.`, { state: at });
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
