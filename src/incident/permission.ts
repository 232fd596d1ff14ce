import type { Plan } from '../plan/schema.ts';

type People = Pick<Plan, 'people' | 'permissions'>;
export type Permission = keyof Plan['permissions'];

/** @returns the key under people of whom a name means: the key itself, or the person's name, whatever the spelling; null for nobody. */
export function personNamed(people: Plan['people'], name: string): string | null {
  const sought = normalise(name);
  if (people[sought] !== undefined) return sought;
  return Object.keys(people).find((id) => normalise(people[id]?.name ?? '') === sought) ?? null;
}

/**
 * The one place where it is decided who may do what, for the command line, chat and the Temporal UI alike.
 *
 * @param by the name that was given. @returns null if it is allowed; else why not, for who tried.
 */
export function denied(plan: People, by: string, what: Permission): string | null {
  const allowed = plan.permissions[what];
  if (allowed === 'anybody') return null;
  const person = personNamed(plan.people, by);
  const roles = person === null ? [] : (plan.people[person]?.roles ?? []);
  if (roles.some((role) => allowed.includes(role)) || (person !== null && allowed.includes('all'))) return null;
  const who = person === null ? `“${by}” is nobody of the plan` : `${by} has ${roles.join(', ')}`;
  return `${who}; to ${what} it takes ${allowed.join(' or ')}.`;
}

/** @returns whether two names mean the same person. */
export function samePerson(people: Plan['people'], one: string, other: string): boolean {
  if (normalise(one) === normalise(other)) return true;
  const person = personNamed(people, one);
  return person !== null && person === personNamed(people, other);
}

function normalise(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
