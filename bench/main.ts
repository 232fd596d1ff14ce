/** Entry of the benchmarks: reads the options, runs one, prints its report. Set up and started by `scripts/bench.mjs`. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { benchRepair, isMet, renderRepairBench } from './repair/run.ts';
import { judge } from './restore/bars.ts';
import { renderReport } from './restore/report.ts';
import { benchRestore } from './restore/run.ts';

const help = `npm run bench -- restore [options]
npm run bench -- repair [--rows N] [--rounds N] [--share PERCENT] [--json]

repair: repairs the same bad data (Scenario 3) by the best single statements and by Kintsugi, side by side.
  --share N    per cent of the rows that are bad, of each of the four kinds (default 2)

restore:

Restores one generated database again and again, side by side, and prints seconds per phase, ratios and bars:
the document's own script, plain pg_restore -j, Kintsugi end to end, and Kintsugi with its worker killed.

  --rows N     timer cards in the database (default 1000000)
  --rounds N   rounds; every way runs once in each, and medians count (default 3)
  --jobs N     parallel jobs of pg_restore, plain and Kintsugi's (default 2)
  --only LIST  of document, pg_restore, kintsugi, kintsugi+content, kintsugi+kill (default all)
  --json       print JSON only

Exit status: 0 when every bar is met, 1 when one is missed, 2 when the benchmark itself failed.
`;

const ways = z.enum(['document', 'pg_restore', 'kintsugi', 'kintsugi+content', 'kintsugi+kill']);
const optionsSchema = z.object({
  rows: z.coerce.number().int().min(1000),
  rounds: z.coerce.number().int().min(1).max(50),
  jobs: z.coerce.number().int().min(1).max(64),
  share: z.coerce.number().min(0.1).max(20),
  only: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(ways)),
});

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rows: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      jobs: { type: 'string', default: '2' },
      only: { type: 'string', default: ways.options.join(',') },
      share: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [bench] = positionals;
  if (values.help || positionals.length !== 1 || (bench !== 'restore' && bench !== 'repair')) {
    process.stdout.write(help);
    return values.help ? 0 : 2;
  }
  const options = optionsSchema.parse(values);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  if (bench === 'repair') {
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
