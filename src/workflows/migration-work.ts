import { isCancellation } from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { named } from '../migrations/graph.ts';
import type { Finding, MigrationChoice } from './contract.ts';
import { restoreChoices } from './contract.ts';
import { lookAtMigrations, type MigrationFacts, whyNoDowngrade, whyNoUpgrade } from './migration-facts.ts';
import { act, long, type look } from './proxies.ts';
import { restore } from './restore.ts';
import { rollBack } from './roll-back.ts';
import type { ProcedureRun } from './run-procedure.ts';
import { clock } from './say.ts';
import { changeFailure } from './schema-change.ts';
import { recordAsGood } from './switch-code.ts';

type Services = Awaited<ReturnType<typeof look.findDependents>>;
/** Who chose, and counts as the first approval of what was chosen. */
interface Starter {
  readonly requestedBy: string;
  readonly reason: string;
  readonly confirm: string;
}

/** What came of a choice that ended well. */
export interface ChoiceEnd {
  readonly revision: readonly string[];
  readonly text: string;
}

/** The acts of a recovery from a failed migration, and what there is to say of them to who chooses how to go on. */
export class MigrationWork {
  readonly #run: ProcedureRun;
  readonly #services: Services;
  #said: string[] = [];
  #revision: readonly string[] = [];
  #stopped: boolean;
  /** Id of the backup that was taken first. */
  backup: string | null = null;
  readonly findings: Finding[] = [];

  constructor(run: ProcedureRun, services: Services) {
    this.#run = run;
    this.#services = services;
    this.#stopped = false;
  }

  /** Adds to what the person is told at the next choice. */
  say(text: string): void {
    this.#said.push(text);
  }

  forgetSaid(): void {
    this.#said = [];
  }

  /** @returns in what state things are when it ends here. */
  state(): string {
    const at = this.#revision.length === 0 ? '' : `The schema is at ${named(this.#revision)}. `;
    const backup =
      this.backup === null
        ? ''
        : ` How it was before is in backup ${this.backup}: kintsugi recover restore --backup ${this.backup}`;
    return `${at}What ran before runs again.${backup}`;
  }

  /** @returns what is asked, with all that was found. Markdown. */
  question(choices: readonly MigrationChoice[], back: { id: string; takenAt: string } | null): string {
    const { step } = this.#run;
    const meanings: Record<MigrationChoice, string> = {
      retry: '**retry**: the migration is fixed in the image or in the mounted code; upgrades and starts it',
      rollBackCode: '**rollBackCode**: brings the last good code back (or `--to COMMIT`)',
      restore: `**restore**: brings ${back?.id} back, what was written since ${clock(back?.takenAt ?? '')} would be lost`,
      stay: `**stay**: ends here, at ${named(this.#revision)}`,
    };
    return [
      `The schema of **${step.database}** is at ${named(this.#revision)}.`,
      ...this.#said,
      `How to go on? ${choices.map((choice) => meanings[choice]).join('; ')}.`,
      `\`kintsugi proceed CHOICE ${step.workflowId} --by NAME --reason WHY\``,
    ].join(' ');
  }

  /** Services are started again however it ends: registered before they are stopped. */
  startAtTheEnd(): void {
    const { procedure, step } = this.#run;
    this.#stopped = true;
    procedure.onUndo('start services', () => act.startServices({ ...step, services: this.#services, waitHealthy: false }));
  }

  /** Drops the indexes that were found invalid, and are so still. */
  async dropInvalid(facts: MigrationFacts): Promise<void> {
    const { procedure, step } = this.#run;
    const indexes = facts.halfDone.invalid;
    if (indexes.length === 0) return procedure.settled('dropInvalid', 'there is none');
    try {
      await procedure.step('dropInvalid', () => act.dropInvalidIndexes({ ...step, indexes }), {
        note: ({ statements }) => statements.join('; ') || 'gone already',
      });
      this.say(`Dropped, so that the migration can make them anew: ${indexes.map(({ name }) => name).join(', ')}.`);
    } catch (error) {
      if (isCancellation(error)) throw error;
      procedure.skip('dropInvalid', fromFailure(error).message);
      this.say(
        `The invalid index ${indexes.map(({ name }) => name).join(', ')} could not be dropped: ${fromFailure(error).message}.`,
      );
    }
  }

  /** Takes the schema down to the last good revision, where it is after that one. What keeps it from that is told at the choice. */
  async goDown(facts: MigrationFacts): Promise<void> {
    const { procedure, step } = this.#run;
    const { lastGood, relation, state } = facts;
    this.#revision = state.current;
    this.#sayWhy(facts);
    const noWay = whyNoDowngrade(facts);
    if (noWay !== null) {
      procedure.skip('downgrade', noWay);
      this.say(`There is no way down to ${named(lastGood?.head ?? [])}: ${noWay}.`);
    } else if (relation === 'after' && lastGood !== null) {
      await this.#stopServices();
      const input = { ...step, image: null, graph: state.graph, to: lastGood.head };
      const ended = await procedure.step('downgrade', () => long.downgradeSchema(input), {
        note: (result) => (result.ok ? `at ${named(result.current)}` : `${fromFailure(changeFailure('down', result)).message}`),
      });
      this.#revision = ended.current;
      if (ended.ok) this.say(`It was taken down from ${named(state.current)}.`);
      else {
        procedure.skip('downgrade', fromFailure(changeFailure('down', ended)).message);
        this.say(`There is no way down to ${named(lastGood.head)}: ${fromFailure(changeFailure('down', ended)).message}`);
      }
      await this.#startServices();
      return;
    } else {
      procedure.settled('downgrade', `nothing to take back: it is at ${named(state.current)}`);
    }
    if (this.#stopped) return this.#startServices();
    for (const name of ['stopServices', 'startServices']) procedure.settled(name, 'not needed');
  }

  #sayWhy(facts: MigrationFacts): void {
    const { failure, halfDone } = facts;
    const noUpgrade = whyNoUpgrade(facts);
    if (failure !== null) this.say(`What failed: ${failure.revision ?? 'a migration'}: ${failure.why}.`);
    if (noUpgrade !== null) this.say(`An upgrade cannot begin: ${noUpgrade}.`);
    for (const { query, waitsFor } of halfDone.waiting) this.say(`“${query.slice(0, 80)}” waited for ${waitsFor}.`);
  }

  async #stopServices(): Promise<void> {
    const { procedure, step } = this.#run;
    if (!this.#stopped) this.startAtTheEnd();
    await procedure.step('stopServices', () => act.stopServices({ ...step, services: this.#services }), {
      note: () => this.#services.summary,
    });
  }

  /** The code may not work with the schema of now: that is told, and a person chooses. */
  async #startServices(): Promise<void> {
    const { procedure, step } = this.#run;
    try {
      await procedure.step('startServices', () => act.startServices({ ...step, services: this.#services }), {
        note: (found) => `${found.started} containers healthy`,
      });
    } catch (error) {
      if (isCancellation(error)) throw error;
      procedure.skip('startServices', fromFailure(error).message);
      this.say(`The application does not work like this: ${fromFailure(error).message}`);
    }
    procedure.settle('start services');
    this.#stopped = false;
  }

  /** Ends where it is. */
  async stay(): Promise<ChoiceEnd> {
    const { procedure } = this.#run;
    for (const name of ['upgrade', 'bringUp', 'recordDeploy']) procedure.settled(name, 'not chosen');
    try {
      await this.#checkHealth();
    } catch (error) {
      if (isCancellation(error)) throw error;
      // Who stays knows it, or learns it here: the code may still be that of the migration that failed.
      procedure.skip('health', fromFailure(error).message);
    }
    return { revision: this.#revision, text: `the schema stays at ${named(this.#revision)}` };
  }

  async #checkHealth(): Promise<void> {
    const { plan, procedure, step } = this.#run;
    if (plan.health.length === 0) return procedure.skip('health', 'the plan names no health address');
    await procedure.step('health', () => act.checkHealth(step), { note: (found) => found.summary });
  }

  /**
   * Upgrades with what the image or the mounted code brings now, and brings the services up with it.
   *
   * @returns null where that failed: the reason is said, the schema is back at the last good revision, if there is a way.
   */
  async retry(to: readonly string[] | null): Promise<ChoiceEnd | null> {
    const { plan, procedure, step } = this.#run;
    const facts = await lookAtMigrations(this.#run, to);
    this.#revision = facts.state.current;
    const noUpgrade = whyNoUpgrade(facts);
    if (noUpgrade !== null) {
      this.say(`It cannot be tried again: ${noUpgrade}.`);
      return null;
    }
    await this.#stopServices();
    const ended = await procedure.step('upgrade', () => long.upgradeSchema({ ...step, image: null, graph: facts.state.graph }), {
      note: (result) => (result.ok ? `at ${named(result.current)}` : fromFailure(changeFailure('up', result)).message),
    });
    this.#revision = ended.current;
    if (!ended.ok) {
      procedure.skip('upgrade', fromFailure(changeFailure('up', ended)).message);
      this.say(`**retry** did not work: ${fromFailure(changeFailure('up', ended)).message}`);
      const now = await lookAtMigrations(this.#run, to);
      await this.dropInvalid(now);
      // What the containers said is of the deployment; why the upgrade failed is said above.
      await this.goDown({ ...now, failure: null });
      if (this.#stopped) await this.#startServices();
      return null;
    }
    const services = plan.code?.services ?? [plan.migrations?.service ?? ''];
    await procedure.step('bringUp', () => act.bringUp({ ...step, services }), { note: () => services.join(' ') });
    await procedure.step('startServices', () => act.startServices({ ...step, services: this.#services }), {
      note: (found) => `${found.started} containers healthy`,
    });
    procedure.settle('start services');
    this.#stopped = false;
    await this.#checkHealth();
    await recordAsGood(this.#run, '', null);
    return { revision: ended.current, text: `migrated to ${named(ended.current)}` };
  }

  /** Brings other code back, with its schema. */
  async rollBack(request: Starter & { to: string | undefined }): Promise<ChoiceEnd> {
    const { to, ...starter } = request;
    const { code } = await rollBack(this.#run, { ...starter, keepSchema: false, ...(to === undefined ? {} : { to }) });
    const revision = code?.schema?.to ?? this.#revision;
    this.#revision = revision;
    this.findings.push({
      title: 'Images that were replaced',
      columns: ['service', 'kept as'],
      rows: (code?.kept ?? []).map(({ service, image }) => [service, image ?? '']),
    });
    return { revision, text: `the code is that of ${code?.commit.slice(0, 12)} again` };
  }

  /** Brings a backup of the last good revision back, beside the live database. */
  async restoreFrom(backup: string, revision: readonly string[], starter: Starter): Promise<ChoiceEnd> {
    const { plan, procedure, step } = this.#run;
    const services = plan.code?.services ?? [plan.migrations?.service ?? ''];
    // The deployment that failed may have left them made and never started: a restore starts again only what it finds running.
    await procedure.step('bringUp', () => act.bringUp({ ...step, services }), { note: () => services.join(' ') });
    const { facts } = await restore(this.#run, { ...restoreChoices.parse({ backup }), ...starter });
    const kept = facts.replaced?.name ?? null;
    if (kept !== null) this.findings.push({ title: 'The database that was replaced', text: `is kept as ${kept}` });
    this.#revision = revision;
    return { revision, text: `${this.#run.step.database} is back from ${facts.backup.id}` };
  }
}
