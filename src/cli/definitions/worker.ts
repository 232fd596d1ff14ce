import { action, examples } from '../action.ts';
import type { InstallOptions } from '../commands/worker.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `worker run | status | install | uninstall`. */
export function defineWorker(program: KintsugiCommand): void {
  const worker = program.command('worker').description('The worker process: run it, install it as a service of this machine');

  worker
    .command('run')
    .description('Be the worker, in the foreground, until SIGTERM or Ctrl-C: for systemd and containers')
    .addHelpText('after', examples(['kintsugi worker run', 'a running step gets 30 seconds when it is asked to end']))
    .action(action(async (context) => (await import('../commands/worker.ts')).workerRun(context)));

  worker
    .command('status')
    .description('Whether a worker of this plan listens; exit status 6 if none does')
    .addHelpText('after', examples(['kintsugi worker status', 'for health checks']))
    .action(action(async (context) => (await import('../commands/worker.ts')).workerStatus(context)));

  worker
    .command('install')
    .description('Install the worker as a systemd service of this machine: it outlives restarts of Docker and of the machine')
    .option('--print', 'Only show the unit file and the commands')
    .option('--user <name>', 'The user that it runs as; must be allowed to use Docker', 'root')
    .addHelpText(
      'after',
      examples(['kintsugi worker install', 'install, enable, start'], ['kintsugi worker install --print', 'only show']),
    )
    .action(
      action<InstallOptions>(async (context, options) => (await import('../commands/worker.ts')).workerInstall(context, options)),
    );

  worker
    .command('uninstall')
    .description('Stop the service and remove its unit file; state, evidence and backups stay')
    .addHelpText('after', examples(['kintsugi worker uninstall', 'stop it and remove the unit file']))
    .action(action(async (context) => (await import('../commands/worker.ts')).workerUninstall(context)));
}
