import { comingDates, drillDates } from '../../drills/dates.ts';
import { readDrills } from '../../drills/files.ts';
import { readDrillRules } from '../../drills/rules-record.ts';
import type { CliContext } from '../context.ts';
import { renderDrills } from '../render/drills.ts';

/** `kintsugi drill list`: from the files alone, without Temporal. */
export async function drillList(context: CliContext): Promise<void> {
  const { plan, stateFolder } = await context.loadPlan();
  const now = Date.now();
  const [drills, rules] = await Promise.all([readDrills(stateFolder), readDrillRules(stateFolder)]);
  const dates = drillDates(rules, drills, now);
  const next = comingDates(plan, now);
  context.answer({
    type: 'drills',
    drills,
    dates: dates.map(({ at, kind, state, drill }) => {
      return { at: new Date(at).toISOString(), kind, state, runId: drill?.begun.runId ?? null };
    }),
    next: next.map(({ at, kind }) => ({ at: new Date(at).toISOString(), kind })),
  });
  for (const line of renderDrills(
    { drills, dates, next, since: rules[0]?.from ?? null },
    { now, zone: plan.zone, colors: context.screen.colors },
  ))
    context.say(line);
}
