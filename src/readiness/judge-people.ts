/** Whether it was practised, and whether people would hear of it. Pure. */
import { channelsSetUp } from '../channels/set-up.ts';
import type { Plan } from '../plan/schema.ts';
import { clock, words } from '../text/time.ts';
import type { ReadinessFacts } from './facts.ts';
import type { Line } from './verdict.ts';

const day = 86_400_000;
/** First Fridays are at most five weeks apart; a week of patience. */
const longestWithoutDrill = 42 * day;

/** @returns the last drill. */
export function drillLine({ schedules, zone }: Plan, { drills, at }: ReadinessFacts): Line {
  const name = 'drill';
  const last = drills.at(-1);
  if (last === undefined) {
    if (schedules.drill === 'off') return { name, level: 'green', text: 'the plan wants none', command: null };
    return { name, level: 'amber', text: 'there was none yet', command: 'kintsugi drill run' };
  }
  const when = clock(last.startedAt, zone, at);
  if (!last.well)
    return { name, level: 'red', text: `the last one, ${when}, failed: ${last.text}`, command: 'kintsugi drill report' };
  const took = last.rtaMs === null ? '' : `, back in ${words(last.rtaMs)}`;
  const isOld = schedules.drill !== 'off' && at - last.startedAt > longestWithoutDrill;
  const age = words(at - last.startedAt);
  return isOld
    ? { name, level: 'amber', text: `the last one was ${age} ago, ${when}${took}`, command: 'kintsugi drill run' }
    : { name, level: 'green', text: `passed ${when}, ${age} ago${took}`, command: null };
}

/** The channels are tried every day; where the plan does not want that, a person did it once a month. */
const longestWithoutTry = { daily: 2 * day, off: 31 * day } as const;

/** @returns whether messages would leave, by the last try. */
export function contactLine({ people, schedules, zone, channels: setUp }: Plan, { channels, at }: ReadinessFacts): Line {
  const name = 'contacts';
  if (Object.keys(people).length === 0)
    return { name, level: 'amber', text: 'the plan knows nobody who could be called', command: 'kintsugi plan check' };
  if (channelsSetUp(setUp).length === 0) {
    const text = 'the plan sets up no channel: messages go to the worker’s terminal and a file only (channels in the plan)';
    return { name, level: 'amber', text, command: null };
  }
  const command = 'kintsugi notify test --quiet';
  if (channels === null) return { name, level: 'amber', text: 'it was never tried whether messages leave', command };
  const when = clock(channels.at, zone, at);
  const bad = channels.tried.filter(({ ok }) => !ok);
  if (bad.length > 0) {
    const text = `${bad.map((each) => each.text).join('; ')} (tried ${when})`;
    return { name, level: bad.length === channels.tried.length ? 'red' : 'amber', text, command };
  }
  const age = at - channels.at;
  const isOld = age > longestWithoutTry[schedules.channels === 'off' ? 'off' : 'daily'];
  const text = `${channels.tried.length} of ${channels.tried.length} channels could be used ${when}`;
  return isOld
    ? { name, level: 'amber', text: `${text}, ${words(age)} ago`, command }
    : { name, level: 'green', text, command: null };
}
