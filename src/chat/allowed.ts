import type { EventEmitter } from 'node:events';
import { type Command, InvalidArgumentError } from 'commander';
import { isBackupId } from '../catalog/ids.ts';
import type { Permission } from '../incident/permission.ts';

/** An option that holds less in chat than on the command line. */
interface Narrowed {
  readonly parse: (text: string) => string;
  /** As help shows it. */
  readonly flags: string;
  readonly description: string;
}

/** What chat may do with one command: nothing that is not named here exists there. */
interface Allowed {
  /** Long names of its options. Never one that takes a file, a path, or a name of a person who acts. */
  readonly options: Readonly<Record<string, true | Narrowed>>;
  /** Asked before it is run, where the procedure does not ask by itself. */
  readonly permission?: Permission;
  /** Its argument has to be given: chat guesses nothing that ends something. */
  readonly needsId?: true;
  /** Which of its options the words after it are, so that nobody has to type the option's name: `/dr update back at 9`. */
  readonly words?: string;
  readonly example: string;
}

const why = { reason: true } as const;
const backup: Narrowed = {
  parse: backupId,
  flags: '--backup <id>',
  description: 'A backup by its id; default: the newest good one',
};

/** By command path. A new command is usable from chat when it has a row here. */
const allowed: Readonly<Record<string, Allowed>> = {
  'recover restore': {
    options: { severity: true, reason: true, backup, 'dry-run': true },
    permission: 'start',
    example: 'recover restore --severity P1 --reason "dropped by mistake"',
  },
  'recover corruption': {
    options: { severity: true, reason: true, backup, restore: true, 'dry-run': true },
    permission: 'start',
    example: 'recover corruption --reason "invalid page in the log"',
  },
  'recover deletion': {
    options: { severity: true, reason: true, backup, before: true, 'dry-run': true },
    permission: 'start',
    example: 'recover deletion --before 2026-11-24T14:30:00+09:00 --reason "DELETE without WHERE"',
  },
  'recover repair': {
    options: { severity: true, reason: true, only: true, 'dry-run': true },
    permission: 'start',
    example: 'recover repair --dry-run',
  },
  'recover migration': {
    options: { severity: true, reason: true, 'dry-run': true },
    permission: 'start',
    example: 'recover migration --reason "the deployment stopped"',
  },
  // Not to any commit: a name in git is text that git reads.
  'recover code': {
    options: { severity: true, reason: true, 'keep-schema': true, 'dry-run': true },
    permission: 'start',
    example: 'recover code --reason "500s since the deployment"',
  },
  'recover cascade': {
    options: { severity: true, reason: true, 'one-by-one': true, 'dry-run': true },
    permission: 'start',
    example: 'recover cascade --reason "nothing answers"',
  },
  'recover service': {
    options: { severity: true, reason: true, service: true, anyway: true, 'dry-run': true },
    permission: 'start',
    example: 'recover service --service backend',
  },
  proceed: { options: why, example: 'proceed retry --reason "mended in image 1.4.2"' },
  diagnose: { options: {}, example: 'diagnose' },
  ready: { options: {}, example: 'ready' },
  undo: { options: why, permission: 'start', example: 'undo restore-shop --reason "the wrong backup"' },
  cancel: { options: {}, permission: 'start', needsId: true, example: 'cancel restore-shop' },
  status: { options: {}, example: 'status' },
  approve: { options: why, words: 'reason', example: 'approve "checked with the team"' },
  refuse: { options: why, words: 'reason', example: 'refuse "wrong database"' },
  'backup list': { options: {}, example: 'backup list' },
  'backup take': { options: { reason: true, fingerprints: true }, example: 'backup take --reason "before the migration"' },
  'drill run': { options: why, permission: 'start', example: 'drill run --reason "before the audit"' },
  'drill list': { options: {}, example: 'drill list' },
  'incident open': {
    options: { problem: true, impact: true, severity: true },
    words: 'problem',
    example: 'incident open "nobody can clock in" --severity P1',
  },
  'incident list': { options: {}, example: 'incident list' },
  'incident show': { options: {}, example: 'incident show' },
  'incident ack': { options: why, words: 'reason', example: 'ack' },
  'incident handover': { options: { to: true, reason: true }, example: 'handover --to tanaka --reason "end of my shift"' },
  'incident snooze': { options: { for: true, reason: true }, example: 'snooze --for 2h --reason "waits for the disk"' },
  'incident severity': { options: { to: true, reason: true }, example: 'severity --to P1 --reason "all factories"' },
  'incident update': { options: { text: true }, words: 'text', example: 'update "copy verified, starting services"' },
  'incident mitigate': { options: why, words: 'reason', example: 'mitigate "read-only for now"' },
  'incident resolve': { options: why, words: 'reason', example: 'resolve "restored from 02:00"' },
  'incident close': { options: why, words: 'reason', example: 'close "a false alarm"' },
  'incident explain': {
    options: { cause: true, prevent: true },
    example: 'explain --cause "a test ran on production" --prevent "tests get their own user|Tanaka|2026-12-15"',
  },
  'incident adopt-plan': { options: why, example: 'incident adopt-plan --reason "new telephone numbers"' },
};

/** What is shown first to who asks for help. */
const everyday = [
  'status',
  'diagnose',
  'recover restore',
  'ack on my way',
  'update "copy verified"',
  'approve "checked"',
  'help recover restore',
];

/** @returns what chat may do with a command; undefined if nothing. @param path such as `recover restore`. */
export function allowanceOf(path: string): Allowed | undefined {
  return Object.hasOwn(allowed, path) ? allowed[path] : undefined;
}

/** @returns whether chat may run a command, or any command of a group. */
export function isAllowed(path: string): boolean {
  return Object.keys(allowed).some((each) => each === path || each.startsWith(`${path} `));
}

/** Takes away from a program, or from a command of it, whatever chat may not do: it can't be typed, and help does not show it. */
export function restrict(command: Command, path = ''): void {
  const allowance = allowanceOf(path);
  // Commander has no way to take something away; its lists are plain arrays.
  const open = command as unknown as { commands: Command[]; options: Command['options'] };
  const below = (child: Command) => (path === '' ? child.name() : `${path} ${child.name()}`);
  open.commands = command.commands.filter((child) => isAllowed(below(child)));
  open.options = command.options.filter((option) => allowance?.options[nameOf(option)] !== undefined);
  for (const option of open.options) {
    const narrowed = allowance?.options[nameOf(option)];
    if (typeof narrowed === 'object')
      Object.assign(option.argParser(narrowed.parse), { flags: narrowed.flags, description: narrowed.description });
  }
  for (const argument of command.registeredArguments) {
    argument.argParser(workflowId);
    if (allowance?.needsId) argument.argRequired();
  }
  (command as unknown as EventEmitter).removeAllListeners('afterHelp');
  const examples = path === '' ? everyday : allowance === undefined ? [] : [allowance.example];
  if (examples.length > 0)
    command.addHelpText('after', () =>
      ['\nExamples:', ...examples.map((example) => `  ${rootName(command)} ${example}`)].join('\n'),
    );
  for (const child of command.commands) restrict(child, below(child));
}

function nameOf(option: { long?: string | null | undefined }): string {
  return (option.long ?? '').replace(/^--/, '');
}

function rootName(command: Command): string {
  return command.parent ? rootName(command.parent) : command.name();
}

function backupId(text: string): string {
  if (isBackupId(text)) return text;
  throw new InvalidArgumentError('From chat only the id of a backup, as `kintsugi backup list` shows it.');
}

/** Ids only tell one run from another: no dots that could lead out of a folder, nothing with a meaning elsewhere. */
function workflowId(text: string): string {
  if (/^[a-zA-Z0-9][\w-]{0,200}(\/[0-9a-f][0-9a-f-]{7,35})?$/.test(text)) return text;
  throw new InvalidArgumentError('An id has letters, digits and dashes only, as `kintsugi status` shows it.');
}
