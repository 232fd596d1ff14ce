import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';

/** Checkouts beside each other may run their tests at the same time. */
const checkout = createHash('sha256')
  .update(import.meta.dirname)
  .digest('hex')
  .slice(0, 4);
const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface StackOptions {
  /** What is tested: the last part of the Compose project's name. */
  readonly name: string;
  readonly rows: number;
  readonly temporalAddress: string;
  /** Size of a disk of its own for the database, such as `300m`; the machine's if missing. */
  readonly disk?: string;
  /** Only for a Temporal that `kintsugi up` starts. */
  readonly temporalUi?: string;
  /** Only the database with its content, nothing that depends on it: for tests of what is in a database. */
  readonly databaseOnly?: boolean;
}

/** A copy of the sample stack with its own project name, ports and plan: real containers, gone at the end. */
export class TestStack {
  readonly folder: string;
  readonly plan: string;
  /** Compose project. */
  readonly project: string;
  readonly #options: StackOptions;
  #httpPort = 0;

  constructor(options: StackOptions) {
    this.#options = options;
    this.project = `kintsugi-test-${checkout}-${options.name}`;
    this.folder = path.join(root, '.kintsugi', 'test', this.project);
    this.plan = path.join(this.folder, 'kintsugi.yaml');
  }

  /** @param options.beforeBuild changes the copy of the stack before anything is built. */
  async start({ beforeBuild }: { readonly beforeBuild?: () => void } = {}): Promise<void> {
    const { rows, temporalAddress, temporalUi, databaseOnly = false } = this.#options;
    const { project } = this;
    this.#httpPort = await freePort();
    await this.remove();
    mkdirSync(path.dirname(this.folder), { recursive: true });
    const example = path.join(root, 'examples', 'uns-claudejp');
    const leaveOut = ['.env', '.kintsugi', 'backups'];
    cpSync(example, this.folder, { recursive: true, filter: (file) => !leaveOut.includes(path.basename(file)) });
    const settings = {
      folder: this.folder,
      project,
      'db-port': await freePort(),
      'http-port': this.#httpPort,
      'images-env': path.join(root, '.kintsugi', 'images.env'),
    };
    await execa('node', [
      path.join(example, 'prepare.mjs'),
      ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
    ]);
    const plan = parse(readFileSync(this.plan, 'utf8')) as Record<string, Record<string, unknown>>;
    plan.stack = { ...plan.stack, project };
    plan.temporal = { address: temporalAddress, ...(temporalUi === undefined ? {} : { ui: temporalUi }) };
    plan.health = (databaseOnly ? [] : [{ name: 'api', url: this.health, within: '60s' }]) as never;
    writeFileSync(this.plan, stringify(plan));
    if (this.#options.disk !== undefined) {
      const options = { type: 'tmpfs', device: 'tmpfs', o: `size=${this.#options.disk}` };
      const volumes = { postgres_data: { driver: 'local', driver_opts: options } };
      writeFileSync(path.join(this.folder, 'docker-compose.override.yml'), stringify({ volumes }));
    }
    beforeBuild?.();
    await this.compose('build', '--quiet', ...(databaseOnly ? ['importer'] : []));
    await this.#up(databaseOnly ? ['db'] : []);
    if (databaseOnly) await this.compose('run', '--rm', 'importer');
    await this.psql('uns_claudejp', '-v', `rows=${rows}`, '-v', 'seed=42', '-f', '/generate/timer-cards.sql');
  }

  /** On a machine that many use, the deadlines of the sample's own health checks may pass once or twice. */
  async #up(services: readonly string[], tries = 5): Promise<void> {
    try {
      await this.compose('up', '--detach', '--wait', ...services);
    } catch (error) {
      if (tries <= 1) throw error;
      await delay(15_000);
      await this.#up(services, tries - 1);
    }
  }

  /** Changes the plan's file, which the worker reads again for each procedure. */
  changePlan(change: (plan: Record<string, Record<string, unknown>>) => void): void {
    const plan = parse(readFileSync(this.plan, 'utf8')) as Record<string, Record<string, unknown>>;
    change(plan);
    writeFileSync(this.plan, stringify(plan));
  }

  /** Ends the stack with its volumes, and any job container that a test left. */
  async remove(): Promise<void> {
    const left = await execa('docker', ['ps', '--all', '--quiet', '--filter', `label=kintsugi.stack=${this.project}`]);
    const jobs = left.stdout.split('\n').filter((id) => id !== '');
    if (jobs.length > 0) await execa('docker', ['rm', '--force', '--volumes', ...jobs]);
    // Of a scratch server, if a test that failed left one.
    for (const kind of ['network', 'volume']) {
      const listed = await execa('docker', [kind, 'ls', '--quiet', '--filter', `label=kintsugi.stack=${this.project}`]);
      const ids = listed.stdout.split('\n').filter((id) => id !== '');
      if (ids.length > 0) await execa('docker', [kind, 'rm', ...ids]);
    }
    await this.compose('--profile', '*', 'down', '--volumes', '--remove-orphans', '--timeout', '5').catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }

  get health(): string {
    return `http://127.0.0.1:${this.#httpPort}/api/health`;
  }

  get database(): string {
    return `${this.project}-db`;
  }

  async compose(...args: string[]): Promise<string> {
    const program = path.join(root, '.kintsugi', 'tools', 'bin', 'docker-compose');
    return (await execa(program, args, { cwd: this.folder })).stdout;
  }

  async psql(database: string, ...args: string[]): Promise<string> {
    const options = [
      '--no-psqlrc',
      '--quiet',
      '--set=ON_ERROR_STOP=1',
      '--username=uns_admin',
      `--dbname=${database}`,
      '--tuples-only',
      '--no-align',
    ];
    return (await execa('docker', ['exec', this.database, 'psql', ...options, ...args])).stdout.trim();
  }

  query(sql: string, database = 'postgres'): Promise<string> {
    return this.psql(database, '--command', sql);
  }

  /** One line that is the same exactly when every row of the main database is the same. */
  content(): Promise<string> {
    return this.psql('uns_claudejp', '--file', '/generate/fingerprint.sql');
  }

  /** The disaster. */
  async dropDatabase(): Promise<void> {
    await this.query('ALTER DATABASE uns_claudejp ALLOW_CONNECTIONS false');
    await this.query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'uns_claudejp'");
    await this.query('DROP DATABASE uns_claudejp');
  }

  /** @returns the names of the containers that run, sorted. */
  async running(): Promise<string[]> {
    const { stdout } = await execa('docker', [
      'ps',
      '--filter',
      `label=com.docker.compose.project=${this.project}`,
      '--format',
      '{{.Names}}',
    ]);
    return stdout.split('\n').toSorted((a, b) => a.localeCompare(b));
  }

  /** @returns the databases of the server, sorted. */
  async databases(): Promise<string[]> {
    const names = await this.query('SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1');
    return names.split('\n');
  }

  /** @returns containers, networks and volumes of Kintsugi that are there. */
  async parts(): Promise<string[]> {
    const filter = ['--quiet', '--filter', `label=kintsugi.stack=${this.project}`];
    const lists = [
      ['ps', '--all'],
      ['network', 'ls'],
      ['volume', 'ls'],
    ].map((list) => execa('docker', [...list, ...filter]));
    return (await Promise.all(lists)).flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
  }

  /** @returns the job containers of Kintsugi that exist, by step. */
  async jobs(): Promise<string[]> {
    const { stdout } = await execa('docker', [
      'ps',
      '--all',
      '--filter',
      `label=kintsugi.stack=${this.project}`,
      '--format',
      '{{.Label "kintsugi.step"}}',
    ]);
    return stdout.split('\n').filter((step) => step !== '');
  }
}

/** @returns a port of this machine that nothing listens on at this moment. @param wanted a certain one; any if missing. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(wanted, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
