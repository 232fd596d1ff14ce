import { CancellationScope, sleep } from '@temporalio/workflow';

/** One timer, for the next instant at which something is due. Set anew for the same instant it goes on, so that a history has no more timers than instants. */
export class Alarm {
  #at: number | null = null;
  #scope: CancellationScope | null = null;
  #rang = false;

  /** @returns whether the instant was reached since it was last set. */
  get rang(): boolean {
    return this.#rang;
  }

  /** @param at milliseconds since 1970; null for no alarm. */
  set(at: number | null): void {
    if (at === this.#at && !this.#rang) return;
    this.#scope?.cancel();
    this.#scope = null;
    this.#at = at;
    this.#rang = false;
    if (at === null) return;
    const scope = new CancellationScope();
    this.#scope = scope;
    scope
      .run(() => sleep(Math.max(1, at - Date.now()), { summary: 'until it speaks by itself again' }))
      .then(
        () => {
          if (this.#scope === scope) this.#rang = true;
        },
        // Taken back, or the whole run is cancelled.
        () => undefined,
      );
  }
}
