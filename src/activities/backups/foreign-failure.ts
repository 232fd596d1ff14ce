import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { ErrorCode } from '../../errors/table.ts';
import { newerServer } from './server-major.ts';
import type { Survey } from './survey.ts';

const untouched = 'Nothing was stopped or changed.';

/** @returns what it means that the tools could not read a backup to its end. */
export function foreignFailure(id: string, result: { readonly exitCode: number; readonly stderr: string }): KintsugiError {
  const { stderr, exitCode } = result;
  const said = stderr
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-3)
    .join(' / ')
    .slice(-400)
    .trim();
  const version = /unsupported version \(([\d.]+)\) in file header/.exec(stderr)?.[1];
  if (version !== undefined)
    return newerServer(id, `is an archive of version ${version}, made by a newer pg_dump than the server's pg_restore can read`);
  if (exitCode === 127 || /command not found/.test(stderr))
    return fault('TOOL_MISSING', `The database's image has no program to read ${id}: ${said}`);
  if (
    /unexpected end|end of file|premature|could not find (block|header for file|.*in archive)|is too short|truncated/i.test(
      stderr,
    )
  ) {
    return truncated(id, said);
  }
  return fault('BACKUP_CORRUPT', `${id} cannot be read: ${said || `exit ${exitCode}`}`);
}

/** @throws KintsugiError when what a dump says of itself shows that it can't be restored into one database. @param plain SQL text. */
export function refuseSurvey(id: string, survey: Survey, plain: boolean): void {
  if (survey.cluster || survey.connects.length > 1) {
    throw fault(
      'BACKUP_UNREADABLE',
      `${id} holds several databases (pg_dumpall: ${survey.connects.join(', ') || 'roles only'}); a dump of one is needed.`,
      ['take one with: pg_dump --format=custom DATABASE'],
    );
  }
  if (survey.strays) {
    throw fault(
      'BACKUP_UNREADABLE',
      `${id} connects to ${survey.connects.join(', ')} by itself and does not create it: what follows would go there.`,
      ['take the line \\connect out of it if you trust it, or take one with: pg_dump --format=custom DATABASE'],
    );
  }
  if (!plain) {
    if (survey.objects === 0) throw fault('BACKUP_EMPTY', `${id} holds no object at all.`);
    return;
  }
  if (!survey.header) {
    throw fault(
      'BACKUP_UNREADABLE',
      `${id} is SQL, but not as pg_dump writes it: the line “PostgreSQL database dump” is missing.`,
      ['its end cannot be told, so it may be cut off; restore it by hand with psql if you trust it'],
    );
  }
  if (!survey.complete) {
    throw truncated(id, 'the line “PostgreSQL database dump complete” is missing');
  }
  if (survey.objects === 0) throw fault('BACKUP_EMPTY', `${id} holds no object at all.`);
}

/** @returns the error for a backup that was cut off. @param why the end of the sentence. */
export function truncated(id: string, why: string): KintsugiError {
  return fault('BACKUP_TRUNCATED', `${id} ends before its end: ${why}.`);
}

function fault(code: ErrorCode, message: string, hints: readonly string[] = []): KintsugiError {
  return new KintsugiError(code, message, { state: untouched, hints });
}
