/** Repairs the same bad data by the best single statements and by Kintsugi, side by side, in one run. */
import { repairs } from '../../src/plan/repairs.ts';
import { TestStack } from '../../test/integration/harness/stack.ts';
import { Steps } from '../../test/integration/harness/steps.ts';
import { seconds } from '../measure.ts';
import { median } from '../restore/measurement.ts';
import { bestStatements, freshCopy, spoil } from './bad-rows.ts';

export interface RepairBenchOptions {
  readonly rows: number;
  readonly rounds: number;
  /** Per cent of the rows that are bad, of each of the four kinds. */
  readonly share: number;
}

/** Seconds of each part. */
type Parts = Readonly<Record<string, number>>;

export interface RepairBench {
  readonly rows: number;
  readonly share: number;
  readonly rounds: readonly { readonly best: Parts; readonly kintsugi: Parts }[];
}

const database = 'bench_repair';

/** @throws an Error when the two ways do not bring the same rows. */
export async function benchRepair(options: RepairBenchOptions, say: (line: string) => void): Promise<RepairBench> {
  const stack = new TestStack({ name: 'bench-repair', rows: options.rows, temporalAddress: '127.0.0.1:1', databaseOnly: true });
  try {
    say(`generates ${options.rows} timer cards`);
    await stack.start();
    await spoil(stack, options.share);
    const rounds = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      const ways = { best: () => byStatements(stack), kintsugi: () => byKintsugi(stack) };
      const [first, second] = round % 2 === 1 ? (['best', 'kintsugi'] as const) : (['kintsugi', 'best'] as const);
      const measured = new Map<string, { parts: Parts; content: string }>();
      for (const way of [first, second]) {
        await freshCopy(stack, database);
        const parts = await ways[way]();
        measured.set(way, { parts, content: await content(stack) });
        say(`round ${round}, ${way}: ${total(parts).toFixed(1)} s`);
      }
      const [best, kintsugi] = [measured.get('best'), measured.get('kintsugi')];
      if (best === undefined || kintsugi === undefined || best.content !== kintsugi.content)
        throw new Error(`the two ways brought other rows: ${best?.content} and ${kintsugi?.content}`);
      rounds.push({ best: best.parts, kintsugi: kintsugi.parts });
    }
    return { rows: options.rows, share: options.share, rounds };
  } finally {
    await stack.remove();
  }
}

async function byStatements(stack: TestStack): Promise<Parts> {
  const parts: Record<string, number> = {};
  for (const [name, sql] of bestStatements) parts[name] = await seconds(() => stack.query(sql, database));
  return parts;
}

/** The very steps of the procedure, without its waiting for people. */
async function byKintsugi(stack: TestStack): Promise<Parts> {
  const steps = await Steps.open(stack.plan, database, { repairs: repairs.parse({ packs: ['timer-cards'] }) });
  const parts: Record<string, number> = {};
  let found: Awaited<ReturnType<typeof find>>['found'] = [];
  const find = () => steps.run('findInconsistencies', { only: [], withNeeded: true });
  parts.find = await seconds(async () => {
    ({ found } = await find());
  });
  const rules = found
    .filter(({ rule, count }) => count > 0 && ('objects' in rule || rule.repair !== undefined))
    .map(({ rule }) => rule);
  for (const rule of rules)
    parts[rule.name] = await seconds(() =>
      steps.run('objects' in rule ? 'repairObjects' : 'repairRows', { rule, incident: null }),
    );
  parts['check again'] = await seconds(() => steps.run('checkRepaired', { rules }));
  return parts;
}

/** updated_at is the instant of the repair: the same in no two runs. */
const content = (stack: TestStack) =>
  stack.query(
    "SELECT count(*), sum(hashtextextended((to_jsonb(t) - 'updated_at')::text, 0)::numeric) FROM timer_cards AS t",
    database,
  );

/** @returns the seconds of the repair itself: without the look before it and the check after it. */
function repairOnly(parts: Parts): number {
  return total(Object.fromEntries(Object.entries(parts).filter(([name]) => name !== 'find' && name !== 'check again')));
}

function total(parts: Parts): number {
  return Object.values(parts).reduce((sum, each) => sum + each, 0);
}

/** @returns the report as text, with the bar. */
export function renderRepairBench({ rows, share, rounds }: RepairBench): string {
  const names = [...new Set(rounds.flatMap(({ best, kintsugi }) => [...Object.keys(kintsugi), ...Object.keys(best)]))];
  const of = (way: 'best' | 'kintsugi', name: string) => {
    const values = rounds.flatMap((round) => round[way][name] ?? []);
    return values.length === 0 ? '–' : median(values).toFixed(1);
  };
  const repair = ratioOf({ rounds }, repairOnly);
  const whole = ratioOf({ rounds }, total);
  return [
    '',
    `${rows.toLocaleString('en')} timer cards, ${share} % bad of each kind · ${rounds.length} rounds, side by side`,
    '',
    `${'seconds (medians)'.padEnd(28)}${'best'.padStart(8)}${'Kintsugi'.padStart(10)}`,
    ...names.map((name) => `${name.padEnd(28)}${of('best', name).padStart(8)}${of('kintsugi', name).padStart(10)}`),
    '',
    `${repair <= bar ? '✔' : '✖'} the repair at most ${bar} × the best single statements: ${repair.toFixed(2)} ×`,
    `– with the look before it and the check after it: ${whole.toFixed(2)} ×`,
    '',
  ].join('\n');
}

const bar = 1.5;

/** @returns the median over the rounds of Kintsugi's seconds over those of the best statements. */
function ratioOf({ rounds }: Pick<RepairBench, 'rounds'>, of: (parts: Parts) => number): number {
  return median(rounds.map(({ best, kintsugi }) => of(kintsugi) / of(best)));
}

/** @returns whether the bar is met. */
export function isMet(run: RepairBench): boolean {
  return ratioOf(run, repairOnly) <= bar;
}
