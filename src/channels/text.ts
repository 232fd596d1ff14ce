import { createHash } from 'node:crypto';
import type { OutgoingMessage } from './contract.ts';

/** @returns the whole message as plain text; the key stands at its end, so that a person can tell a repeated one. */
export function plainText(message: OutgoingMessage, longest = Number.POSITIVE_INFINITY): string {
  const end = `\n[${message.key}]`;
  return `${cut(`${message.subject}\n${message.text}`, longest - end.length)}${end}`;
}

/** @returns the text, cut at a whole character, with an ellipsis where something is missing. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** @returns a short id made from a key: for providers that bound the length or the alphabet of theirs. */
export function shortId(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}
