import type { Plan } from '../plan/schema.ts';

/** Services through which people come. */
export type Service = 'slack' | 'mattermost' | 'pagerduty';

/** A person of the plan, as a chat knows one. */
export interface Known {
  /** Name under people. */
  readonly id: string;
  /** By which the person goes in histories: the own name, or the name under people where two share a name. */
  readonly name: string;
}

/** @returns the plan's person behind a user of a service; null for anybody else. */
export function personOf(plan: Plan, service: Service, user: string): Known | null {
  const id = userTable(plan, service)[user] ?? (service === 'slack' ? reachedBySlack(plan, user) : undefined);
  const person = id === undefined ? undefined : plan.people[id];
  if (id === undefined || person === undefined) return null;
  const namesakes = Object.values(plan.people).filter(({ name }) => name === person.name);
  return { id, name: namesakes.length === 1 ? person.name : id };
}

function userTable({ channels }: Plan, service: Service): Readonly<Record<string, string>> {
  // Only own keys: a user named “constructor” is nobody.
  return Object.assign(Object.create(null), channels[service]?.users);
}

function reachedBySlack({ people }: Plan, user: string): string | undefined {
  return Object.keys(people).find((id) => people[id]?.reach.some((way) => 'slack' in way && way.slack === user));
}
