import type { TimelineEntry } from '../../incident/contract.ts';
import type { IncidentRecord } from '../../incident/record.ts';
import type { ApprovalRow, Participant } from './report.ts';

/**
 * @returns who was called or did something, and what. A person is the same under the name of the plan and under the own name;
 *   whoever the plan does not know stands for himself. Kintsugi is no participant: what it did is the timeline.
 */
export function participantsOf(
  people: IncidentRecord['people'],
  timeline: readonly TimelineEntry[],
  approvals: readonly ApprovalRow[],
): Participant[] {
  const deeds = [
    ...timeline.map(({ at, who, what }) => ({ at, who, what })),
    ...approvals
      .filter(({ what }) => what === 'approved' || what === 'refused')
      .map(({ at, by, what, about }) => ({ at, who: by, what: `${what} ${about}` })),
  ].filter(({ who }) => who !== 'kintsugi');
  const found = new Map<string, Participant>();
  for (const [id, { name, roles, called }] of Object.entries(people)) if (called) found.set(id, { name, roles, called, did: [] });
  for (const { at, who, what } of deeds) {
    const id = personOf(people, who) ?? who;
    const { name = who, roles = [], called = false } = people[id] ?? {};
    const before = found.get(id)?.did ?? [];
    found.set(id, { name, roles, called, did: [...before, { at, what }] });
  }
  return [...found.values()].map((each) => ({ ...each, did: each.did.toSorted((a, b) => a.at.localeCompare(b.at)) }));
}

function personOf(people: IncidentRecord['people'], who: string): string | null {
  const sought = normalise(who);
  return Object.keys(people).find((id) => id === sought || normalise(people[id]?.name ?? '') === sought) ?? null;
}

function normalise(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
