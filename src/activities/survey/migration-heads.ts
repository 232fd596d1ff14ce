import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import type { StackFacts } from '../../diagnosis/facts.ts';
import type { Plan } from '../../plan/schema.ts';

/** Python starts slowly, and on a machine in trouble slower still. */
const withinMs = 20_000;

/**
 * @returns the heads of the migrations in the application's code, as its own container tells them; null if none runs or it does not
 *   answer. Only files are read.
 */
export async function migrationHeads(docker: Docker, facts: StackFacts, { migrations }: Plan): Promise<string[] | null> {
  if (migrations === undefined || migrations.tool !== 'alembic') return null;
  const container = facts.containers.find(
    ({ service, state }) =>
      state === 'running' && (service === migrations.service || service.startsWith(`${migrations.service}-`)),
  );
  if (container === undefined) return null;
  try {
    const exec = await docker.getContainer(container.id).exec({
      Cmd: ['alembic', 'heads'],
      WorkingDir: migrations.folder,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({});
    let text = '';
    const stdout = new PassThrough().on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    docker.modem.demuxStream(stream, stdout, new PassThrough().resume());
    await finished(stream, { signal: AbortSignal.timeout(withinMs), writable: false });
    if ((await exec.inspect()).ExitCode !== 0) return null;
    return [...text.matchAll(/^(\w+)(?: \([\w, ]+\))? \(head\)/gm)]
      .map(([, id = '']) => id)
      .toSorted((a, b) => a.localeCompare(b));
  } catch {
    return null;
  }
}
