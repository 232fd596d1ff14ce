import { patched } from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { backupTurnId } from './contract.ts';
import { takeLock } from './lock.ts';
import { untilFree, untilNoRecovery } from './until-no-recovery.ts';

/**
 * The turn of one backup of a database, whatever workflow id people of the Temporal UI gave it: never two dumps at a time. It goes
 * with its run.
 *
 * A recovery's own backup needs no turn: it can't wait for one that itself waits until the recovery has ended.
 */
export class BackupTurn {
  readonly #project: string;
  readonly #database: string;
  readonly #say: (what: string) => void;
  #taken = false;

  /** @param say is told what is waited for. */
  constructor(project: string, database: string, say: (what: string) => void) {
    this.#project = project;
    this.#database = database;
    this.#say = say;
  }

  /** Waits until no recovery and no other backup is under way. Also asked before a further round: a recovery may have begun. */
  async come(): Promise<void> {
    const isOfRecovery = await untilNoRecovery(this.#project, this.#say);
    // Backups that began before there was a turn go on without it.
    if (isOfRecovery || this.#taken || !patched('one-backup-at-a-time')) return;
    const id = backupTurnId(this.#project, this.#database);
    for (;;) {
      await untilFree(id, new Set(), this.#say);
      try {
        await takeLock(this.#project, 'takeBackup', '', id);
        this.#taken = true;
        return;
      } catch (error) {
        // Another was as quick.
        if (fromFailure(error).code !== 'ALREADY_RUNNING') throw error;
      }
    }
  }
}
