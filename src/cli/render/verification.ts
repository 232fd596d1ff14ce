import type { VerifiedBackup, VerifyBackupsResult } from '../../workflows/contract.ts';
import type { Colors } from '../screen.ts';

const files = {
  passed: 'files whole',
  failed: 'files damaged',
  gone: 'deleted meanwhile',
  notChecked: 'files not read',
} as const;
const restores = { passed: 'restored and compared', failed: 'can’t be restored', notDone: 'not restored' } as const;

/** @returns what a verification found, as lines: a line for each backup, then what opened an incident. */
export function renderVerification({ backups, findings }: VerifyBackupsResult, colors: Colors): string[] {
  return [
    ...(backups.length === 0 ? ['There is no backup to verify.'] : backups.map((backup) => line(backup, colors))),
    ...(findings.length === 0 ? ['All is well with the stored backups.'] : ['', 'An incident is open for each of these:']),
    ...findings.map(({ severity, problem }) => `  ${colors.red(severity)}  ${problem}`),
    ...(findings.length === 0 ? [] : ['', 'See them: kintsugi incident list']),
  ];
}

function line(backup: VerifiedBackup, colors: Colors): string {
  const { id, restore, why } = backup;
  const parts = [files[backup.files], ...(restore === null ? [] : [restores[restore]])].join(', ');
  const failed = backup.files === 'failed' || restore === 'failed';
  const passed = backup.files === 'passed' && restore !== 'failed' && restore !== 'notDone';
  const mark = failed ? colors.red('✖') : passed ? colors.green('✔') : colors.dim('–');
  return `  ${mark} ${id}   ${parts}${why === null ? '' : `: ${why}`}`;
}
