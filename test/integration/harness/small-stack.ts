import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { stringify } from 'yaml';
import type { PlanInput } from '../../../src/plan/schema.ts';
import type { OwnEngine } from './own-engine.ts';
import { freePort } from './stack.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const images = readFileSync(path.join(root, '.kintsugi', 'images.env'), 'utf8');
/** The image that the whole stack is made of. */
export const postgresImage = /^KINTSUGI_IMAGE_POSTGRES=(.*)$/m.exec(images)?.[1] ?? '';

/** Answers 200 as long as the database can be asked. */
const web = String.raw`use IO::Socket; my $s = IO::Socket::INET->new(LocalPort => 80, Listen => 9, ReuseAddr => 1) or die;
while (my $c = $s->accept) { while (<$c>) { last if /^\s*$/ }
my $ok = system("psql -qAt -c 'SELECT 1' > /dev/null") == 0; print $c "HTTP/1.0 " . ($ok ? 200 : 503) . " x\r\n\r\n"; close $c }`;

/** A database on a disk of its own, what answers from it, what only runs, and what ended by design; all of one image. */
export class SmallStack {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'kintsugi-small-'));
  readonly plan = path.join(this.folder, 'kintsugi.yaml');
  readonly project = 'small';
  /** Where the database's files are. */
  readonly disk = path.join(this.folder, 'disk');
  readonly #engine: OwnEngine;
  #port = 0;

  constructor(engine: OwnEngine) {
    this.#engine = engine;
  }

  async start(temporalAddress: string, changes: Partial<PlanInput> = {}): Promise<void> {
    this.#port = await freePort();
    const client = { PGHOST: 'database', PGUSER: 'admin', PGPASSWORD: 'a-secret-of-tests', PGDATABASE: 'shop' };
    const needs = { db: { condition: 'service_healthy' } };
    const common = { image: postgresImage, restart: 'always', init: true, stop_grace_period: '2s', environment: client };
    const services = {
      db: {
        ...common,
        environment: { POSTGRES_USER: 'admin', POSTGRES_PASSWORD: client.PGPASSWORD, POSTGRES_DB: 'shop' },
        volumes: ['data:/var/lib/postgresql/data'],
        ports: [`127.0.0.1:${await freePort()}:5432`],
        stop_signal: 'SIGINT',
        healthcheck: {
          test: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', 'admin'],
          interval: '1s',
          retries: 120,
          start_period: '30s',
        },
        // Only under its alias is it found.
        networks: { inner: { aliases: ['database'] } },
      },
      once: {
        ...common,
        restart: 'no',
        entrypoint: ['psql', '-c', 'CREATE TABLE orders AS SELECT id, md5(id::text) AS text FROM generate_series(1, 2000) AS id'],
        depends_on: needs,
        networks: ['inner'],
      },
      web: {
        ...common,
        entrypoint: ['perl', '-e', web.replaceAll('$', '$$$$')],
        ports: [`127.0.0.1:${this.#port}:80`],
        depends_on: { ...needs, once: { condition: 'service_completed_successfully' } },
        networks: ['inner'],
      },
      // Nobody needs it.
      aside: {
        ...common,
        entrypoint: ['sh', '-c', 'test ! -e /flags/crash || { echo "no configuration" >&2; exit 3; }; sleep 1000'],
        volumes: ['./flags:/flags:ro'],
        logging: { driver: 'json-file', options: { 'max-size': '1m', 'max-file': '3' } },
        networks: ['inner'],
      },
    };
    mkdirSync(this.disk);
    mkdirSync(path.join(this.folder, 'flags'));
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=300m', 'tmpfs', this.disk]);
    const volumes = { data: { driver: 'local', driver_opts: { type: 'none', o: 'bind', device: this.disk } } };
    const networks = {
      inner: {
        driver_opts: { 'com.docker.network.bridge.name': this.#engine.bridge },
        ipam: { config: [{ subnet: this.#engine.subnet }] },
        labels: { mine: 'yes' },
      },
    };
    writeFileSync(path.join(this.folder, 'docker-compose.yml'), stringify({ services, volumes, networks }));
    const plan: PlanInput = {
      version: 1,
      stack: { project: this.project, healthyWithin: '60s' },
      database: { name: 'shop', user: 'admin', password: { file: './password' } },
      host: {
        restartDocker: [this.#engine.restartCommand],
        dockerFolder: this.#engine.data,
        free: '1MB',
        reserve: '48MB',
        dockerWithin: '30s',
      },
      health: [{ name: 'web', url: this.health, within: '60s' }],
      temporal: { address: temporalAddress },
      ...changes,
    };
    writeFileSync(path.join(this.folder, 'password'), client.PGPASSWORD);
    writeFileSync(this.plan, stringify(plan));
    await this.compose('up', '--detach', '--wait', 'db');
    await this.compose('up', '--detach');
  }

  get health(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  async compose(...args: string[]): Promise<string> {
    const program = path.join(root, '.kintsugi', 'tools', 'bin', 'docker-compose');
    const all = ['--project-name', this.project, '--file', path.join(this.folder, 'docker-compose.yml'), ...args];
    return (await execa(program, all, { env: this.#engine.environment })).stdout;
  }

  async query(sql: string): Promise<string> {
    return this.#engine.docker('exec', `${this.project}-db-1`, 'psql', '-qAt', '-U', 'admin', '-d', 'shop', '-c', sql);
  }

  /** One line that is the same exactly when every row is. */
  content(): Promise<string> {
    return this.query("SELECT count(*), md5(string_agg(id || text, ',' ORDER BY id)) FROM orders");
  }

  /** @returns names of the services whose containers run, sorted. */
  async running(): Promise<string[]> {
    const names = await this.#engine.docker('ps', '--format', '{{.Label "com.docker.compose.service"}}');
    return names.split('\n').toSorted((a, b) => a.localeCompare(b));
  }

  /** Lets the service `aside` crash at its next starts, or not any more. */
  letCrash(crash: boolean): void {
    const flag = path.join(this.folder, 'flags', 'crash');
    if (crash) writeFileSync(flag, '');
    else rmSync(flag, { force: true });
  }

  async remove(): Promise<void> {
    await execa('umount', [this.disk], { reject: false });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
