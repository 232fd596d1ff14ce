import type { Explanation } from './explain.ts';
import { ruleFaults } from './rules.ts';
import type { Plan } from './schema.ts';

/** @returns what no single field shows: names that point nowhere, names given twice, services told two things. */
export function contradictions(plan: Plan): Explanation[] {
  return [...services(plan), ...twice(plan), ...ways(plan), ...whoIsWho(plan), ...ruleFaults(plan.repairs)];
}

function services({ stack, database }: Plan): Explanation[] {
  const lists = [
    ['runOnce', stack.runOnce],
    ['alsoStop', stack.alsoStop],
    ['keepRunning', stack.keepRunning],
  ] as const;
  return lists.flatMap(([list, names]) =>
    names.flatMap((name, at) => {
      const path = ['stack', list, at];
      if (name === database.service)
        return [
          { path, message: `${name} is the database itself`, mend: 'a recovery needs its server up: take it out of the list' },
        ];
      const other = lists.find(([each, others]) => each !== list && others.includes(name));
      return other === undefined || list === 'runOnce'
        ? []
        : [{ path, message: `${name} is under stack.${other[0]}, too`, mend: 'keep it in one of the two' }];
    }),
  );
}

function twice({ health, checks }: Plan): Explanation[] {
  const lists = [
    ['health', health],
    ['checks', checks],
  ] as const;
  return lists.flatMap(([list, entries]) =>
    entries.flatMap(({ name }, at) =>
      entries.findIndex((each) => each.name === name) === at
        ? []
        : [{ path: [list, at, 'name'], message: `“${name}” is there twice`, mend: 'reports tell them apart by their name' }],
    ),
  );
}

function ways({ people, channels }: Plan): Explanation[] {
  return Object.entries(people).flatMap(([id, { reach }]) =>
    reach.flatMap((way, at) => {
      const path = ['people', id, 'reach', at];
      if ('pagerduty' in way && channels.pagerduty?.services[way.pagerduty] === undefined)
        return [{ path, message: `no PagerDuty service ${way.pagerduty}`, mend: 'add it under channels.pagerduty.services' }];
      if ('webhook' in way && channels.webhooks[way.webhook] === undefined)
        return [{ path, message: `no webhook ${way.webhook}`, mend: 'add it under channels.webhooks' }];
      return [];
    }),
  );
}

function whoIsWho({ people, channels }: Plan): Explanation[] {
  const tables = [
    ['slack', channels.slack?.users ?? {}],
    ['mattermost', channels.mattermost?.users ?? {}],
    ['pagerduty', channels.pagerduty?.users ?? {}],
  ] as const;
  return tables.flatMap(([channel, users]) =>
    Object.entries(users).flatMap(([user, person]) =>
      person in people
        ? []
        : [{ path: ['channels', channel, 'users', user], message: `nobody is called ${person}`, mend: 'a name under people' }],
    ),
  );
}
