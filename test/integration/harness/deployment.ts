import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import type { TestStack } from './stack.ts';

/** Deploys the sample application as a person would: a git repository, images of its own, `docker compose build` and `up`. */
export class Deployment {
  readonly #stack: TestStack;

  constructor(stack: TestStack) {
    this.#stack = stack;
  }

  /** Gives the stack image names of its own: other tests use the sample's, and a deployment changes what they mean. */
  ownImages(replicas = 1): void {
    // One replica and no second database: what is tested here needs neither.
    const names = [
      `BACKEND_IMAGE=${this.image}`,
      `FRONTEND_IMAGE=${this.#stack.project}/frontend:1`,
      'LOAD_OBJECTS=false',
      `BACKEND_REPLICAS=${replicas}`,
    ];
    appendFileSync(path.join(this.#stack.folder, '.env'), `${names.join('\n')}\n`);
    this.#stack.changePlan((plan) => {
      plan.code = { repository: '.', services: ['backend'] };
      plan.migrations = { tool: 'alembic', service: 'backend', folder: '/app', lockTimeout: '3s' };
      plan.approvals = { P1: 'one' };
    });
  }

  /** How long a service may take to become healthy: as long as it needs, or not much longer where it never will be. */
  healthyWithin(time: '3m' | '12s'): void {
    this.#stack.changePlan((plan) => {
      plan.stack = { ...plan.stack, healthyWithin: time };
    });
  }

  get image(): string {
    return `${this.#stack.project}/backend:1`;
  }

  /** Makes the stack's folder a git repository. @returns its first commit. */
  async repository(): Promise<string> {
    writeFileSync(
      path.join(this.#stack.folder, '.gitignore'),
      '.env\n.kintsugi/\nbackups/\nfaults/\nworker.log\nkintsugi.yaml\n',
    );
    await this.git('init', '--quiet', '--initial-branch=main');
    return this.commit('first', {});
  }

  async git(...args: string[]): Promise<string> {
    const who = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com', '-c', 'commit.gpgsign=false'];
    return (await execa('git', [...who, ...args], { cwd: this.#stack.folder })).stdout;
  }

  /** Writes files of the backend and commits them. @param files by their path in `backend`; null removes one. @returns the commit. */
  async commit(subject: string, files: Readonly<Record<string, string | null>>): Promise<string> {
    this.write(files);
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--allow-empty', '--message', subject);
    return this.git('rev-parse', 'HEAD');
  }

  write(files: Readonly<Record<string, string | null>>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.#stack.folder, 'backend', name);
      mkdirSync(path.dirname(file), { recursive: true });
      if (text === null) rmSync(file, { force: true });
      else writeFileSync(file, text);
    }
  }

  /** @returns the file of a migration whose steps are SQL; those that begin with `outside: ` run outside of a transaction. */
  revision(
    id: string,
    down: string | readonly string[],
    up: string | readonly string[],
    back: string | readonly string[],
  ): string {
    const body = (statements: string | readonly string[]) =>
      [statements]
        .flat()
        .map((statement) =>
          statement.startsWith('outside: ')
            ? `    with op.get_context().autocommit_block():\n        op.execute(${JSON.stringify(statement.slice(9))})`
            : statement.startsWith('python: ')
              ? `    ${statement.slice(8)}`
              : `    op.execute(${JSON.stringify(statement)})`,
        )
        .join('\n');
    const follows = Array.isArray(down) ? `(${down.map((each) => JSON.stringify(each)).join(', ')},)` : JSON.stringify(down);
    return `"""${id}"""\n\nfrom alembic import op\n\nrevision = "${id}"\ndown_revision = ${follows}\nbranch_labels = None\ndepends_on = None\n\n\ndef upgrade() -> None:\n${body(up)}\n\n\ndef downgrade() -> None:\n${body(back)}\n`;
  }

  /** `docker compose build` and `up`, whatever comes of it: a deployment that fails is what is tested. */
  async deploy(): Promise<void> {
    await this.build();
    await this.#stack.compose('up', '--detach', 'importer', 'backend').catch(() => undefined);
  }

  /** Builds without starting anything. */
  async build(): Promise<void> {
    await this.#stack.compose('build', '--quiet', 'importer');
  }

  async #container(service: string): Promise<string> {
    return (await this.#stack.compose('ps', '--all', '--quiet', service)).split('\n')[0] ?? '';
  }

  /** @returns id of the image that a service's container is of. */
  async imageOf(service: string): Promise<string> {
    return (await execa('docker', ['inspect', '--format', '{{.Image}}', await this.#container(service)])).stdout;
  }

  /** @returns the commit that the label of the service's image names. */
  async labelOf(service: string): Promise<string> {
    const format = '{{index .Config.Labels "org.opencontainers.image.revision"}}';
    return (await execa('docker', ['image', 'inspect', '--format', format, await this.imageOf(service)])).stdout;
  }

  /** @returns since when the backend runs. */
  async startedAt(): Promise<string> {
    return (await execa('docker', ['inspect', '--format', '{{.State.StartedAt}}', await this.#container('backend')])).stdout;
  }

  /** @returns id of the image that the backend's name means now. */
  async imageNamed(): Promise<string> {
    return (await execa('docker', ['image', 'inspect', '--format', '{{.Id}}', this.image])).stdout;
  }

  /** Gives the stack a service with dbmate and files of SQL, and a plan that says how it is used. @param binary the program. */
  addDbmate(binary: string): void {
    const compose = {
      services: {
        migrate: {
          image: `\${KINTSUGI_IMAGE_POSTGRES:-postgres:15-bookworm}`,
          environment: { DATABASE_URL: `postgres://uns_admin:\${POSTGRES_PASSWORD}@db:5432/other?sslmode=disable` },
          networks: ['internal'],
          volumes: [`${binary}:/usr/local/bin/dbmate:ro`, './db:/db:ro'],
        },
      },
    };
    writeFileSync(path.join(this.#stack.folder, 'dbmate.yml'), stringify(compose));
    const status = ['dbmate', '--migrations-dir=/db', 'status'];
    this.#stack.changePlan((plan) => {
      plan.stack = { ...plan.stack, files: ['docker-compose.yml', 'dbmate.yml'] };
      plan.migrations = {
        tool: 'commands',
        service: 'migrate',
        folder: '/',
        lockTimeout: '3s',
        commands: {
          current: { run: status, line: '^\\[X\\] (?<revision>\\d+)' },
          history: { run: status, line: '^\\[.\\] (?<revision>\\d+)_(?<message>.*)\\.sql' },
          upgrade: { run: ['dbmate', '--migrations-dir=/db', '--no-dump-schema', 'migrate'] },
          downgrade: { run: ['dbmate', '--migrations-dir=/db', '--no-dump-schema', 'rollback'] },
          applying: '^(?:Applying|Rolling back): (?<revision>\\d+)',
          failure: '^Error: ',
        },
      };
    });
  }

  /** Writes a migration of dbmate. */
  migration(name: string, up: string, down: string): void {
    this.write({ [`../db/${name}`]: `-- migrate:up\n${up};\n-- migrate:down\n${down};\n` });
  }

  /** Takes away the images of this stack and those that Kintsugi built and kept for it. */
  async removeImages(): Promise<void> {
    await this.#stack.compose('--profile', '*', 'down', '--timeout', '2').catch(() => undefined);
    const { stdout } = await execa('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}']);
    const mine = stdout
      .split('\n')
      .filter((name) => new RegExp(`^(kintsugi-(built|replaced)/)?${this.#stack.project}[-/]`, 'u').test(name));
    await execa('docker', ['rmi', '--force', ...mine], { reject: false });
  }
}
