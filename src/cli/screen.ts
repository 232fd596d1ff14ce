import pc from 'picocolors';
import { toAscii } from './render/text.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** What the command line writes to: its colours, its width, and whether a person sits before it. */
export interface Screen {
  readonly colors: Colors;
  readonly columns: number;
  /** Standard output is a terminal that can be drawn on again. */
  readonly isLive: boolean;
  /** A person can be asked. */
  readonly canAsk: boolean;
  /** @returns the text as this terminal can show it. */
  readonly fit: (text: string) => string;
}

/** @returns the screen of this process. @param color false for `--no-color`. */
export function createScreen(color: boolean): Screen {
  const isTty = process.stdout.isTTY === true;
  const colorful = color && pc.isColorSupported && isTty;
  return {
    colors: pc.createColors(colorful),
    columns: process.stdout.columns ?? 120,
    isLive: isTty && process.env.TERM !== 'dumb',
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    fit: knowsUnicode(process.env) ? (text) => text : toAscii,
  };
}

/** @returns false where the terminal is said not to be UTF-8: another character set in the locale, or the Linux console. */
function knowsUnicode(environment: NodeJS.ProcessEnv): boolean {
  if (environment.TERM === 'linux' || environment.TERM === 'dumb') return false;
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG;
  return !locale || /utf-?8/i.test(locale);
}
