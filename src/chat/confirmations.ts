import { randomBytes } from 'node:crypto';
import { KintsugiError } from '../errors/kintsugi-error.ts';

/** How long a confirmation is waited for: what was shown may be out of date after that. */
const confirmWithinMs = 10 * 60_000;

/** So many may be open at once. */
const most = 20;

/** What became of an answer. `gone`: the nonce was used, has lapsed, or never was. */
type Outcome = 'confirmed' | 'mistyped' | 'gone' | 'notYours';

interface Open {
  readonly owner: string;
  readonly name: string;
  readonly settle: (error?: KintsugiError) => void;
}

/**
 * Destructive commands that were shown to a person and wait for the name of the database. What waits is the command itself, with
 * the backup that was shown: nothing else can be started by the answer. The nonce works once, for that person, and lapses. They
 * are kept in memory only: after a restart nothing is started that was asked for before.
 */
export class Confirmations {
  readonly #open = new Map<string, Open>();
  readonly #withinMs: number;

  constructor(withinMs = confirmWithinMs) {
    this.#withinMs = withinMs;
  }

  /**
   * @param owner who may answer: service, user and person. An older question of the same owner is taken back.
   * @returns the nonce, and a promise of the confirmation. It fails with NOT_CONFIRMED when that doesn't come.
   */
  ask(owner: string, name: string): { nonce: string; confirmed: Promise<void> } {
    for (const [nonce, other] of this.#open)
      if (other.owner === owner) this.#end(nonce, notConfirmed('Another command of yours asks now.'));
    if (this.#open.size >= most) throw notConfirmed(`${most} confirmations are open already.`);
    const nonce = randomBytes(9).toString('base64url');
    const confirmed = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => this.#end(nonce, notConfirmed('It was not confirmed in time; what was shown may be out of date.')),
        this.#withinMs,
      );
      const settle = (error?: KintsugiError) => {
        clearTimeout(timer);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#open.set(nonce, { owner, name, settle });
    });
    // It may be taken back before the question is out, or when that could not be sent: an unhandled rejection would end the worker.
    confirmed.catch(() => undefined);
    return { nonce, confirmed };
  }

  /** @returns the name that is to be typed; null if the nonce is not open to this owner. */
  nameFor(nonce: string, owner: string): string | null {
    const open = this.#open.get(nonce);
    return open?.owner === owner ? open.name : null;
  }

  answer(nonce: string, owner: string, typed: string): Outcome {
    const open = this.#open.get(nonce);
    if (open === undefined) return 'gone';
    if (open.owner !== owner) return 'notYours';
    if (typed.trim() !== open.name) return 'mistyped';
    this.#end(nonce);
    return 'confirmed';
  }

  /** Ends all that are open: the chat stops. */
  stop(): void {
    for (const nonce of [...this.#open.keys()]) this.#end(nonce, notConfirmed('Kintsugi’s chat was stopped; ask again.'));
  }

  #end(nonce: string, error?: KintsugiError): void {
    const open = this.#open.get(nonce);
    this.#open.delete(nonce);
    open?.settle(error);
  }
}

function notConfirmed(message: string): KintsugiError {
  return new KintsugiError('NOT_CONFIRMED', message, { state: 'Nothing was started, stopped or changed.' });
}
