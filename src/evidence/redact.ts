/**
 * Keeps secrets out of whatever is stored or shown. Every secret that the worker ever hands out is made known to one
 * `Redactor`, so a text that carries one by accident (a driver's message with a connection string in it) loses it here.
 */

/** What stands where a secret stood. */
const redacted = '[secret]';

/** Shorter ones would also be found inside ordinary words, and mangle every text. */
const shortestSecret = 4;

export interface Redactor {
  /** Makes a secret known, with the spellings it takes in addresses, in JSON and in base64. */
  add(secret: string): void;
  /** @returns the text without any known secret. */
  text(text: string): string;
  /** @returns a copy of a JSON-like value without any known secret, in keys and texts alike. */
  value(value: unknown): unknown;
}

/** @returns a redactor that knows `secrets`. More may be added at any time. */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  let spellings: string[] = [];

  const redactor: Redactor = {
    add(secret) {
      if (secret.length < shortestSecret) return;
      const all = new Set([...spellings, ...spellingsOf(secret)]);
      // Longest first: a spelling that holds another one is replaced as a whole.
      spellings = [...all].sort((a, b) => b.length - a.length);
    },
    text: (text) => spellings.reduce((rest, spelling) => rest.replaceAll(spelling, redacted), text),
    value: (value) => redactValue(value, redactor.text),
  };

  for (const secret of secrets) redactor.add(secret);
  return redactor;
}

function spellingsOf(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ];
}

function redactValue(value: unknown, text: (text: string) => string): unknown {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), redactValue(item, text)]));
}
