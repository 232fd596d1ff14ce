import type { SeenStack } from './stacks.ts';

export interface FoundHealth {
  readonly name: string;
  readonly url: string;
}

const paths = ['/api/health', '/health', '/healthz', '/api/healthz', '/up', '/status'];

/** @returns the address of each published port that answers 200 where applications answer for their health; asked now. */
export async function findHealth(stack: SeenStack, databaseService: string): Promise<FoundHealth[]> {
  const others = stack.containers.filter(({ service, running }) => running && service !== databaseService);
  const asked = others.flatMap(({ service, ports }) => ports.map((port) => probe(service, port)));
  return (await Promise.all(asked)).filter((found) => found !== null);
}

async function probe(name: string, port: number): Promise<FoundHealth | null> {
  for (const path of paths) {
    const url = `http://127.0.0.1:${port}${path}`;
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(2_000) }).catch(() => null);
    // Nothing that speaks HTTP: the other paths would not answer either.
    if (answer === null) return null;
    await answer.body?.cancel();
    // A page for people answers everything with 200.
    if (answer.status === 200 && !/text\/html/.test(answer.headers.get('content-type') ?? '')) return { name, url };
  }
  return null;
}
