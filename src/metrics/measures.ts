/** What readiness saw and judged, as numbers. Pure. Instants and lengths of time are seconds, as Prometheus wants them. */

import type { Plan } from '../plan/schema.ts';
import { severities } from '../plan/severities.ts';
import { tierNames } from '../plan/tier-names.ts';
import type { BackupSeen, ReadinessFacts, RecoverySeen } from '../readiness/facts.ts';
import type { Readiness } from '../readiness/judge.ts';
import { faultOf } from '../readiness/judge-backups.ts';
import { levels } from '../readiness/verdict.ts';
import type { MetricName } from './definitions.ts';

export interface Measure {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Values by metric; one that is not known is left out. */
export type Measures = Readonly<Partial<Record<MetricName, readonly Measure[]>>>;

/** @returns the values of all metrics of ours. */
export function measuresOf(plan: Plan, facts: ReadinessFacts, judged: Readiness): Measures {
  const database = plan.database.name;
  const failed = (part: 'backups' | 'temporal' | 'server') => ({ value: 'fault' in facts[part] ? 1 : 0, labels: { part } });
  return {
    kintsugi_ready: levels.map((level) => ({ value: level === judged.level ? 1 : 0, labels: { level } })),
    kintsugi_ready_check: judged.lines.map(({ name, level }) => ({ value: levels.indexOf(level), labels: { check: name } })),
    kintsugi_looked_timestamp_seconds: [{ value: facts.at / 1000 }],
    kintsugi_look_failed: [failed('backups'), failed('temporal'), failed('server')],
    kintsugi_rpo_seconds: [{ value: judged.rpoMs / 1000, labels: { database } }],
    kintsugi_rto_seconds: [{ value: judged.rtoMs / 1000, labels: { database } }],
    kintsugi_recovery_predicted_seconds: seconds(judged.take?.highMs, { database }),
    ...('is' in facts.backups ? ofBackups(database, facts.backups.is.stored) : {}),
    ...ofRecoveries(facts.recoveries),
    ...ofDrills(facts),
    ...ofTemporal(facts),
    ...ofChannels(facts),
  };
}

function seconds(ms: number | null | undefined, labels?: Measure['labels']): Measure[] {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return [];
  return [{ value: ms / 1000, ...(labels === undefined ? {} : { labels }) }];
}

function ofBackups(database: string, stored: readonly BackupSeen[]): Measures {
  const labels = { database };
  const sound = stored.filter((backup) => faultOf(backup) === null);
  const isProven = ({ standing }: BackupSeen) => standing.proven;
  const count = (state: string, value: number) => ({ value, labels: { database, state } });
  const restored = stored.flatMap(({ standing }) => standing.restoredAt ?? []);
  const proven = sound.filter(isProven).length;
  return {
    kintsugi_backup_timestamp_seconds: seconds(sound[0]?.takenAt, labels),
    kintsugi_backup_proven_timestamp_seconds: seconds(sound.find(isProven)?.takenAt, labels),
    kintsugi_backup_tier_timestamp_seconds: tierNames.flatMap((tier) =>
      seconds(sound.find(({ tiers }) => tiers.includes(tier))?.takenAt, { database, tier }),
    ),
    kintsugi_backup_bytes: sound.slice(0, 1).map(({ bytes }) => ({ value: bytes, labels })),
    kintsugi_backup_duration_seconds: seconds(sound[0]?.tookMs, labels),
    kintsugi_backups: [
      count('proven', proven),
      count('unproven', sound.length - proven),
      count('bad', stored.length - sound.length),
    ],
    kintsugi_verification_timestamp_seconds: seconds(restored.length === 0 ? null : Math.max(...restored), labels),
    kintsugi_verification_failures: [{ value: stored.reduce((sum, { failures }) => sum + failures, 0), labels }],
  };
}

function ofRecoveries(recoveries: readonly RecoverySeen[]): Measures {
  const procedures = [...new Set(recoveries.map(({ procedure }) => procedure))];
  const lastOf = (procedure: string, fits: (each: RecoverySeen) => boolean = () => true) =>
    recoveries.findLast((each) => each.procedure === procedure && fits(each));
  const well = ({ well: isWell }: RecoverySeen) => isWell;
  const of = (pick: (procedure: string) => number | null | undefined) =>
    procedures.flatMap((procedure) => seconds(pick(procedure), { procedure }));
  return {
    kintsugi_recovery_timestamp_seconds: of((procedure) => lastOf(procedure)?.endedAt),
    kintsugi_recovery_success: procedures.map((procedure) => ({
      value: lastOf(procedure)?.well === true ? 1 : 0,
      labels: { procedure },
    })),
    kintsugi_recovery_rta_seconds: of((procedure) => lastOf(procedure, well)?.rtaMs),
    kintsugi_recovery_rpa_seconds: of((procedure) => lastOf(procedure, well)?.rpaMs),
  };
}

function ofDrills({ drills }: ReadinessFacts): Measures {
  const last = drills.at(-1);
  if (last === undefined) return {};
  return {
    kintsugi_drill_timestamp_seconds: seconds(last.startedAt),
    kintsugi_drill_success: [{ value: last.well ? 1 : 0 }],
    kintsugi_drill_rta_seconds: seconds(drills.findLast(({ rtaMs }) => rtaMs !== null)?.rtaMs),
  };
}

const states = ['active', 'paused', 'missing'] as const;

function ofTemporal({ temporal }: ReadinessFacts): Measures {
  if ('fault' in temporal) return {};
  const { schedules, incidents } = temporal.is;
  return {
    kintsugi_incidents_open: severities.map((severity) => ({
      value: incidents.filter((incident) => incident.severity === severity).length,
      labels: { severity },
    })),
    kintsugi_schedule_state: schedules.flatMap(({ kind, state }) =>
      states.map((each) => ({ value: each === state ? 1 : 0, labels: { schedule: kind, state: each } })),
    ),
    kintsugi_schedule_next_timestamp_seconds: schedules.flatMap(({ kind, next }) => seconds(next, { schedule: kind })),
    kintsugi_schedule_missed: schedules.map(({ kind, missed }) => ({ value: missed, labels: { schedule: kind } })),
  };
}

function ofChannels({ channels }: ReadinessFacts): Measures {
  if (channels === null) return {};
  return {
    kintsugi_channel_failures: [{ value: channels.tried.filter(({ ok }) => !ok).length }],
    kintsugi_channels_tried_timestamp_seconds: seconds(channels.at),
  };
}
