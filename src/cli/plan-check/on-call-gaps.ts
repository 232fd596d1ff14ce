import { wallClock } from '../../incident/calendar.ts';
import { gapsOnCall } from '../../incident/gaps.ts';
import type { DoctorContext, Finding } from '../doctor/finding.ts';

const area = 'on call';
const days = 14;

/** Who would be called in the next two weeks: a week of a rotation may have nobody. Roles that nobody has at all are found by `people`. */
export function onCallGaps({ loaded: { plan } }: DoctorContext): Promise<Finding[]> {
  const now = Date.now();
  const has = (role: string) => Object.values(plan.people).some(({ roles }) => roles.includes(role));
  const gaps = gapsOnCall(plan, now, now + days * 86_400_000).filter(({ role }) => role in plan.onCall || has(role));
  if (gaps.length === 0) return Promise.resolve([{ area, ok: true, text: `no rotation has a gap in the next ${days} days` }]);
  return Promise.resolve(
    gaps.map(({ role, from, to }) => ({
      area,
      ok: false,
      text: `nobody is on call as ${role} from ${wallClock(from, plan.zone)} to ${wallClock(to, plan.zone)}`,
      hint: `add an override to onCall.${role}`,
    })),
  );
}
