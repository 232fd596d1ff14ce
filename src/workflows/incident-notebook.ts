import { recordOf, reportVersion } from '../incident/record.ts';
import type { IncidentState } from '../incident/state.ts';
import { act, paper } from './proxies.ts';

/**
 * Keeps an incident outside Temporal: its evidence as it goes on, its report from “resolved” on. What can't be written keeps nobody from
 * being called: it stands in the history all the same, and `kintsugi report` makes the report.
 */
export class IncidentNotebook {
  readonly #changed: () => void;
  #recorded = '';
  #reported: string | null = null;
  #recording = false;
  #reporting = false;

  /** @param changed called when something was written, or could not be. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Evidence is on its way: continuing as new would lose it. */
  get isRecording(): boolean {
    return this.#recording;
  }

  /** A report is on its way. The next run writes it anew, so only the end of the incident waits for it. */
  get isReporting(): boolean {
    return this.#reporting;
  }

  /** One write at a time; what comes meanwhile goes with the next. A report is begun when its evidence is written. */
  write(state: IncidentState, draining: boolean): void {
    if (this.isRecording) return;
    const { entries, attempts } = state.unwritten;
    if (entries.length + attempts.length > 0) void this.#record(state);
    // Who continues as new writes it in the next run; there is none after the end.
    else if ((!draining || state.status === 'closed') && !this.isReporting) void this.#report(state);
  }

  async #record(state: IncidentState): Promise<void> {
    const { entries, attempts } = state.unwritten;
    state.unwritten = { entries: [], attempts: [] };
    const record = recordOf(state);
    const text = JSON.stringify(record);
    this.#recording = true;
    try {
      await act.recordIncident({ entries, attempts, record: text === this.#recorded ? null : record });
      this.#recorded = text;
    } catch {
      this.#recorded = '';
    }
    this.#recording = false;
    this.#changed();
  }

  async #report(state: IncidentState): Promise<void> {
    const version = reportVersion(state);
    if (version === null || version === this.#reported) return;
    this.#reported = version;
    this.#reporting = true;
    try {
      const { path } = await paper.writeIncidentReport({ record: recordOf(state) });
      state.report = path;
    } catch {
      // The next version tries again.
    }
    this.#reporting = false;
    this.#changed();
  }
}
