import {
  CancellationScope,
  defineSignal,
  type ExternalWorkflowHandle,
  getExternalWorkflowHandle,
  log,
  workflowInfo,
} from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { incidentId, incidentSignals, type Occurrence, type RecoveryNews } from '../incident/contract.ts';
import type { Plan } from '../plan/schema.ts';
import type { Progress } from './contract.ts';
import { markIncident } from './incident-mark.ts';
import { look } from './proxies.ts';
import { reportProblem } from './report-problem.ts';
import type { Procedure } from './steps.ts';

const recoverySignal = defineSignal<[RecoveryNews]>(incidentSignals.recovery);

/** A step is said to overrun when it takes so many times as long as it did before, and at least a minute. */
const overrunFactor = 3;
const leastExpectedMs = 60_000;

/** What a procedure tells its incident. Whatever happens to the incident, the recovery goes on. */
export class IncidentLink {
  readonly #handle: ExternalWorkflowHandle;
  readonly #typical: Readonly<Record<string, number>>;
  #last = '';
  #telling: Promise<unknown> = Promise.resolve();

  constructor(id: string, typical: Readonly<Record<string, number>>) {
    this.#handle = getExternalWorkflowHandle(id);
    this.#typical = typical;
  }

  /** Tells where the procedure is, if that is news. */
  tell(progress: Progress): void {
    this.#say(this.#news(progress, null));
  }

  /** Tells how it ended, and waits until that is told. */
  async end(progress: Progress, ended: NonNullable<RecoveryNews['ended']>): Promise<void> {
    this.#say(this.#news(progress, ended));
    await CancellationScope.nonCancellable(() => this.#telling);
  }

  #say(news: RecoveryNews): void {
    const text = JSON.stringify(news);
    if (text === this.#last) return;
    this.#last = text;
    // One after the other: signals that are sent together may arrive in another order.
    this.#telling = CancellationScope.nonCancellable(async () => {
      await this.#telling;
      await this.#handle.signal(recoverySignal, news);
    }).catch((error: unknown) => log.warn(`the incident was not told: ${fromFailure(error).message}`));
  }

  #news(progress: Progress, ended: RecoveryNews['ended']): RecoveryNews {
    const { workflowId, runId, procedure, phase, steps, message, approvals } = progress;
    const asks = phase === 'waitingForApproval';
    const running = steps.findLast(({ state }) => state === 'running');
    const typical = running === undefined ? undefined : this.#typical[running.name];
    const given = approvals.filter(({ approved }) => approved).map(({ by }) => by);
    return {
      workflowId,
      runId,
      procedure,
      phase,
      done: steps.filter(({ state }) => state === 'done').map(({ title }) => title),
      running:
        running?.startedAt === undefined || asks
          ? null
          : {
              title: running.title,
              since: running.startedAt,
              expectedMs: typical === undefined ? null : Math.max(leastExpectedMs, overrunFactor * typical),
            },
      leftMs: asks || ended !== null ? null : this.#left(progress),
      approval: asks ? { text: message ?? '', given } : null,
      denied: progress.denied ?? [],
      ended,
    };
  }

  /** @returns the typical times of what is not done yet; null when they are not known. */
  #left({ steps }: Progress): number | null {
    const left = steps.filter(({ state }) => state === 'waiting' || state === 'running');
    const times = left.map(({ name }) => this.#typical[name]).filter((time) => time !== undefined);
    return times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0);
  }
}

/**
 * Opens the incident of a procedure, or joins the one that it was given, and keeps it informed. The incident outlives the
 * procedure. One that is open for the same problem hears that it came back.
 *
 * @param given workflow id of an incident that is open already; null to open one.
 */
export async function linkIncident(
  procedure: Procedure,
  plan: Plan,
  occurrence: Occurrence,
  given: string | null,
): Promise<IncidentLink> {
  const { procedure: name, database } = procedure.progress();
  const { workflowId } = workflowInfo();
  const id = given ?? incidentId(plan.stack.project, `${name}-${database}`);
  markIncident(id);
  const typical = await look.expectedTimes({ workflowId }).catch(() => ({}));
  if (given === null) await reportProblem(id, occurrence);
  const link = new IncidentLink(id, typical);
  procedure.onChange((progress) => link.tell(progress));
  return link;
}
