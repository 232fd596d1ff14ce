/** Whether anybody would carry a recovery out, and whether backups go on being taken. Pure. */
import type { ReadinessFacts, TemporalSeen } from './facts.ts';
import type { Level, Line } from './verdict.ts';

/** @returns Temporal, the worker, the schedules, and what is going on already. */
export function temporalLines({ temporal }: ReadinessFacts): Line[] {
  if ('fault' in temporal) {
    const text = `${temporal.fault.replace(/\.$/, '')}: nothing runs by itself, nobody is called, and a recovery cannot start`;
    return [{ name: 'Temporal', level: 'red', text, command: temporal.hint ?? 'kintsugi up' }];
  }
  return [
    { name: 'Temporal', level: 'green', text: 'answers', command: null },
    workerLine(temporal.is),
    ...schedulesLine(temporal.is),
    ...goingOn(temporal.is),
  ];
}

function workerLine({ workers }: TemporalSeen): Line {
  const name = 'worker';
  if (workers.length === 0)
    return { name, level: 'red', text: 'none listens: a recovery would only wait', command: 'kintsugi up' };
  const text = workers.map(({ pid, host }) => `process ${pid} on ${host}`).join('; ');
  return { name, level: 'green', text, command: null };
}

function schedulesLine({ schedules }: TemporalSeen): Line[] {
  const name = 'schedules';
  const not = (state: 'paused' | 'missing') => schedules.filter((each) => each.state === state).map(({ kind }) => kind);
  const [missing, paused] = [not('missing'), not('paused')];
  if (missing.length + paused.length === 0)
    return [{ name, level: 'green', text: `${schedules.length} are active`, command: null }];
  const texts = [
    ...(missing.length === 0 ? [] : [`not there: ${missing.join(', ')}`]),
    ...(paused.length === 0 ? [] : [`paused: ${paused.join(', ')}`]),
  ];
  const command = missing.length > 0 ? 'kintsugi schedules apply' : `kintsugi schedules resume ${paused[0]}`;
  return [{ name, level: 'amber', text: texts.join('; '), command }];
}

function goingOn({ incidents, recovery }: TemporalSeen): Line[] {
  const amber: Level = 'amber';
  const some = incidents
    .toSorted((a, b) => a.severity.localeCompare(b.severity))
    .slice(0, 3)
    .map(({ severity, workflowId, status }) => `${severity} ${workflowId} (${status})`);
  const more = incidents.length > some.length ? [`and ${incidents.length - some.length} more`] : [];
  return [
    ...(recovery === null
      ? []
      : [{ name: 'recovery', level: amber, text: `${recovery} is at work`, command: `kintsugi watch ${recovery}` }]),
    ...(incidents.length === 0
      ? [{ name: 'incidents', level: 'green' as const, text: 'none is open', command: null }]
      : [{ name: 'incidents', level: amber, text: [...some, ...more].join('; '), command: 'kintsugi incident list' }]),
  ];
}
