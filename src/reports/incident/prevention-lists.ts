/** The prevention lists of the plan's document, by scenario: what to go through when the cause of an incident is looked for. */

import type { WorkflowType } from '../../workflows/contract.ts';

export interface PreventionList {
  readonly scenario: string;
  readonly items: readonly string[];
}

interface Scenario extends PreventionList {
  /** Workflow types that recover from it. */
  readonly procedures: readonly WorkflowType[];
}

export const scenarios: readonly Scenario[] = [
  {
    scenario: 'Database corruption',
    procedures: ['restoreDatabase', 'undoRecovery', 'recoverFromCorruption'],
    items: [
      'Run daily backup jobs automatically',
      'Test backup restoration monthly',
      'Monitor database size and free space',
      'Enable PostgreSQL WAL archiving for point-in-time recovery',
    ],
  },
  {
    scenario: 'Migration failure during deployment',
    procedures: ['recoverFailedMigration', 'rollBackCode'],
    items: [
      'Test migrations in development/staging first',
      'Review migration code before deployment',
      'Have rollback plan prepared',
      'Execute migrations during maintenance window only',
    ],
  },
  {
    scenario: 'Data inconsistency',
    procedures: ['repairInconsistentData'],
    items: [
      'Database triggers automatically maintain consistency',
      'Constraints prevent invalid data entry',
      'Regular validation scripts check integrity',
    ],
  },
  {
    scenario: 'Cascading failure',
    procedures: ['recoverFromCascadingFailure', 'restartService'],
    items: [
      'Monitor disk space (alert at 80% full)',
      'Implement log rotation to prevent disk fill',
      'Use volume management for persistent data',
      'Configure Docker to restart on reboot',
    ],
  },
  {
    scenario: 'Accidental data deletion',
    procedures: ['restoreDatabase', 'recoverDeletedData'],
    items: [
      'Regular automated backups (every 6 hours)',
      'Offsite backup copies (AWS S3, GCS, etc.)',
      'Access control - don’t allow direct DB access',
      'SQL query logging for audit trail',
    ],
  },
];

/** @returns the lists of the scenarios that the procedures recover from; all of them when that is not known. */
export function preventionListsFor(procedures: readonly string[]): PreventionList[] {
  const fitting = scenarios.filter((scenario) => scenario.procedures.some((procedure: string) => procedures.includes(procedure)));
  return (fitting.length > 0 ? fitting : scenarios).map(({ scenario, items }) => ({ scenario, items }));
}
