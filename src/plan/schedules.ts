import { z } from 'zod';
import { type Weekday, weekdays } from './escalation.ts';
import { secretReference } from './secret-reference.ts';
import { duration, localTime } from './units.ts';

/** A schedule, or `off`. */
const orOff = <S extends z.ZodObject>(section: S) => z.union([z.literal('off'), section]);
const at = (time: string) => localTime.default(time);
const on = (day: Weekday) => z.enum(weekdays).default(day);
// 29 to 31 would leave months out without a word.
const day = z.int().min(1).max(28).default(1).describe('Day of the month, 1 to 28');
const month = z.int().min(1).max(12);
const keep = (time: string) => duration.default(time).describe('How long such a backup is kept');

const backups = z
  .strictObject({
    hourly: orOff(
      z.strictObject({ minute: z.int().min(0).max(59).default(0).describe('Minute of every hour'), keep: keep('24h') }),
    ).prefault({}),
    daily: orOff(z.strictObject({ at: at('02:00'), keep: keep('7d') })).prefault({}),
    weekly: orOff(z.strictObject({ on: on('sunday'), at: at('02:00'), keep: keep('4w') })).prefault({}),
    monthly: orOff(z.strictObject({ day, at: at('02:00'), keep: keep('366d') })).prefault({}),
    lateAfter: duration.default('1h').describe('A backup that is not there so long after its time opens an incident'),
  })
  .prefault({})
  .describe('Tiers of backups; one backup serves all that are due at a time');

const reviews = z
  .strictObject({
    monthly: orOff(z.strictObject({ day, at: at('09:00') })).prefault({}),
    quarterly: orOff(z.strictObject({ months: z.array(month).min(1).default([1, 4, 7, 10]), day, at: at('09:00') })).prefault({}),
    annually: orOff(z.strictObject({ month: month.default(4), day, at: at('09:00') })).prefault({}),
  })
  .prefault({})
  .describe('Reviews of the plan by people');

/**
 * When Kintsugi does what by itself: the document's table. Times are those of a clock on a wall in the plan's zone. `kintsugi
 * schedules apply` makes Temporal Schedules of it.
 */
export const schedules = z
  .strictObject({
    backups,
    retention: orOff(z.strictObject({ at: at('05:00') }))
      .prefault({})
      .describe('Daily: deletes backups whose time is over'),
    verification: orOff(z.strictObject({ at: at('03:30') }))
      .prefault({})
      .describe('Daily: proves that the stored backups can be restored'),
    integrity: orOff(z.strictObject({ on: on('sunday'), at: at('04:30') }))
      .prefault({})
      .describe('Weekly: checks the data for inconsistencies'),
    drill: orOff(z.strictObject({ first: on('friday').describe('The first such day of each month'), at: at('10:00') }))
      .prefault({})
      .describe('Monthly: restores a stored backup in isolation'),
    annualTest: orOff(z.strictObject({ month: month.default(9), day, at: at('10:00') }))
      .prefault({})
      .describe('Once a year: the full test, from a backup that is a month old'),
    reviews,
    lookAhead: orOff(z.strictObject({ at: at('09:00') }))
      .prefault({})
      .describe('Daily: names the gaps of the on-call rotations in the next 14 days'),
    channels: orOff(z.strictObject({ at: at('09:30') }))
      .prefault({})
      .describe('Daily: tries every message channel without waking anybody'),
    watch: orOff(z.strictObject({ every: duration.default('5m') }))
      .prefault({})
      .describe(
        'Looks for the symptoms of a disaster, as `kintsugi diagnose` does, and opens an incident that names the procedure',
      ),
  })
  .prefault({});

/** Silence is the alarm: an address outside that is asked for only while all is well. */
export const deadMansSwitch = z
  .strictObject({
    url: z
      .union([z.url({ protocol: /^https?$/ }), secretReference])
      .optional()
      .describe('Address outside (healthchecks.io and the like), or a reference to it; nothing is asked if missing'),
    every: duration.default('5m').describe('How often Kintsugi looks at itself, and asks for that address when all is well'),
    method: z.enum(['GET', 'POST']).default('POST'),
    timeout: duration.default('10s'),
  })
  .prefault({});

/** When backups are deleted. What is no backup of Kintsugi's is never touched. */
export const retention = z
  .strictObject({
    manual: z
      .union([z.literal('forever'), duration])
      .default('forever')
      .describe('How long backups are kept that no schedule took: by hand, after a recovery, from before there were tiers'),
    trash: duration.default('1d').describe('How long a deleted backup can be had back with `kintsugi backup undelete`'),
    longestPause: duration
      .default('7d')
      .describe('A clock that is further ahead of the last run than this is not believed, and nothing is deleted'),
  })
  .prefault({});
