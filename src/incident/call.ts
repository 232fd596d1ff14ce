import type { MessageKind } from '../channels/contract.ts';
import { milliseconds } from '../plan/units.ts';
import { wasTried } from './attempts.ts';
import { endOfNextWorkingDay } from './calendar.ts';
import { nameOf, ruleOf, say } from './facts.ts';
import { addNotice } from './notices.ts';
import { peopleOf } from './on-call.ts';
import { inEnglish, type Words } from './phrases.ts';
import type { IncidentState, Purpose } from './state.ts';

/** Stands for whoever reads the worker's terminal and file, where the plan names no people: nothing is ever said to nobody. */
export const anybody = 'anybody';

export interface CallOptions {
  /** Leaves out who was called before. */
  readonly onlyNew?: boolean;
  /** They are told beside the person who has it, and need not acknowledge. */
  readonly inform?: boolean;
}

/** @returns the roles of each level of the incident's severity. */
export function levelsOf(state: IncidentState): string[][] {
  const { notify, escalateTo } = ruleOf(state);
  return [notify, ...escalateTo.map((role) => [role])];
}

/**
 * Calls a level, or the next one that has somebody: an empty one is skipped at once, and that is said. Where none is left, the
 * last resort is called.
 */
export function callLevel(state: IncidentState, now: number, level: number, text: Words = '', options: CallOptions = {}): void {
  const levels = levelsOf(state);
  for (let at = level; at < levels.length; at += 1) {
    const roles = levels[at] ?? [];
    const people = onCallFor(state, roles, now);
    if (people.length > 0) {
      callAt(state, now, at, people, text, options);
      return;
    }
    say(state, now, 'kintsugi', `nobody is on call for ${roles.join(', ')}: level ${at + 1} is skipped`, '');
  }
  const people = onCallFor(state, ruleOf(state).lastResort, now);
  const reached = people.length > 0 ? people : onCallFor(state, ['all'], now);
  callAt(state, now, levels.length - 1, reached.length > 0 ? reached : [anybody], text, options);
}

function callAt(state: IncidentState, now: number, level: number, people: string[], text: Words, options: CallOptions): void {
  const chosen = options.onlyNew === true ? people.filter((person) => !state.called.includes(person)) : people;
  if (options.inform === true) {
    if (chosen.length > 0) callPeople(state, now, `inform-${level}`, chosen, text, 'whileOpen');
    return;
  }
  state.level = level;
  if (chosen.length > 0) callPeople(state, now, String(level), chosen, text, 'untilAcknowledged');
  state.nextLevelAt = deadline(state, now, level);
}

/** Calls people, each over one way after the other until there is an answer. */
export function callPeople(
  state: IncidentState,
  now: number,
  level: string,
  people: readonly string[],
  text: Words,
  purpose: Purpose,
): void {
  state.round += 1;
  say(state, now, 'kintsugi', `calls ${people.map((person) => nameOf(state, person)).join(', ')}`, inEnglish(text));
  for (const person of people) {
    addNotice(state, now, { kind: 'incidentNotification', level, round: state.round, person, purpose, text, wantsAnswer: true });
    if (!state.called.includes(person)) state.called.push(person);
  }
}

/** @returns when a level that is called now has had its time; it runs from when the first of its messages goes out. */
export function deadline(state: IncidentState, now: number, level: number): number {
  const rule = ruleOf(state);
  const pages = state.notices.filter((notice) => notice.wantsAnswer && notice.round === state.round && !wasTried(notice));
  const begin = pages.length === 0 ? now : Math.max(now, Math.min(...pages.map(({ dueAt }) => dueAt ?? now)));
  const next = rule.nextLevelAfter ?? (rule.acknowledgeWithin === 'nextWorkingDay' ? '1d' : rule.acknowledgeWithin);
  if (level > 0 && level >= rule.escalateTo.length) return begin + milliseconds(rule.repeatEvery ?? next);
  if (level > 0) return begin + milliseconds(next);
  if (rule.acknowledgeWithin === 'nextWorkingDay') return endOfNextWorkingDay(state.policy, begin);
  return begin + milliseconds(rule.acknowledgeWithin);
}

/** Tells everybody who is kept informed; who is being called for the same thing has the news already. */
export function tellEveryone(state: IncidentState, now: number, kind: MessageKind, text: Words, purpose?: Purpose): void {
  const audience = everyone(state).filter((person) => kind !== 'incidentNotification' || !isCalled(state, person));
  state.updates.count += 1;
  for (const person of audience)
    addNotice(state, now, {
      kind,
      level: kind,
      round: state.updates.count,
      person,
      purpose: purpose ?? (kind === 'resolutionUpdate' ? 'whileResolved' : 'whileOpen'),
      text,
    });
}

/** @returns who is kept informed: everybody of the plan, or for what is not urgent those who were called. */
export function everyone(state: IncidentState): string[] {
  const all = ruleOf(state).updates.everyone === undefined ? responders(state) : Object.keys(state.policy.people);
  return all.length > 0 ? all : [anybody];
}

/** @returns who was called so far, and who has it. */
export function responders(state: IncidentState): string[] {
  const has = state.responder?.person;
  return [...new Set([...state.called, ...(has !== undefined && state.policy.people[has] !== undefined ? [has] : [])])];
}

function isCalled(state: IncidentState, person: string): boolean {
  return state.notices.some((notice) => notice.person === person && notice.wantsAnswer);
}

/** @returns who is called for any of some roles now, each once. */
export function onCallFor(state: IncidentState, roles: readonly string[], now: number): string[] {
  return [...new Set(roles.flatMap((role) => peopleOf(state.policy, role, now)))];
}
