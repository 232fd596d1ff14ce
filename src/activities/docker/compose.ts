import { access } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExecaError, execa } from 'execa';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';

/** What `docker compose config` says, as far as Kintsugi asks. Only Compose itself reads its files rightly (anchors, .env, profiles). */
export interface ComposeModel {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks?: Readonly<Record<string, { readonly name: string; readonly external?: boolean }>>;
}

export interface ComposeService {
  readonly image?: string;
  readonly build?: ComposeBuild;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly entrypoint?: readonly string[] | null;
  readonly command?: readonly string[] | null;
  readonly working_dir?: string;
  readonly user?: string;
  readonly volumes?: readonly {
    readonly type: string;
    readonly source?: string;
    readonly target: string;
    readonly read_only?: boolean;
  }[];
  readonly container_name?: string;
  readonly restart?: string;
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly replicas?: number };
  readonly scale?: number;
  readonly network_mode?: string;
  /** By the key of the network in the model. */
  readonly networks?: Readonly<Record<string, ComposeAttachment | null>>;
}

/** How a service is in a network. */
export interface ComposeAttachment {
  readonly aliases?: readonly string[];
  readonly ipv4_address?: string;
  readonly ipv6_address?: string;
  readonly link_local_ips?: readonly string[];
  readonly driver_opts?: Readonly<Record<string, string>>;
}

/** How a service's image is built; `config` has every path absolute and every variable filled in. */
export interface ComposeBuild {
  readonly context: string;
  readonly additional_contexts?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

const packageRoot = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../../', import.meta.url));
let found: Promise<readonly string[]> | undefined;

/**
 * @returns the program and first arguments of a Compose of version 2 or later: `$KINTSUGI_COMPOSE`, `docker compose`,
 * `docker-compose` on PATH, or the one that the project's set-up installs.
 * @throws KintsugiError TOOL_MISSING
 */
export function findCompose(): Promise<readonly string[]> {
  found ??= search().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function search(): Promise<readonly string[]> {
  const own = path.join(packageRoot, '.kintsugi', 'tools', 'bin', 'docker-compose');
  const named = process.env.KINTSUGI_COMPOSE;
  const candidates = [
    ...(named ? [[named]] : []),
    ['docker', 'compose'],
    ['docker-compose'],
    ...((await exists(own)) ? [[own]] : []),
  ];
  for (const candidate of candidates) {
    const [program, ...first] = candidate as [string, ...string[]];
    const answer = await execa(program, [...first, 'version', '--short'], { reject: false, timeout: 10_000 });
    if (answer.exitCode === 0 && Number(/^v?(\d+)/.exec(answer.stdout)?.[1]) >= 2) return candidate;
  }
  throw new KintsugiError('TOOL_MISSING', 'There is no Docker Compose of version 2 or later.', {
    hints: ['install the Compose plugin of Docker', 'npm run setup (installs one for Kintsugi alone)'],
  });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** @returns how Compose is run on the plan's stack: the program, its options before the command, and the folder to run it in. */
export async function composeCommand(
  planFolder: string,
  stack: Plan['stack'],
): Promise<{ program: string; options: readonly string[]; folder: string }> {
  const [program, ...first] = (await findCompose()) as [string, ...string[]];
  const files = stack.files.flatMap((file) => ['--file', file]);
  const profiles = stack.profiles.flatMap((profile) => ['--profile', profile]);
  return {
    program,
    options: [...first, '--project-name', stack.project, ...files, ...profiles],
    folder: path.resolve(planFolder, stack.folder),
  };
}

/**
 * Runs Compose on the plan's stack.
 *
 * @returns what it printed.
 * @throws KintsugiError COMPOSE_INVALID in Compose's own words, TOOL_MISSING.
 */
async function compose(planFolder: string, stack: Plan['stack'], args: readonly string[]): Promise<string> {
  const { program, options, folder } = await composeCommand(planFolder, stack);
  try {
    const { stdout } = await execa(program, [...options, ...args], {
      cwd: folder,
      timeout: 120_000,
      maxBuffer: 32 * 2 ** 20,
    });
    return stdout;
  } catch (error) {
    const said = error instanceof ExecaError ? error.stderr || error.originalMessage || '' : String(error);
    if (
      /cannot connect to the docker daemon|failed to connect to the docker api|error during connect|connection reset/i.test(said)
    )
      throw new KintsugiError('DOCKER_UNREACHABLE', 'The Docker Engine does not answer Compose.', { cause: error });
    throw new KintsugiError(
      'COMPOSE_INVALID',
      `Compose does not accept ${stack.files.join(', ')}: ${said.trim().split('\n').slice(-3).join(' ')}`,
      {
        state: 'Nothing was stopped or changed.',
        hints: [
          `docker compose -p ${stack.project} ${stack.files.map((file) => `-f ${file}`).join(' ')} config`,
          'kintsugi plan check',
        ],
      },
    );
  }
}

/** @returns the stack as Compose understands it. */
export async function composeConfig(planFolder: string, stack: Plan['stack']): Promise<ComposeModel> {
  return JSON.parse(await compose(planFolder, stack, ['config', '--format', 'json'])) as ComposeModel;
}

/** @returns the name of a service's image: the one that its definition gives, else the one that Compose makes up. */
export function imageOf(model: ComposeModel, service: string): string {
  return model.services[service]?.image ?? `${model.name}-${service}`;
}

/**
 * Makes the networks, volumes and containers of a stack that are missing; starts, builds and changes nothing that is there. It
 * is never told to say yes: Compose would ask before it makes a volume anew, whose data would be lost.
 *
 * @param scale how many containers a service has, where that is more than its file says.
 */
export async function composeCreate(
  planFolder: string,
  stack: Plan['stack'],
  scale: Readonly<Record<string, number>>,
): Promise<void> {
  const scales = Object.entries(scale).flatMap(([service, count]) => ['--scale', `${service}=${count}`]);
  await compose(planFolder, stack, ['create', '--no-recreate', '--no-build', '--pull', 'missing', '--quiet-pull', ...scales]);
}
