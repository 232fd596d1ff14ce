import type { Plan } from '../plan/schema.ts';

/** @returns the name of the plan's person behind a Slack user; null for anybody else. */
export function personOf(plan: Plan, slackUser: string): string | null {
  const named = plan.channels.slack?.users[slackUser];
  const id =
    named ??
    Object.keys(plan.people).find((person) =>
      plan.people[person]?.reach.some((way) => 'slack' in way && way.slack === slackUser),
    );
  return id === undefined ? null : (plan.people[id]?.name ?? null);
}
