/** Ids of backups: the instant of the snapshot in UTC and four hexadecimal digits, `20261123T142501Z-7f3a`. */
const shape = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-[0-9a-f]{4}$/;

/** @returns the id of a backup. @param takenAt the instant of its snapshot. @param digits four hexadecimal digits. */
export function makeBackupId(takenAt: Date, digits: string): string {
  return `${takenAt.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${digits}`;
}

/** @returns whether the text has the shape of an id of ours and names an instant that exists. */
export function isBackupId(text: string): boolean {
  return instantOfId(text) !== null;
}

/** @returns the instant that an id names, to the second, as ISO 8601 in UTC; null if it is not an id. */
export function instantOfId(text: string): string | null {
  const parts = shape.exec(text)?.slice(1);
  if (parts === undefined) return null;
  const [year, month, day, hour, minute, second] = parts;
  const instant = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) || date.toISOString() !== instant ? null : instant;
}
