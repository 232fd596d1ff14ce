/** Entry of the `kintsugi` command. */
import { run } from './run.ts';

// `kintsugi status | head -1` is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const status = await run(process.argv.slice(2));
if (status !== 0) process.exitCode = status;
// Temporal's client keeps its channel open a little longer than anyone wants to wait.
process.stdout.write('', () => process.exit());
