import type { LoadedPlan } from '../../plan/load.ts';
import type { Finding } from '../doctor/finding.ts';
import { compose, docker, stack } from '../doctor/machine.ts';
import { type NamedCheck, runChecks } from '../doctor/run-checks.ts';
import { firstProcess } from './first-process.ts';
import { onCallGaps } from './on-call-gaps.ts';
import { backupFolder, composeFiles, databaseServer, health, imageTools, people, secrets } from './system.ts';

const checks: readonly NamedCheck[] = [
  ['Docker', docker],
  ['Compose', compose],
  ['Compose files', composeFiles],
  ['stack', stack],
  ['secrets', secrets],
  ['database', databaseServer],
  ['tools', imageTools],
  ['init', firstProcess],
  ['backups', backupFolder],
  ['health', health],
  ['people', people],
  ['on call', onCallGaps],
];

/** Compares a plan with what runs. Changes nothing, and needs no Temporal. */
export function checkSystem(loaded: LoadedPlan): Promise<Finding[]> {
  return runChecks(checks, { loaded, temporal: null });
}
