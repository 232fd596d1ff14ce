import { hostname } from 'node:os';
import { withTemporal } from '../cli/temporal.ts';
import { appendEvidence } from '../evidence/append.ts';
import { evidenceFile } from '../evidence/line.ts';
import { incidentSignals } from '../incident/contract.ts';
import type { LoadedPlan } from '../plan/load.ts';
import { incidentOf } from './incident-of.ts';
import type { Service } from './people.ts';

/** Somebody tried what he may not. */
export interface Denial {
  readonly service: Service;
  /** User of the service, or the name of the plan's person. */
  readonly who: string;
  readonly channel: string;
  readonly what: string;
  readonly why: string;
  /** Workflow id of the incident that it is about, where that is known. */
  readonly incident?: string;
}

/** The same attempt of the same user is recorded once a minute: nobody can flood the timeline. */
const oncePerMs = 60_000;

/** Records denied attempts: in the log, in the evidence, and in the timeline of the incident that they are about. */
export class Denials {
  readonly #log: (line: string) => void;
  readonly #last = new Map<string, number>();
  /** One file a process: only one process may append to a file of evidence. */
  readonly #run = `${new Date().toISOString()}-${process.pid}`;
  #count = 0;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** Never fails: a record that can't be written is in the log. */
  async record(loaded: LoadedPlan, denial: Denial, now = Date.now()): Promise<void> {
    const { service, who, what, why } = denial;
    this.#log(`denied: ${service} ${who} ${what}: ${why}`);
    const key = `${service} ${who} ${what}`;
    for (const [old, at] of this.#last) if (now - at > oncePerMs) this.#last.delete(old);
    if (this.#last.has(key)) return;
    this.#last.set(key, now);
    await Promise.all([this.#inEvidence(loaded, denial, now), this.#inTimeline(loaded, denial)]);
  }

  async #inEvidence(loaded: LoadedPlan, denial: Denial, now: number): Promise<void> {
    this.#count += 1;
    const at = new Date(now).toISOString();
    await appendEvidence(evidenceFile(loaded.stateFolder, `chat-${loaded.plan.stack.project}`, this.#run), {
      activity: 'chat',
      activityId: String(this.#count),
      attempt: 1,
      startedAt: at,
      endedAt: at,
      outcome: 'failed',
      code: 'DENIED',
      message: denial.why,
      result: denial,
      worker: `kintsugi-chat/${process.pid}@${hostname()}`,
    }).catch((error: unknown) => this.#log(`the denied attempt is not in the evidence: ${String(error)}`));
  }

  async #inTimeline({ plan }: LoadedPlan, { service, who, channel, what, why, incident }: Denial): Promise<void> {
    try {
      const id = incident ?? (await incidentOf(plan, channel, 'show'));
      await withTemporal(plan, ({ client }) =>
        client.workflow.getHandle(id).signal(incidentSignals.deniedElsewhere, { by: `${service} ${who}`, what, why }),
      );
    } catch {
      // Without an open incident, or without Temporal, it stands in the evidence alone.
    }
  }
}
