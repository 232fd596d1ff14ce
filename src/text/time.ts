/** Times and lengths of time as people read them. Pure; instants are ISO 8601 or milliseconds since the epoch. */

type Instant = string | number | Date;

/** Locales that together have a short name for most zones: `JST` exists only in Japanese, `CEST` only in British English. */
const locales = ['en-US', 'en-GB', 'ja-JP', 'en-AU', 'en-IN', 'en-NZ', 'en-ZA'];

/** @returns `02:00 JST`; with the date before it when that is not the day of `now`: `2026-11-23 02:00 JST`. */
export function clock(instant: Instant, zone: string, now: Instant = instant): string {
  const at = parts(instant, zone);
  const day = at.day === parts(now, zone).day ? '' : `${at.day} `;
  return `${day}${at.time} ${zoneName(instant, zone)}`;
}

/** @returns `02:00:31 JST`. */
export function clockWithSeconds(instant: Instant, zone: string): string {
  return `${timeOfDay(instant, zone)} ${zoneName(instant, zone)}`;
}

/** @returns `02:00:31`. */
export function timeOfDay(instant: Instant, zone: string): string {
  const { time, seconds } = parts(instant, zone);
  return `${time}:${seconds}`;
}

/** @returns the short name of a zone at an instant: `JST`, `CEST`, `UTC`, else `GMT+3`. */
export function zoneName(instant: Instant, zone: string): string {
  const names = locales.map((locale) => {
    return (
      formatFor(locale, { timeZone: zone, timeZoneName: 'short' })
        .formatToParts(new Date(instant))
        .find((part) => part.type === 'timeZoneName')?.value ?? zone
    );
  });
  return names.find((name) => /^[A-Z]{2,5}$/.test(name)) ?? names[0] ?? zone;
}

/** @returns `0:42`, `12:03`, `1:02:03`. */
export function span(milliseconds: number): string {
  const { hours, minutes, seconds } = split(milliseconds);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** @returns `0:00:42`: always with hours, so that two of them stand under each other. */
export function longSpan(milliseconds: number): string {
  const { hours, minutes, seconds } = split(milliseconds);
  return `${hours}:${two(minutes)}:${two(seconds)}`;
}

/** @returns `45 s`, `51 min`, `1 h 51 min`, `3 d 2 h`: for what is said in a sentence. */
export function words(milliseconds: number): string {
  const total = Math.max(0, Math.round(milliseconds / 1000));
  if (total < 100) return `${total} s`;
  const allMinutes = Math.round(total / 60);
  if (allMinutes < 60) return `${allMinutes} min`;
  const [hours, minutes] = [Math.floor(allMinutes / 60), allMinutes % 60];
  if (hours < 48) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function split(milliseconds: number): { hours: number; minutes: number; seconds: number } {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  return { hours: Math.floor(total / 3600), minutes: Math.floor(total / 60) % 60, seconds: total % 60 };
}

function parts(instant: Instant, zone: string): { day: string; time: string; seconds: string } {
  const format = formatFor('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  const [day = '', time = ''] = format.format(new Date(instant)).split(' ');
  return { day, time: time.slice(0, 5), seconds: time.slice(6, 8) };
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** Making one costs a hundred times as much as using it, and a report shows thousands of times. There are as many as zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(key, known);
  return known;
}
