import type { Graph } from '../../migrations/graph.ts';
import { headsOf } from '../../migrations/graph.ts';
import { type MigrationTool, readCurrent, readFailure, readHistory } from '../../migrations/tool.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { serverAccess, withClient } from '../postgres/server.ts';
import { type MigrationInput, requireMigrations, runTool } from './tool-job.ts';

/** What the database has, against what the application's image brings. */
export interface MigrationState {
  readonly tool: string;
  /** Revisions that the database is at. */
  readonly current: readonly string[];
  /** Revisions that the image knows; empty if its files cannot be read. */
  readonly graph: Graph;
  readonly heads: readonly string[];
  /** Why the image's files cannot be read, in the tool's words; null if they can. */
  readonly problem: string | null;
  readonly command: readonly string[];
}

/**
 * Asks the database for its revision and the tool for its revisions. Changes nothing.
 *
 * @throws KintsugiError NOT_FOUND where the database is missing; and what the job throws.
 */
export async function readMigrations(context: WorkerContext, input: MigrationInput): Promise<MigrationState> {
  const { tool } = requireMigrations(input.plan);
  const { run } = tool.commands.history;
  const listed = await runTool(context, input, 'history', run);
  const graph = listed.exitCode === 0 ? readHistory(tool, listed.stdout) : [];
  const problem =
    listed.exitCode === 0
      ? graph.length === 0
        ? `${run.join(' ')} lists no revision`
        : null
      : (readFailure(tool, listed.output)?.why ?? lastWords(listed.output));
  const current = await currentRevisions(context, input, tool, graph);
  return { tool: tool.name, current, graph, heads: headsOf(graph), problem, command: run };
}

/** @returns the newest revisions that the database has. */
export async function currentRevisions(
  context: WorkerContext,
  input: MigrationInput,
  tool: MigrationTool,
  graph: Graph,
): Promise<string[]> {
  const { current } = tool.commands;
  if ('sql' in current) return readCurrent(tool, (await appliedIn(context, input, current.sql)).join('\n'), graph);
  const asked = await runTool(context, input, 'current', current.run);
  return readCurrent(tool, asked.stdout, graph);
}

const noSuchTable = '42P01';

/** @returns the first column of each row; none where the tool has never run. */
async function appliedIn(context: WorkerContext, input: StepInput, sql: string): Promise<string[]> {
  const access = await serverAccess(context, input);
  return withClient(access, input.database, async (client) => {
    try {
      const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
      return rows.map((row) => String(row[0]));
    } catch (error) {
      if ((error as { code?: string }).code === noSuchTable) return [];
      throw error;
    }
  });
}

/** @returns the end of what a program said, in one line. */
export function lastWords(output: string): string {
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-3)
    .join(' / ')
    .slice(-600);
}
