import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { stopInBackground } from '../../worker/background.ts';
import { workerEntry } from '../../worker/package-root.ts';
import { readRunning } from '../../worker/process-file.ts';
import { stateFiles } from '../../worker/state-files.ts';
import { serviceName, systemdUnit, unitPath } from '../../worker/systemd-unit.ts';
import type { CliContext } from '../context.ts';
import { findWorkers, requireWorker, withTemporal } from '../temporal.ts';

export interface InstallOptions {
  readonly user: string;
  readonly print?: boolean;
}

/** `kintsugi worker run` */
export async function workerRun(context: CliContext): Promise<void> {
  const { serveAsWorker } = await import('../../worker/serve.ts');
  await serveAsWorker(await context.loadPlan());
}

/** `kintsugi worker status` @throws KintsugiError WORKER_MISSING, TEMPORAL_UNREACHABLE */
export async function workerStatus(context: CliContext): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const workers = await findWorkers(temporal);
    context.answer({ type: 'workers', taskQueue: temporal.taskQueue, workers });
    for (const { pid, host, build } of workers)
      context.say(`Worker ${pid} on ${host} listens at ${temporal.taskQueue} (build ${build}).`);
  });
}

/** `kintsugi worker install`: writes the unit file, enables and starts it; a worker of `kintsugi up` makes way. */
export async function workerInstall(context: CliContext, { user, print }: InstallOptions): Promise<void> {
  const { plan, path, folder, stateFolder } = await context.loadPlan();
  const { project } = plan.stack;
  const text = systemdUnit({ project, planPath: path, folder, user, node: process.execPath, entry: workerEntry });
  const commands = [`systemctl daemon-reload`, `systemctl enable --now ${serviceName(project)}`];
  if (print === true) {
    context.answer({ type: 'unit', path: unitPath(project), text, commands });
    context.say(text);
    context.note(`Write this to ${unitPath(project)} as root, then:`);
    for (const command of commands) context.note(`  ${command}`);
    return;
  }
  requireSystemd('kintsugi worker install --print');
  const running = readRunning(stateFiles(stateFolder).worker);
  if (running !== null) {
    context.note(`The worker that runs (process ${running.pid}) makes way. A running step gets 30 seconds.`);
    await stopInBackground(running, 45_000);
  }
  writeFileSync(unitPath(project), text, { mode: 0o644 });
  await systemctl('daemon-reload');
  await systemctl('enable', '--now', serviceName(project));
  context.answer({ type: 'installed', path: unitPath(project), service: serviceName(project) });
  context.say(`${serviceName(project)} is installed and runs; it starts with the machine and goes on when Docker restarts.`);
  context.say(`  see it    systemctl status ${serviceName(project)}    journalctl -u ${serviceName(project)} -f`);
  context.say(`  secrets   /etc/kintsugi/${project}.env (NAME=value lines, mode 0600), where the plan refers to variables`);
  context.say('  away      kintsugi worker uninstall');
}

/** `kintsugi worker uninstall` */
export async function workerUninstall(context: CliContext): Promise<void> {
  const { plan } = await context.loadPlan();
  const { project } = plan.stack;
  if (!existsSync(unitPath(project))) {
    throw new KintsugiError('NOT_FOUND', `${unitPath(project)} is not there: no service is installed for ${project}.`, {
      state: 'Nothing was changed.',
      hints: ['kintsugi worker status', 'kintsugi down'],
    });
  }
  requireSystemd('kintsugi down');
  await systemctl('disable', '--now', serviceName(project));
  rmSync(unitPath(project));
  await systemctl('daemon-reload');
  context.answer({ type: 'uninstalled', service: serviceName(project) });
  context.say(`${serviceName(project)} is stopped and removed. State, evidence and backups stay. To run a worker: kintsugi up`);
}

function requireSystemd(instead: string): void {
  const isRoot = process.getuid?.() === 0;
  if (existsSync('/run/systemd/system') && isRoot) return;
  throw new KintsugiError(
    'TOOL_MISSING',
    isRoot ? 'systemd does not run on this machine.' : 'Writing a unit file and starting a service needs root.',
    {
      state: 'Nothing was changed.',
      hints: [isRoot ? instead : `sudo ${process.argv.slice(1).join(' ')}`, 'kintsugi up    (a worker without systemd)'],
    },
  );
}

/** @throws KintsugiError IO with what systemctl said. */
async function systemctl(...args: string[]): Promise<void> {
  const { exitCode, stderr } = await execa('systemctl', args, { reject: false });
  if (exitCode === 0) return;
  throw new KintsugiError('IO', `systemctl ${args.join(' ')} ended with ${exitCode}: ${stderr.trim().slice(-500)}`, {
    hints: [`systemctl ${args.join(' ')}`],
  });
}
