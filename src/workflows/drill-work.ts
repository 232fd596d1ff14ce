import { executeChild, isCancellation, ParentClosePolicy } from '@temporalio/workflow';
import type { DrillFacts } from '../drills/criteria.ts';
import type { ChosenBackup, DrillBegun, DrilledBackup } from '../drills/record.ts';
import { fromFailure } from '../errors/failure.ts';
import type { ErrorCode } from '../errors/table.ts';
import { speaksAgainstBackup } from '../verification/fault.ts';
import { notifyTest } from './notify-test.ts';
import { act, check } from './proxies.ts';
import { apartSteps, restoreApart, type ThereStep } from './restore-apart.ts';
import type { Procedure } from './steps.ts';

/** A server that was lost with the engine is met with a new one, this often in all. */
const rounds = 2;

/** Which criterion a step that failed speaks for. */
const criterionOf: Readonly<Record<string, string>> = {
  chooseBackup: 'backup',
  verify: 'verify',
  analyze: 'verify',
  application: 'application',
};

type Facts = Parameters<typeof check.openBackup>[0]['facts'];

/** What is done in a drill: each chosen backup restored apart from production, and what beside that its criteria ask for. */
export class DrillWork {
  readonly #procedure: Procedure;
  readonly #step: Parameters<typeof act.removeJobs>[0];
  readonly #begun: DrillBegun;
  readonly #seen: Record<string, { met: boolean; text: string }> = {};
  readonly drilled: DrilledBackup[] = [];
  /** Of the first backup that failed; null where none did. */
  code: ErrorCode | null = null;
  hints: readonly string[] = [];
  #round = 0;

  constructor(procedure: Procedure, step: Parameters<typeof act.removeJobs>[0], begun: DrillBegun) {
    this.#procedure = procedure;
    this.#step = step;
    this.#begun = begun;
  }

  get facts(): DrillFacts {
    const { usable, at, backups } = this.#begun;
    const times = this.drilled.flatMap(({ rtaMs }) => rtaMs ?? []);
    return {
      seen: this.#seen,
      // The longest counts, and only if every one recovered.
      rtaMs: times.length === 0 || times.length < backups.length ? null : Math.max(...times),
      rpaMs: usable === null ? null : Date.parse(at) - Date.parse(usable.takenAt),
    };
  }

  async run(): Promise<void> {
    const { backups } = this.#begun;
    if (backups.length === 0) {
      this.#see('backup', false, 'there is no backup that can be used');
      this.code = 'BACKUP_MISSING';
    }
    const marks = backups.map((backup, at) => (backups.length === 1 ? { name: '', title: '' } : markOf(backup, at)));
    for (const mark of marks) this.#procedure.add(this.#stepsOf(mark));
    for (const [at, backup] of backups.entries()) await this.#drill(backup, marks[at]?.name ?? '');
    await this.#contacts();
  }

  #stepsOf({ name, title }: Mark): [string, string][] {
    const { application } = this.#step.plan.drill;
    const all = [
      ['chooseBackup', 'check the backup'],
      ...apartSteps,
      ['swap', 'swap'],
      ...(application === undefined ? [] : [['application', 'application on the copy'] as const]),
    ] as const;
    return all.map(([step, text]) => [`${step}${name}`, `${text}${title}`]);
  }

  async #drill(backup: ChosenBackup, mark: string): Promise<void> {
    const { id, tier } = backup;
    try {
      const { rtaMs, text } = await this.#untilServerStays(backup, mark);
      this.drilled.push({ id, tier, outcome: 'passed', text, rtaMs });
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { code, message, hints } = fromFailure(error);
      const at = this.#procedure.progress().steps.findLast(({ state }) => state === 'failed')?.name ?? '';
      const name = criterionOf[at.slice(0, at.length - mark.length)] ?? 'restore';
      this.#see(name, false, `${id}: ${message}`);
      this.drilled.push({ id, tier, outcome: 'failed', text: message, rtaMs: null });
      this.code ??= code;
      // What a recovery would be told to do next is not what a drill wants.
      if (this.hints.length === 0) this.hints = hints.filter((hint) => !hint.startsWith('kintsugi recover'));
      if (name !== 'application' && speaksAgainstBackup(code, message))
        await this.#keep(backup, {
          means: name === 'backup' ? 'checksums' : 'restore',
          outcome: 'failed',
          code,
          message,
          durationMs: 0,
        });
    }
  }

  async #untilServerStays(backup: ChosenBackup, mark: string): Promise<{ rtaMs: number; text: string }> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#restore(backup, mark);
      } catch (error) {
        if (isCancellation(error) || tries >= rounds || fromFailure(error).code !== 'SCRATCH_SERVER') throw error;
      }
    }
  }

  async #restore(backup: ChosenBackup, mark: string): Promise<{ rtaMs: number; text: string }> {
    const procedure = this.#procedure;
    const began = Date.now();
    const facts = await procedure.step(
      `chooseBackup${mark}`,
      () => check.chooseBackup({ ...this.#step, wanted: backup.id, allowOtherDatabase: false }),
      { note: (found) => `${found.id}, ${found.checkedBy.join(', ')}` },
    );
    this.#see('backup', true, `${facts.id}: ${facts.checkedBy.join(', ')}`);
    this.#round += 1;
    const apart = {
      step: this.#step,
      facts,
      round: this.#round,
      limits: this.#step.plan.drill.server,
      withoutAnalyze: null,
      mark,
      onTidied: (left: readonly string[]) =>
        this.#see('cleanUp', left.length === 0, left.length === 0 ? 'all of it was removed' : left.join('; ')),
    };
    return restoreApart(procedure, apart, (there, verified) => this.#useCopy(backup, { began, facts, there, verified, mark }));
  }

  /** Lets the copy go live on its server, as in a recovery, and the application work with it. */
  async #useCopy(
    backup: ChosenBackup,
    { began, facts, there, verified, mark }: Copied,
  ): Promise<{ rtaMs: number; text: string }> {
    const procedure = this.#procedure;
    const until = new Date(began).toISOString();
    await procedure.step(`swap${mark}`, () => act.swap({ ...there, until, comment: verified.comment }), {
      note: () => `${there.database} is live on the scratch server`,
    });
    this.#see('restore', true, `${facts.kind} archive restored on ${there.target.container}`);
    this.#see('verify', true, verified.summary);
    await this.#keep(backup, { means: 'restore', outcome: 'passed', durationMs: Date.now() - began });
    if (this.#step.plan.drill.application !== undefined) {
      const { summary } = await procedure.step(`application${mark}`, () => act.tryApplication(there), {
        note: (found) => found.summary,
      });
      this.#see('application', true, summary);
    }
    return { rtaMs: Date.now() - began, text: verified.summary };
  }

  #keep({ path }: ChosenBackup, result: Parameters<typeof act.recordVerification>[0]['result']): Promise<void> {
    return act.recordVerification({ ...this.#step, path, result });
  }

  async #contacts(): Promise<void> {
    if (!this.#begun.criteria.some(({ name }) => name === 'contacts')) return;
    this.#procedure.add([['contacts', 'test message to every contact']]);
    try {
      const { sent } = await this.#procedure.step('contacts', () =>
        executeChild(notifyTest, {
          workflowId: `notify-test-${this.#step.runId}`,
          args: [{}],
          parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        }),
      );
      const took = (person: string) =>
        sent.some(({ recipient, outcome }) => recipient === person && (outcome === 'accepted' || outcome === 'delivered'));
      const people = Object.keys(this.#step.plan.people);
      const missed = people.filter((person) => !took(person));
      const text = missed.length === 0 ? `all ${people.length} were reached` : `not reached: ${missed.join(', ')}`;
      this.#see('contacts', missed.length === 0, text);
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.#see('contacts', false, fromFailure(error).message);
    }
  }

  /** Of several backups, what was not met counts. */
  #see(name: string, met: boolean, text: string): void {
    const known = this.#seen[name];
    if (known === undefined || (known.met && !met)) this.#seen[name] = { met, text };
    else if (known.met === met && known.text !== text) this.#seen[name] = { met, text: `${known.text}; ${text}` };
  }
}

interface Copied {
  readonly began: number;
  readonly facts: Facts;
  readonly there: ThereStep;
  readonly verified: Awaited<ReturnType<typeof check.verifyRestored>>;
  readonly mark: string;
}

interface Mark {
  readonly name: string;
  readonly title: string;
}

function markOf({ tier }: ChosenBackup, at: number): Mark {
  return { name: ` ${at + 1}`, title: ` (${at + 1}: ${tier})` };
}
