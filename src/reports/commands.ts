import { z } from 'zod';
import type { ActivityRun } from './activities.ts';
import type { Command } from './report.ts';
import { activityTitle } from './steps.ts';

/** Activities that run a program or change the server by statements say so in their answers. */
const ran = z.looseObject({ command: z.array(z.string()).optional(), statements: z.array(z.string()).optional() });

/** @returns the programs with their arguments and the statements that steps ran, as the evidence has them. */
export function commandsIn(activities: readonly ActivityRun[]): Command[] {
  return activities.flatMap((activity) => {
    const answer = ran.safeParse(activity.result);
    if (!answer.success) return [];
    const { command, statements = [] } = answer.data;
    return [
      ...(command === undefined ? [] : [command.map(quoted).join(' ')]),
      ...statements.map((statement) => `${statement};`),
    ].map((text) => ({ at: activity.endedAt ?? '', activity: activityTitle(activity.name), command: text }));
  });
}

/** Quoted where a shell would take it for more than one word: for reading, it is never run from here. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
