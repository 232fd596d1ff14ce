import path from 'node:path';
import { ExecaError, execa } from 'execa';
import { KintsugiError } from '../../errors/kintsugi-error.ts';

const untouched = 'Nothing was stopped or changed.';

/** The git repository of the application. */
export interface Repository {
  /** Absolute path of its top folder. */
  readonly top: string;
}

/**
 * Runs git in a repository: without prompts, without hooks, and without writing to the checkout's index.
 *
 * @returns what it printed, without the last line end. @throws KintsugiError TOOL_MISSING, NOT_FOUND, in git's own words.
 */
export async function git(folder: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execa('git', ['-c', 'core.hooksPath=/dev/null', '-C', folder, ...args], {
      env: { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
      timeout: 300_000,
      maxBuffer: 16 * 2 ** 20,
    });
    return stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new KintsugiError('TOOL_MISSING', 'The program git is not installed where the worker runs.', {
        state: untouched,
        hints: ['apt-get install git'],
      });
    }
    const said = error instanceof ExecaError ? String(error.stderr || error.originalMessage) : String(error);
    throw new KintsugiError('NOT_FOUND', `git ${args[0]} in ${folder}: ${said.trim().split('\n').slice(-3).join(' ')}`, {
      state: untouched,
      hints: [`git -C ${folder} ${args.join(' ')}`],
    });
  }
}

/** @returns the repository that a folder belongs to. @throws KintsugiError NOT_FOUND when it belongs to none. */
export async function repositoryAt(planFolder: string, folder: string): Promise<Repository> {
  return { top: await git(path.resolve(planFolder, folder), 'rev-parse', '--show-toplevel') };
}

/** @returns the full id of a commit. @param name whatever git takes for one: an id, a tag, a branch. @throws NOT_FOUND */
export async function commitOf({ top }: Repository, name: string): Promise<string> {
  return git(top, 'rev-parse', '--verify', '--end-of-options', `${name}^{commit}`);
}

/** @returns how many tracked files of the checkout differ from its commit. */
export async function localChanges({ top }: Repository): Promise<number> {
  const listed = await git(top, 'status', '--porcelain', '--untracked-files=no');
  return listed.split('\n').filter((line) => line !== '').length;
}

/** @returns subject and date of a commit. */
export async function describeCommit({ top }: Repository, commit: string): Promise<{ subject: string; at: string }> {
  const [at = '', subject = ''] = (await git(top, 'log', '-1', '--format=%cI%n%s', commit)).split('\n');
  return { subject, at };
}
