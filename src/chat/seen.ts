/** Remembers what came before, for as long as it could come again. */
export class Seen {
  readonly #until = new Map<string, number>();

  /** @param until when it need not be remembered any more, in milliseconds since 1970. @returns whether the key is new. */
  isFirst(key: string, until: number, now = Date.now()): boolean {
    for (const [old, end] of this.#until) if (end < now) this.#until.delete(old);
    if (this.#until.has(key)) return false;
    this.#until.set(key, until);
    return true;
  }

  /** Lets a key come again: what it stood for was not carried out. */
  forget(key: string): void {
    this.#until.delete(key);
  }
}
