const inName = /(?<!\d)(20\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?:[-_.T ]?(\d{2})[-_.:]?(\d{2})(?:[-_.:]?(\d{2}))?)?(Z)?(?!\d)/i;

/**
 * Reads an instant out of a file's name, such as `production_backup_2025_11_12_120000.sql`. Names say no zone: it is taken as the
 * worker's own, as `date` would have written it, unless it ends in Z.
 *
 * @returns ISO 8601 in UTC, or null if the name holds no date that exists.
 */
export function instantFromName(name: string): string | null {
  const match = inName.exec(name);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number.parseInt(part, 10) || 0);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return null;
  const utc = match[7] !== undefined;
  const date = utc
    ? new Date(Date.UTC(year, month - 1, day, hour, minute, second))
    : new Date(year, month - 1, day, hour, minute, second);
  const same = utc ? date.getUTCDate() === day : date.getDate() === day;
  return same ? date.toISOString() : null;
}
