/** Files as OpenPGP, AES-256, made and read by the host's gpg: nothing of ours is needed to open them. */
import { access, chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { flush } from '../../catalog/durable.ts';
import { fileMode } from '../../catalog/layout.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import type { WorkerContext } from '../context.ts';

export const encryptedSuffix = '.gpg';

/** gpg with a pass phrase; made by `withGpg`. */
export interface Gpg {
  /** Puts `<file>.gpg` in the place of a file. Interrupted, either the plain file is whole or the other one. */
  encrypt(file: string): Promise<void>;
  /** Writes what `<from>` holds to `to`. @throws KintsugiError BACKUP_KEY, BACKUP_CORRUPT */
  decrypt(from: string, to: string): Promise<void>;
}

/**
 * Runs `work` with gpg and the plan's pass phrase, which goes through a pipe: never into arguments or the environment.
 *
 * @throws KintsugiError BACKUP_KEY (the plan names no pass phrase, or it is the wrong one), SECRET_MISSING, TOOL_MISSING, IO.
 */
export async function withGpg<T>(
  context: WorkerContext,
  plan: Plan,
  signal: AbortSignal,
  work: (gpg: Gpg) => Promise<T>,
): Promise<T> {
  const { encryption } = plan.backups;
  if (encryption === undefined) {
    throw new KintsugiError('BACKUP_KEY', 'The backup is encrypted, and the plan names no pass phrase for it.', {
      state: 'Nothing was stopped or changed.',
      hints: ['set backups.encryption.passphrase in the plan: { env: NAME } or { file: path }'],
    });
  }
  const passphrase = await context.secret(encryption.passphrase);
  // A home of its own: no key ring, no options of the user, and no agent that remembers the pass phrase afterwards.
  const home = await mkdtemp(path.join(tmpdir(), 'kintsugi-gpg-'));
  const run = (output: string, ...options: string[]) => runGpg(home, passphrase, signal, [...options], output);
  try {
    return await work({
      encrypt: async (file) => {
        const made = `${file}${encryptedSuffix}`;
        const options = ['--symmetric', '--cipher-algo', 'AES256', '--s2k-digest-algo', 'SHA512', '--compress-algo', 'none'];
        await run(`${made}.new`, ...options, file);
        await flush(`${made}.new`);
        await rename(`${made}.new`, made);
        await rm(file);
      },
      decrypt: async (from, to) => {
        await run(`${to}.new`, '--decrypt', from);
        await chmod(`${to}.new`, fileMode);
        await rename(`${to}.new`, to);
      },
    });
  } finally {
    await execa('gpgconf', ['--homedir', home, '--kill', 'all'], { reject: false });
    await rm(home, { recursive: true, force: true });
  }
}

/**
 * Encrypts a few bytes, where the plan wants backups encrypted: a missing pass phrase or gpg is said before the dump, not after.
 *
 * @throws KintsugiError SECRET_MISSING, TOOL_MISSING, IO
 */
export async function tryEncryption(context: WorkerContext, plan: Plan, signal: AbortSignal): Promise<void> {
  if (plan.backups.encryption === undefined) return;
  const folder = await mkdtemp(path.join(tmpdir(), 'kintsugi-key-'));
  try {
    const file = path.join(folder, 'tried');
    await writeFile(file, 'tried', { mode: fileMode });
    await withGpg(context, plan, signal, (gpg) => gpg.encrypt(file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runGpg(
  home: string,
  passphrase: string,
  signal: AbortSignal,
  options: readonly string[],
  output: string,
): Promise<void> {
  const fixed = ['--batch', '--yes', '--no-tty', '--quiet', '--no-options', '--no-symkey-cache', '--pinentry-mode', 'loopback'];
  const file = options.at(-1) ?? '';
  const ended = await execa(
    'gpg',
    ['--homedir', home, ...fixed, '--passphrase-fd', '0', '--output', output, ...options.slice(0, -1), '--', file],
    { input: passphrase, reject: false, cancelSignal: signal, forceKillAfterDelay: 5000, stripFinalNewline: true },
  );
  signal.throwIfAborted();
  if (ended.exitCode === 0) return;
  await rm(output, { force: true });
  throw await meaning(ended.stderr, ended.code, file);
}

async function meaning(stderr: string, code: string | undefined, file: string): Promise<KintsugiError> {
  const untouched = { state: 'Nothing was stopped or changed.' };
  if (code === 'ENOENT') {
    return new KintsugiError('TOOL_MISSING', 'gpg is not installed on the worker’s host; encrypted backups need it.', {
      ...untouched,
      hints: ['apt-get install gnupg', 'kintsugi doctor'],
    });
  }
  const name = path.basename(file);
  // gpg says no more of a wrong pass phrase than that the session key makes no sense.
  if (/bad session key|bad passphrase|no secret key/i.test(stderr)) {
    return new KintsugiError('BACKUP_KEY', `${name} cannot be decrypted with the plan’s pass phrase.`, {
      ...untouched,
      hints: ['the pass phrase must be the one of the time of the backup: check backups.encryption.passphrase of the plan'],
    });
  }
  if (
    await access(file).then(
      () => false,
      () => true,
    )
  )
    return new KintsugiError('BACKUP_CORRUPT', `${file} is missing.`, untouched);
  if (/invalid packet|no valid OpenPGP|unexpected end|premature|mdc|manipulated|decryption failed/i.test(stderr)) {
    return new KintsugiError('BACKUP_CORRUPT', `${name} is damaged: ${stderr.slice(-300)}`, untouched);
  }
  return new KintsugiError('IO', `gpg failed with ${name}: ${stderr.slice(-300)}`, untouched);
}
