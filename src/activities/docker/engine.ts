import { KintsugiError } from '../../errors/kintsugi-error.ts';

const unreachable = new Set(['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'EACCES', 'ETIMEDOUT']);

/** @returns the HTTP status of an error of the Docker Engine, or undefined for any other error. */
export function engineStatus(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' ? status : undefined;
}

/**
 * Runs a call of the Docker Engine.
 *
 * @throws KintsugiError DOCKER_UNREACHABLE (retryable) when the engine does not answer; anything else as it came.
 */
export async function askEngine<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (engineStatus(error) === undefined && code !== undefined && unreachable.has(code)) {
      throw new KintsugiError('DOCKER_UNREACHABLE', `The Docker Engine does not answer (${code}).`, {
        hints: ['systemctl status docker', 'kintsugi doctor'],
        cause: error,
      });
    }
    throw error;
  }
}

/** @returns what the call returns, or null where the engine answers 404. */
export async function orNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await askEngine(call);
  } catch (error) {
    if (engineStatus(error) === 404) return null;
    throw error;
  }
}
