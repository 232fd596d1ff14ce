import type { CatalogEntry } from '../../catalog/list.ts';
import { rate } from './checklist.ts';
import type { OutcomeLook } from './outcome.ts';
import { pad } from './text.ts';
import { clock, words } from './time.ts';

/** @returns the catalog as lines, newest first; what is no backup says why. */
export function renderBackups(entries: readonly CatalogEntry[], folder: string, look: OutcomeLook): string[] {
  if (entries.length === 0) return [`No backups in ${folder}.`, 'HINT: kintsugi backup take'];
  const whole = entries.filter((entry) => entry.manifest !== null);
  return [...entries.map((entry) => line(entry, look)), `${whole.length} in ${folder}`];
}

function line({ id, manifest, fault }: CatalogEntry, { now, zone, colors }: OutcomeLook): string {
  if (manifest === null) return `  ${colors.red('✖')} ${id}   ${colors.red(fault ?? 'no manifest')}`;
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const age = `${words(now - Date.parse(manifest.takenAt))} ago`;
  const facts = [pad(clock(manifest.takenAt, zone, now), 20), pad(age, 15), rate(bytes).padStart(7), `${manifest.tables.length} tables`];
  return `  ${colors.green('✔')} ${colors.bold(id)}   ${facts.join('  ')}  ${colors.dim(manifest.takenBy.reason)}`.trimEnd();
}
