import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { orNull } from './engine.ts';

/** What Docker takes where a check names none, in milliseconds. */
const defaultTimeout = 30_000;

/**
 * Runs a container's own health test once, now, inside it.
 *
 * @returns whether it passed; false when it has none, when it takes longer than its own timeout, or when the container stops.
 */
export async function passesHealthTest(docker: Docker, id: string, signal: AbortSignal): Promise<boolean> {
  const container = docker.getContainer(id);
  const found = await orNull(() => container.inspect());
  const command = testCommand(found?.Config.Healthcheck?.Test);
  if (found === null || command === null) return false;
  try {
    const test = await container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
    const output = await test.start({});
    output.resume();
    const timeout = (found.Config.Healthcheck?.Timeout ?? 0) / 1e6 || defaultTimeout;
    await finished(output, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) });
    return (await test.inspect()).ExitCode === 0;
  } catch {
    // It stopped, or is being started again: the next look tells.
    return false;
  }
}

/** @returns the command of a health check as Compose and images write it; null where there is none. */
export function testCommand(test: readonly string[] | undefined): string[] | null {
  const [kind, ...rest] = test ?? [];
  if (kind === 'CMD') return rest;
  return kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...rest] : null;
}
