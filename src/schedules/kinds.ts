/**
 * What can run by itself: one entry a kind. Only these become Temporal Schedules. To add one: its workflow type, when it runs, and the four choices, each with its reason.
 */
import { weekdayNumber } from '../incident/calendar.ts';
import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import type { ReviewName } from '../reviews/checklist.ts';
import type { WorkflowType } from '../workflows/contract.ts';
import { clockRule, type Rule } from './calendar.ts';
import { tierRules } from './tiers.ts';

export interface Kind {
  /** For people: `backups`. */
  readonly title: string;
  /** When; empty when it is off. */
  readonly when: (plan: Plan) => readonly Rule[];
  readonly run: KindRun;
}

export interface KindRun {
  readonly workflowType: WorkflowType;
  /** The one argument; the plan has every default. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What becomes of a date at which the one before still runs. */
  readonly overlap: 'SKIP' | 'BUFFER_ONE';
  /** How late a date is made up for after Temporal was down; Temporal's own default is a year. */
  readonly catchUp: string;
  /** Spread at random, at most. */
  readonly jitter: string;
  readonly pauseOnFailure: boolean;
  /** Whether a date that passed without a run opens an incident. */
  readonly missedMatters: boolean;
}

export const kindNames = [
  'backups',
  'verification',
  'integrity',
  'drill',
  'annualTest',
  'reviewMonthly',
  'reviewQuarterly',
  'reviewAnnually',
  'retention',
  'lookAhead',
  'channels',
  'watch',
  'audit',
] as const;
export type KindName = (typeof kindNames)[number];

// No kind pauses on failure: the next date is another try, and what failed has opened an incident. A paused schedule is silent.
const pauseOnFailure = false;

/** A review waits for people, however long: the next one comes when this one is done. */
const review = (name: ReviewName): KindRun => ({
  workflowType: 'reviewPlan',
  input: { review: name },
  overlap: 'SKIP',
  // Nobody waits for it to the hour.
  catchUp: '14d',
  jitter: '0s',
  pauseOnFailure,
  // One that is open already nags by itself.
  missedMatters: false,
});

type Off = 'off';
const unless = <S extends object>(section: S | Off, rule: (on: S) => Rule): readonly Rule[] =>
  section === 'off' ? [] : [rule(section)];
const daily = (section: { readonly at: string } | Off) => unless(section, ({ at }) => clockRule(at));

export const kinds: Readonly<Record<KindName, Kind>> = {
  backups: {
    title: 'backups',
    when: (plan) => Object.values(tierRules(plan)),
    run: {
      workflowType: 'takeDueBackup',
      input: {},
      // Never two dumps at a time; the next one serves what the skipped one was for.
      overlap: 'SKIP',
      // After an outage one backup at once; an older date than the last hour's would give the same backup again.
      catchUp: '1h',
      // Its instant is a promise to people (02:00), and one host has one stack as a rule.
      jitter: '0s',
      pauseOnFailure,
      missedMatters: true,
    },
  },
  verification: {
    title: 'verification of backups',
    when: ({ schedules }) => daily(schedules.verification),
    run: {
      workflowType: 'verifyBackups',
      input: {},
      // A run that takes longer than a day is at work on the same queue.
      overlap: 'SKIP',
      catchUp: '12h',
      jitter: '0s',
      pauseOnFailure,
      missedMatters: true,
    },
  },
  integrity: {
    title: 'integrity checks',
    when: ({ schedules }) => unless(schedules.integrity, ({ on, at }) => ({ ...clockRule(at), weekday: weekdayNumber(on) })),
    run: {
      workflowType: 'checkIntegrity',
      input: {},
      overlap: 'SKIP',
      // What is wrong with the data does not pass: a day late is well in time, and before the next week's.
      catchUp: '1d',
      // It reads tables: stacks of one host need not do it in the same minute.
      jitter: '10m',
      pauseOnFailure,
      missedMatters: true,
    },
  },
  drill: {
    title: 'drill',
    when: ({ schedules }) =>
      unless(schedules.drill, ({ first, at }) => ({ ...clockRule(at), weekday: weekdayNumber(first), days: { from: 1, to: 7 } })),
    run: {
      workflowType: 'monthlyDrill',
      // The annual test may have the same date.
      input: { ifRunning: 'wait' },
      overlap: 'SKIP',
      // A drill is as good on the Monday after; later it would be next to the following one, and people should hear that it was missed.
      catchUp: '3d',
      // Its instant is announced to people.
      jitter: '0s',
      pauseOnFailure,
      missedMatters: true,
    },
  },
  annualTest: {
    title: 'annual test',
    when: ({ schedules }) =>
      unless(schedules.annualTest, ({ month, day, at }) => ({ ...clockRule(at), days: { from: day, to: day }, months: [month] })),
    run: {
      workflowType: 'annualTest',
      input: { ifRunning: 'wait' },
      overlap: 'SKIP',
      // Once a year: a week late is better than a year late.
      catchUp: '7d',
      jitter: '0s',
      pauseOnFailure,
      missedMatters: true,
    },
  },
  reviewMonthly: {
    title: 'monthly review of the plan',
    when: ({ schedules }) =>
      unless(schedules.reviews.monthly, ({ day, at }) => ({ ...clockRule(at), days: { from: day, to: day } })),
    run: review('monthly'),
  },
  reviewQuarterly: {
    title: 'quarterly review of the plan',
    when: ({ schedules }) =>
      unless(schedules.reviews.quarterly, ({ months, day, at }) => ({ ...clockRule(at), days: { from: day, to: day }, months })),
    run: review('quarterly'),
  },
  reviewAnnually: {
    title: 'annual review of the plan',
    when: ({ schedules }) =>
      unless(schedules.reviews.annually, ({ month, day, at }) => ({
        ...clockRule(at),
        days: { from: day, to: day },
        months: [month],
      })),
    run: review('annual'),
  },
  retention: {
    title: 'deletion of old backups',
    when: ({ schedules }) => daily(schedules.retention),
    run: {
      workflowType: 'applyRetention',
      input: {},
      overlap: 'SKIP',
      // A day late it would be the next day's; nothing is lost by keeping backups longer.
      catchUp: '12h',
      jitter: '0s',
      pauseOnFailure,
      // Kept too long is no danger; a full disk is told of by others.
      missedMatters: false,
    },
  },
  lookAhead: {
    title: 'look ahead at the on-call rotations',
    when: ({ schedules }) => daily(schedules.lookAhead),
    run: {
      workflowType: 'lookAhead',
      input: {},
      overlap: 'SKIP',
      catchUp: '12h',
      jitter: '0s',
      pauseOnFailure,
      missedMatters: true,
    },
  },
  channels: {
    title: 'try of the message channels',
    when: ({ schedules }) => daily(schedules.channels),
    run: {
      workflowType: 'tryChannels',
      input: {},
      overlap: 'SKIP',
      catchUp: '12h',
      // Providers are asked by everybody on the minute.
      jitter: '5m',
      pauseOnFailure,
      missedMatters: true,
    },
  },
  watch: {
    title: 'watch over the stack',
    when: ({ schedules }) => unless(schedules.watch, ({ every }) => ({ every: milliseconds(every) })),
    run: {
      workflowType: 'watchStack',
      input: {},
      overlap: 'SKIP',
      // It looks at how things are now: an older look tells nothing.
      catchUp: '1m',
      jitter: '0s',
      pauseOnFailure,
      // The look at Kintsugi itself tells of one that has stopped.
      missedMatters: false,
    },
  },
  audit: {
    title: 'look at Kintsugi itself',
    when: ({ deadMansSwitch }) => [{ every: milliseconds(deadMansSwitch.every) }],
    run: {
      workflowType: 'audit',
      input: {},
      overlap: 'SKIP',
      // It looks at all that happened since it last looked: one look makes up for many.
      catchUp: '1m',
      jitter: '0s',
      pauseOnFailure,
      // Its silence is what the address outside is for.
      missedMatters: false,
    },
  },
};
