import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { postgresImage } from './small-stack.ts';
import type { TestStack } from './stack.ts';

const image = 'kintsugi-test/postgres-with-faketime:2';
const shiftedDate = fileURLToPath(new URL('shifted-date.mjs', import.meta.url));

/** One clock for the database server of a test's stack and for the processes that get `environment`; it can be set to any later instant. */
export class StackClock {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Builds what a database server with such a clock needs. */
  static async for(stack: TestStack): Promise<StackClock> {
    const dockerfile = [
      `FROM ${postgresImage}`,
      'USER root',
      'RUN apt-get update && apt-get install --yes --no-install-recommends libfaketime && rm -rf /var/lib/apt/lists/* \\',
      '  && ln -s /usr/lib/*/faketime/libfaketime.so.1 /usr/local/lib/ \\',
      // For the server alone: its semaphores must not be root's, as whom the entrypoint begins.
      `  && printf '#!/bin/sh\\nLD_PRELOAD=/usr/local/lib/libfaketime.so.1 exec "%s" "$@"\\n' "$(command -v postgres)" > /usr/local/bin/postgres \\`,
      '  && chmod 755 /usr/local/bin/postgres',
      'ENV PATH="/usr/local/bin:$PATH"',
    ];
    await execa('docker', ['build', '--network=host', '--tag', image, '-'], { input: dockerfile.join('\n') });
    return new StackClock(path.join(stack.folder, 'clock'));
  }

  /** Gives it to the stack, before that is built. */
  install(): void {
    const environment = {
      FAKETIME_TIMESTAMP_FILE: '/clock/now',
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
    const db = { image, environment, volumes: ['./clock:/clock:ro'] };
    mkdirSync(this.#folder);
    writeFileSync(path.join(this.#folder, '..', 'docker-compose.override.yml'), stringify({ services: { db } }));
    this.set(Date.now());
  }

  /** For Node processes. */
  get environment(): Readonly<Record<string, string>> {
    return { KINTSUGI_TEST_CLOCK: this.#file, NODE_OPTIONS: `--import ${pathToFileURL(shiftedDate)}` };
  }

  /** @param instant milliseconds since 1970, not in the past. */
  set(instant: number): void {
    // Renamed: who reads it meanwhile must not find half a number.
    writeFileSync(`${this.#file}.new`, `+${Math.max(0, Math.round((instant - Date.now()) / 1000))}`);
    renameSync(`${this.#file}.new`, this.#file);
  }

  get #file(): string {
    return path.join(this.#folder, 'now');
  }
}
