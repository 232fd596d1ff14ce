/** Entry of the benchmarks: reads the options, runs one, prints its report. Set up and started by `scripts/bench.mjs`. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { duration, milliseconds } from '../src/plan/units.ts';
import { judgeBackups, renderBackupBench } from './backup/report.ts';
import { benchBackup } from './backup/run.ts';
import { judge as judgeIncidents, renderReport as renderIncidents } from './incidents/report.ts';
import { benchIncidents } from './incidents/run.ts';
import { benchRepair, isMet, renderRepairBench } from './repair/run.ts';
import { judge } from './restore/bars.ts';
import { renderReport } from './restore/report.ts';
import { benchRestore } from './restore/run.ts';

const help = `npm run bench -- backup [--rows LIST] [--rounds N] [--json]

Takes backups of one generated database by plain pg_dump (same format, jobs and compression) and by Kintsugi, in turn, and prints
seconds, ratios and the worker's memory; content fingerprints are measured apart.

  --rows LIST  timer cards of each size, such as 500000,25000000 for 100 MB to 5 GB (default 500000,5000000)

npm run bench -- incidents [options]

Opens incidents evenly, so that their timers are spread evenly, and prints how late their calls are at a receiver on this machine,
whether every message arrived once, and the memory of the worker: real worker, real Temporal, signed webhooks.

  --incidents N  open P1 incidents at one time (default 5000)
  --every T      from one call of an incident to its next, and from update to update (default 15m, as the document has it)
  --calls N      calls after the first that are waited for (default 1); the run takes N + 1 times --every

npm run bench -- repair [--rows N] [--rounds N] [--share PERCENT] [--json]

repair: repairs the same bad data (Scenario 3) by the best single statements and by Kintsugi, side by side.
  --share N    per cent of the rows that are bad, of each of the four kinds (default 2)

npm run bench -- restore [options]

Restores one generated database again and again, side by side, and prints seconds per phase, ratios and bars:
the document's own script, plain pg_restore -j, Kintsugi end to end, and Kintsugi with its worker killed.

  --rows N     timer cards in the database (default 1000000)
  --rounds N   rounds; every way runs once in each, and medians count (default 3)
  --jobs N     parallel jobs of pg_restore, plain and Kintsugi's (default 2)
  --only LIST  of document, pg_restore, kintsugi, kintsugi+content, kintsugi+kill (default all)
  --json       print JSON only (both)

Exit status: 0 when every bar is met, 1 when one is missed, 2 when the benchmark itself failed.
`;

const ways = z.enum(['document', 'pg_restore', 'kintsugi', 'kintsugi+content', 'kintsugi+kill']);
const optionsSchema = z.object({
  rows: z.coerce.number().int().min(1000).default(1_000_000),
  rounds: z.coerce.number().int().min(1).max(50),
  jobs: z.coerce.number().int().min(1).max(64),
  share: z.coerce.number().min(0.1).max(20),
  only: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(ways)),
});

const incidentOptions = z
  .object({ incidents: z.coerce.number().int().min(1), every: duration, calls: z.coerce.number().int().min(1).max(20) })
  .transform(({ incidents, every, calls }) => ({ incidents, everyMs: milliseconds(every), rounds: calls }));

const say = (line: string) => process.stderr.write(`${line}\n`);

async function incidents(values: { readonly json: boolean }): Promise<number> {
  const run = await benchIncidents(incidentOptions.parse(values), say);
  const bars = judgeIncidents(run);
  process.stdout.write(values.json ? `${JSON.stringify({ ...run, bars }, null, 2)}\n` : renderIncidents(run));
  return bars.every(({ met }) => met) ? 0 : 1;
}

const backupOptions = z.object({
  sizes: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(z.coerce.number<string>().int().min(1000)).min(1)),
  rounds: z.coerce.number().int().min(1).max(50),
});

async function backup(values: {
  readonly rows?: string | undefined;
  readonly rounds: string;
  readonly json: boolean;
}): Promise<number> {
  const run = await benchBackup(backupOptions.parse({ ...values, sizes: values.rows ?? '500000,5000000' }), say);
  const bars = judgeBackups(run);
  process.stdout.write(values.json ? `${JSON.stringify({ ...run, bars }, null, 2)}\n` : renderBackupBench(run));
  return bars.every(({ met }) => met !== false) ? 0 : 1;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rows: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      jobs: { type: 'string', default: '2' },
      only: { type: 'string', default: ways.options.join(',') },
      share: { type: 'string', default: '2' },
      incidents: { type: 'string', default: '5000' },
      every: { type: 'string', default: '15m' },
      calls: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [which] = positionals;
  const known = ['backup', 'incidents', 'repair', 'restore'];
  if (values.help || positionals.length !== 1 || which === undefined || !known.includes(which)) {
    process.stdout.write(help);
    return values.help ? 0 : 2;
  }
  if (which === 'incidents') return incidents(values);
  if (which === 'backup') return backup(values);
  const options = optionsSchema.parse(values);
  if (which === 'repair') {
    const repaired = await benchRepair(options, say);
    process.stdout.write(values.json ? `${JSON.stringify(repaired, null, 2)}\n` : renderRepairBench(repaired));
    return isMet(repaired) ? 0 : 1;
  }
  const run = await benchRestore(options, say);
  const bars = judge(run);
  process.stdout.write(values.json ? `${JSON.stringify({ ...run, bars }, null, 2)}\n` : renderReport(run, bars));
  if (run.failure !== null) throw new Error(run.failure);
  return bars.every((bar) => bar.met !== false) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`\nThe benchmark failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
