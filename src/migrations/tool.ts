import type { Plan } from '../plan/schema.ts';
import { type Graph, newestOf, type Revision } from './graph.ts';

type Migrations = NonNullable<Plan['migrations']>;
type Commands = NonNullable<Migrations['commands']>;

/** A migration tool: its command lines, and how its words are read. */
export interface MigrationTool {
  readonly name: string;
  readonly commands: Commands;
}

/** Alembic as its commands print since version 1.0; https://alembic.sqlalchemy.org/en/latest/cookbook.html */
const alembic: Commands = {
  // From its table: `alembic current` itself fails where the database has a revision whose file is missing.
  current: { sql: 'SELECT version_num FROM alembic_version' },
  history: {
    run: ['alembic', 'history'],
    line: '^(?<down><base>|\\S.*?) -> (?<revision>[^\\s,]+)(?: \\([^)]*\\))*(?:, (?<message>.*))?$',
    order: 'newestFirst',
  },
  upgrade: { run: ['alembic', 'upgrade', 'heads'] },
  downgrade: { run: ['alembic', 'downgrade', '{revision}'] },
  applying: 'Running (?:upgrade|downgrade) .*?-> (?<revision>[^\\s,]*)',
  // The last line of a Python traceback, or Alembic's own words.
  failure: '^(?:FAILED: |ERROR |\\w+(?:\\.\\w+)+: \\S|\\w*(?:Error|Exception)\\b)',
};

/** @returns the tool that the plan names. @param migrations the plan’s section; its schema sees to it that commands are there. */
export function migrationTool(migrations: Migrations): MigrationTool {
  return migrations.commands === undefined
    ? { name: 'alembic', commands: alembic }
    : { name: migrations.commands.upgrade.run[0] ?? 'commands', commands: migrations.commands };
}

/** @returns the command line that goes down to a revision, and whether it must be run once for each step. */
export function downgradeTo(tool: MigrationTool, revision: string): { run: string[]; stepwise: boolean } {
  const { run } = tool.commands.downgrade;
  return {
    run: run.map((part) => part.replaceAll('{revision}', revision)),
    stepwise: !run.some((part) => part.includes('{revision}')),
  };
}

/** @returns the revisions that the tool lists, as far as its lines can be read. */
export function readHistory(tool: MigrationTool, output: string): Graph {
  const { line, order } = tool.commands.history;
  const found = matches(line, output);
  const linear = !line.includes('(?<down>');
  const oldestFirst = order === 'oldestFirst' ? found : found.toReversed();
  return oldestFirst.map((groups, at): Revision => {
    const before = linear ? oldestFirst[at - 1]?.revision : groups.down;
    return { id: groups.revision ?? '', down: downs(before ?? ''), message: (groups.message ?? '').trim() };
  });
}

/** @returns the applied revisions that no other one follows. @param output lines of the tool’s command, or of the query’s answer. */
export function readCurrent(tool: MigrationTool, output: string, graph: Graph): string[] {
  const { current } = tool.commands;
  const line = 'line' in current ? current.line : '^(?<revision>\\S+)$';
  return newestOf(
    graph,
    matches(line, output).map(({ revision }) => revision ?? ''),
  );
}

/** What a tool said when it failed. */
export interface Failed {
  /** The migration that was being applied or taken back; null when it did not come that far. */
  readonly revision: string | null;
  /** Why, in the tool’s own words. */
  readonly why: string;
}

/** @returns which migration failed and why, from what the tool said; null where it says nothing of a failure. */
export function readFailure(tool: MigrationTool, output: string): Failed | null {
  const lines = output.split('\n').map((text) => text.trimEnd());
  const { applying, failure } = tool.commands;
  const starts = lines.findLastIndex((text) => new RegExp(applying, 'u').test(text));
  // What came before the last migration that began is of one that went well, or of an earlier start.
  const after = lines.slice(starts + 1);
  const why = after.findLast((text) => new RegExp(failure, 'u').test(text));
  if (why === undefined) return null;
  const detail = after.slice(after.indexOf(why) + 1).filter((text) => /^(DETAIL|HINT|LINE|CONTEXT):?/.test(text));
  const revision = starts < 0 ? null : (new RegExp(applying, 'u').exec(lines[starts] ?? '')?.groups?.revision ?? null);
  return { revision: revision === '' ? null : revision, why: [why, ...detail].join(' ').slice(0, 600) };
}

function matches(line: string, output: string): Record<string, string | undefined>[] {
  const expression = new RegExp(line, 'u');
  return output.split('\n').flatMap((text) => {
    const groups = expression.exec(text.trimEnd())?.groups;
    return groups === undefined ? [] : [groups];
  });
}

/** `<base>`, `a`, `a, b`, `a, b (c)`: what it depends on in another branch comes before it, too. */
function downs(text: string): string[] {
  return text.split(/[\s,()]+/u).filter((id) => id !== '' && id !== '<base>');
}
