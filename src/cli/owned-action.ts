import { KintsugiError } from '../errors/kintsugi-error.ts';

/** Something that is to be done, by whom, and until when. */
export interface OwnedAction {
  readonly what: string;
  readonly who: string;
  /** `2026-12-31` */
  readonly until: string;
}

/**
 * @param text `what is done|who does it|2026-12-31`. @param option by which it is given. @param state what was not done.
 * @throws KintsugiError INVALID_INPUT
 */
export function parseOwnedAction(text: string, option: string, state: string): OwnedAction {
  const [what = '', who = '', until = ''] = text.split('|').map((part) => part.trim());
  if (what !== '' && who !== '' && /^\d{4}-\d\d-\d\d$/.test(until)) return { what, who, until };
  throw new KintsugiError('INVALID_INPUT', `“${text}” does not say what, who and until when.`, {
    state,
    hints: [ownedActionHint(option)],
  });
}

/** @returns how an action is given. */
export function ownedActionHint(option: string): string {
  return `${option} "what is done|who does it|2026-12-31"`;
}
