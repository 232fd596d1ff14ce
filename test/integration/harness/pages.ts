import { execa } from 'execa';
import type { TestStack } from './stack.ts';
import { until } from './wait.ts';

const pageBytes = 8192;
const main = 'uns_claudejp';

/** @returns the path of a relation's file below the data folder. */
export async function fileOf(stack: TestStack, relation: string): Promise<string> {
  return stack.query(`SELECT pg_relation_filepath('${relation}')`, main);
}

/** Damages files of the database with tools that know nothing of it, while the server is down: what it has in memory is no help. */
export async function damage(stack: TestStack, ...commands: readonly (readonly string[])[]): Promise<void> {
  await execa('docker', ['stop', stack.database]);
  for (const command of commands) {
    const image = await execa('docker', ['inspect', '--format', '{{.Config.Image}}', stack.database]);
    const folder = ['--workdir', '/var/lib/postgresql/data', '--entrypoint', command[0] ?? ''];
    await execa('docker', [
      'run',
      '--rm',
      '--network=none',
      '--volumes-from',
      stack.database,
      ...folder,
      image.stdout,
      ...command.slice(1),
    ]);
  }
  await execa('docker', ['start', stack.database]);
  await until('the server answers', async () =>
    stack.query('SELECT 1').then(
      () => true,
      () => false,
    ),
  );
}

/** @returns the command that writes noise over a page of a file. */
export function overwritePage(file: string, block: number): string[] {
  return ['dd', 'if=/dev/urandom', `of=${file}`, `bs=${pageBytes}`, `seek=${block}`, 'count=1', 'conv=notrunc', 'status=none'];
}

/** @returns the command that writes zeros over a page of a file: it looks like one that was never used. */
export function zeroPage(file: string, block: number): string[] {
  return overwritePage(file, block).map((part) => (part === 'if=/dev/urandom' ? 'if=/dev/zero' : part));
}

/** @returns the command that cuts a file off before a page. */
export function cutOff(file: string, block: number): string[] {
  return ['truncate', `--size=${block * pageBytes}`, file];
}

/** Rows of timer_cards as text, with the page that each is on, by id. */
export async function cards(stack: TestStack): Promise<Map<string, { line: string; block: number }>> {
  const rows = await stack.query(
    `SELECT id || '|' || (ctid::text::point)[0] || '|' || replace(t::text, chr(10), ' ') FROM timer_cards AS t ORDER BY id`,
    main,
  );
  return new Map(
    rows
      .split('\n')
      .filter((row) => row !== '')
      .map((row) => {
        const [id = '', block = '', ...line] = row.split('|');
        return [id, { line: line.join('|'), block: Number(block) }];
      }),
  );
}
