/** What the weekly checks tell people. Pure. */

import type { Activities } from '../activities/index.ts';
import type { CheckRun } from '../integrity/trend.ts';
import type { Plan, Severity } from '../plan/schema.ts';
import { severities } from '../plan/severities.ts';
import type { CheckedThing, Finding } from './contract.ts';
import { countOf, type Found, findingsOf, isRepairable } from './repair-says.ts';

type Catalog = Awaited<ReturnType<Activities['lookAtCatalog']>>;
type Relations = Awaited<ReturnType<Activities['readRelations']>>;
type Values = Awaited<ReturnType<Activities['checkValues']>>['checked'];

/** What all parts of a check found. Parts that were left out are missing. */
export interface Looked {
  readonly rules: readonly Found[];
  /** Why the rules could not be run; null if they were. */
  readonly problem: string | null;
  readonly values: Values;
  readonly catalog: Catalog | null;
  readonly relations: Relations | null;
}

const quoted = (name: string) => (/^[\w-]+$/.test(name) ? name : `"${name.replace(/["\\$`]/g, '\\$&')}"`);

/** @returns a line for each thing that was looked at, with the command that repairs it. */
export function checkedThings(
  { rules, problem, values, catalog, relations }: Looked,
  plan: Pick<Plan, 'checks'>,
): CheckedThing[] {
  const thing = (name: string, severity: Severity, found: number, text: string, command: string | null): CheckedThing => ({
    name,
    found,
    severity,
    text,
    command: found === 0 ? null : command,
  });
  return [
    ...(problem === null ? [] : [thing('rules of the plan', 'P3', 1, problem, 'kintsugi recover repair --dry-run')]),
    ...rules.map((each) =>
      thing(
        each.rule.name,
        each.rule.severity,
        each.count,
        countOf(each),
        isRepairable(each) ? `kintsugi recover repair --only ${quoted(each.rule.name)}` : 'kintsugi recover repair --dry-run',
      ),
    ),
    ...values.map(({ name, passed, text }) => {
      const severity = plan.checks.find((check) => check.name === name)?.severity ?? 'P2';
      return thing(name, severity, passed ? 0 : 1, text, 'kintsugi recover repair --dry-run');
    }),
    ...(catalog === null
      ? []
      : [
          thing(
            'invalid indexes, constraints and triggers',
            'P3',
            catalog.invalid.length,
            catalog.invalid.length === 0 ? 'none' : catalog.invalid.slice(0, 3).join('; '),
            'kintsugi recover repair --dry-run',
          ),
          thing(
            'objects of the newest backup',
            'P2',
            catalog.missing.length,
            catalog.comparedWith === null
              ? 'no backup to compare with'
              : catalog.missing.length === 0
                ? `all there, compared with ${catalog.comparedWith}`
                : `missing since ${catalog.comparedWith}: ${catalog.missing.slice(0, 3).join('; ')}`,
            'kintsugi recover repair --dry-run',
          ),
          thing(
            'checksums of pages',
            'P1',
            catalog.checksumFailures ?? 0,
            catalog.checksumFailures === null
              ? 'the server keeps none (initdb --data-checksums)'
              : `${catalog.checksumFailures} failures`,
            'kintsugi recover restore --dry-run',
          ),
        ]),
    ...(relations === null
      ? []
      : [
          thing(
            'tables and indexes (amcheck)',
            'P1',
            new Set(relations.damaged.map(([name]) => name)).size,
            relations.why ??
              (relations.damaged.length > 0
                ? relations.damaged
                    .slice(0, 2)
                    .map((each) => each.join(': '))
                    .join('; ')
                : `${relations.read.length} of ${relations.of} read${relations.left.length > 0 ? `, ${relations.left.length} not in time` : ''}`),
            'kintsugi recover restore --dry-run',
          ),
        ]),
  ];
}

/** @returns what was found, with samples, and before it a table of everything that was looked at. */
export function checkFindings(looked: Looked, things: readonly CheckedThing[], before: CheckRun | null): Finding[] {
  const was = (name: string) => (before?.found[name] === undefined ? '–' : String(before.found[name]));
  const lists: Finding[] = [
    ['invalid', looked.catalog?.invalid ?? []] as const,
    ['missing in the schema', looked.catalog?.missing ?? []] as const,
    ['damaged', (looked.relations?.damaged ?? []).map((each) => each.join(': '))] as const,
  ]
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => ({ title, columns: ['what'], rows: lines.slice(0, 20).map((line) => [line]) }));
  const table = {
    title: 'what was checked',
    columns: ['', 'check', 'found', 'before', ''],
    rows: things.map(({ name, found, text }) => [found === 0 ? '✔' : '✖', name, String(found), was(name), text]),
  };
  return [table, ...findingsOf(looked.rules), ...lists];
}

/** @returns what the incidents of a check say: one for each severity, with the commands. */
export function incidentsOf(things: readonly CheckedThing[], database: string) {
  const wrong = things.filter(({ found }) => found > 0);
  return severities.flatMap((severity) => {
    const some = wrong.filter((each) => each.severity === severity);
    if (some.length === 0) return [];
    const names = some.map(({ name, found }) => `${name} (${found})`).join(', ');
    const lines = some.map(({ name, text, command }) => `${name}: ${text}. ${command ?? ''}`);
    return [
      {
        severity,
        problem: `integrity of database ${database}: ${names}`.slice(0, 500),
        impact: lines.join('\n').slice(0, 2_000),
      },
    ];
  });
}
