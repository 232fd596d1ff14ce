/** Entry of the worker process: `node dist/worker/main.js --plan FILE`, as `kintsugi up` and systemd start it. */
import { parseArgs } from 'node:util';
import { formatError, KintsugiError } from '../errors/kintsugi-error.ts';
import { errorTable } from '../errors/table.ts';
import { discoverPlan, loadPlan } from '../plan/load.ts';
import { serveAsWorker } from './serve.ts';

try {
  const { values } = parseArgs({ options: { plan: { type: 'string' } } });
  await serveAsWorker(await loadPlan(await discoverPlan(process.cwd(), values.plan)));
  process.exit(0);
} catch (error) {
  const known = error instanceof KintsugiError ? error : new KintsugiError('INTERNAL', String(error), { cause: error });
  process.stderr.write(`${formatError(known)}\n`);
  process.exit(errorTable[known.code].exit);
}
