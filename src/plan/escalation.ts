import { z } from 'zod';
import { everybody } from './everybody.ts';
import { duration, localInstant, localTime, timeZone } from './units.ts';

const roles = z.array(z.string().min(1)).describe(`Roles of the plan’s people; ${everybody} is everybody`);

export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const weekday = z.enum(weekdays);
export type Weekday = (typeof weekdays)[number];

/** When somebody of a role is called, in calendar weeks of one time zone. */
const rotation = z.strictObject({
  zone: timeZone.optional().describe('Time zone of the hand-over; the plan’s zone if missing'),
  handover: z
    .strictObject({ day: weekday.default('monday'), at: localTime.default('09:00') })
    .prefault({})
    .describe('When a week begins: the same time on the wall the year round'),
  since: z.iso.date().describe('A day in the week of the first of weeks: from there on they take turns'),
  weeks: z
    .array(z.string().min(1).nullable())
    .min(1)
    .describe('Names under people, one a week, then from the beginning; null: a week with nobody'),
  overrides: z
    .array(
      z.strictObject({
        from: localInstant.describe('Begin, as the clock in the rotation’s zone shows it: 2026-12-28T09:00'),
        to: localInstant.describe('End, not included'),
        person: z.string().min(1).nullable().describe('Who is on call instead; null: nobody'),
      }),
    )
    .default([])
    .describe('Exceptions; the last one that fits counts'),
});
export type Rotation = z.infer<typeof rotation>;

/** Rotations by role. A role without one: all who have it are called. */
export const onCall = z.record(z.string(), rotation).default({}).describe('Who is on call for a role, week by week');

interface RuleDefaults {
  readonly meaning: string;
  readonly actions: string;
  readonly notify: string[];
  readonly acknowledgeWithin: string;
  readonly escalateTo?: string[];
  readonly nextLevelAfter?: string;
  readonly acknowledgementLasts: string;
  readonly updates: { readonly responders: string; readonly everyone?: string };
  readonly quietHours?: boolean;
}

/** What happens for one severity. @param document the numbers of the document: each field has its default. */
const rule = (document: RuleDefaults) =>
  z
    .strictObject({
      meaning: z.string().default(document.meaning).describe('What a problem of this severity is'),
      actions: z.string().default(document.actions).describe('What is done about it'),
      notify: roles.min(1).default(document.notify).describe('Roles that are called at once'),
      acknowledgeWithin: z
        .union([duration, z.literal('nextWorkingDay')])
        .default(document.acknowledgeWithin)
        .describe('Response time: then the next level is called. nextWorkingDay: by the end of the next working day'),
      escalateTo: roles.default(document.escalateTo ?? [everybody]).describe('Roles of the next levels, in order'),
      nextLevelAfter: optionalDuration(document.nextLevelAfter).describe(
        'How long each further level has; as acknowledgeWithin if missing',
      ),
      repeatEvery: duration
        .optional()
        .describe('When all levels were called: how often it begins anew, until a person answers; as nextLevelAfter if missing'),
      lastResort: roles.default([everybody]).describe('Who is called where a level has nobody and no other is left'),
      acknowledgementLasts: duration
        .default(document.acknowledgementLasts)
        .describe('An acknowledgement counts so long after the person was last heard of'),
      updates: z
        .strictObject({
          responders: duration.default(document.updates.responders).describe('Those who were called'),
          everyone: optionalDuration(document.updates.everyone).describe('Everybody in the plan'),
          remindBefore: duration.default('5m').describe('When the responder is reminded to write one'),
        })
        .prefault({})
        .describe('How often each audience is told'),
      quietHours: z
        .boolean()
        .default(document.quietHours ?? false)
        .describe('Whether messages wait for the end of the quiet hours'),
    })
    .prefault({});
export type EscalationRule = z.infer<ReturnType<typeof rule>>;

function optionalDuration(document: string | undefined) {
  return document === undefined ? duration.optional() : duration.default(document).optional();
}

/** How many messages a person gets over a channel; the rest come as one when there is room again, and that is said. */
const limit = z.strictObject({ messages: z.int().min(1), within: duration });

/** The document's matrix, with row 24 of its known faults: responders and everyone are two audiences. */
export const escalation = z
  .strictObject({
    P1: rule({
      meaning: 'Critical: the database is unavailable, or data is lost',
      actions: 'Immediate restoration from backup',
      notify: ['primary-dba', 'devops-lead'],
      acknowledgeWithin: '15m',
      escalateTo: ['secondary-dba', 'devops-lead', 'system-admin', everybody],
      acknowledgementLasts: '45m',
      updates: { responders: '15m', everyone: '30m' },
    }),
    P2: rule({
      meaning: 'High: data is inconsistent',
      actions: 'Troubleshoot and resolve',
      notify: ['primary-dba'],
      acknowledgeWithin: '1h',
      escalateTo: ['secondary-dba', 'devops-lead', 'system-admin', everybody],
      acknowledgementLasts: '2h',
      updates: { responders: '30m', everyone: '1h' },
    }),
    P3: rule({
      meaning: 'Medium: performance is degraded',
      actions: 'Schedule a fix during maintenance',
      notify: ['support-team'],
      acknowledgeWithin: '4h',
      acknowledgementLasts: '3d',
      updates: { responders: '1d' },
      quietHours: true,
    }),
    P4: rule({
      meaning: 'Low: warnings in logs',
      actions: 'Review and optimise',
      notify: ['support-team'],
      acknowledgeWithin: 'nextWorkingDay',
      nextLevelAfter: '1d',
      acknowledgementLasts: '14d',
      updates: { responders: '7d' },
      quietHours: true,
    }),
    answerWithin: duration
      .default('3m')
      .describe('How long a person has to answer over one way; then the next of the person’s ways is tried'),
    recoveredAfter: duration.default('2m').describe('How long “resolved” is held back, in case the problem comes back'),
    reopenWithin: duration
      .default('1h')
      .describe('A problem that comes back within this time after its end is the same incident'),
    flapping: z
      .strictObject({ times: z.int().min(2).default(3), within: duration.default('1h') })
      .prefault({})
      .describe('A problem that comes back so often is said to flap, once, and to have stopped when it stays away as long'),
    quietHours: z
      .strictObject({ from: localTime.default('22:00'), to: localTime.default('07:00') })
      .prefault({})
      .describe('In each person’s own time zone'),
    workingDays: z
      .strictObject({
        days: z.array(weekday).min(1).default(['monday', 'tuesday', 'wednesday', 'thursday', 'friday']),
        from: localTime.default('09:00'),
        to: localTime.default('18:00'),
      })
      .prefault({})
      .describe('In the plan’s time zone'),
    limits: z
      .strictObject({
        voice: limit.default({ messages: 3, within: '15m' }),
        sms: limit.default({ messages: 5, within: '15m' }),
        email: limit.default({ messages: 20, within: '15m' }),
        slack: limit.default({ messages: 30, within: '15m' }),
        pagerduty: limit.default({ messages: 30, within: '15m' }),
        webhook: limit.default({ messages: 60, within: '15m' }),
      })
      .prefault({})
      .describe('For each person and channel; the first message of an incident is never held back'),
    reportWithin: duration.default('2d').describe('How long root cause and prevention may take; then there are reminders'),
    remindOfReportEvery: duration.default('1d'),
  })
  .prefault({});

const anybody = 'anybody';
const allowed = z
  .union([z.literal(anybody), roles])
  .default(anybody)
  .describe(`${anybody}: who has a shell on the host, or is a person of the plan in chat; or the roles that may`);

/** Who may do what: decided in src/incident/permission.ts, for the command line, chat and the Temporal UI alike. */
export const permissions = z
  .strictObject({
    start: allowed.describe('Start a recovery'),
    approve: allowed.describe('Approve or refuse a destructive step'),
    acknowledge: allowed.describe('Acknowledge, hand over, snooze, update'),
    close: allowed.describe('Resolve, close, change the severity'),
  })
  .prefault({});

const kinds = ['incidentNotification', 'statusUpdate', 'resolutionUpdate', 'postIncidentReport'] as const;
const template = z.strictObject({ subject: z.string().min(1), text: z.string().min(1) });
const texts = z.partialRecord(z.enum(kinds), template);

/** Own words for the four messages, by language: {problem}, {impact}, {severity}, … stand for what is known then. */
export const templates = z.strictObject({ en: texts.optional(), ja: texts.optional() }).default({});
