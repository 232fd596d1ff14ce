import { KintsugiError } from '../errors/kintsugi-error.ts';

/** Telephones put these where a person typed a plain quotation mark. */
const doubleQuotes = new Set('"“”„‟«»＂');
const singleQuotes = new Set("'‘’‚‛＇");
const space = /\s/;

/**
 * Splits what a person typed into words, as a shell would, and with nothing else of a shell: no expansion, no escapes, no
 * operators. Quotation marks of telephones count, and so does the long dash that they make of `--`.
 *
 * @throws KintsugiError INVALID_INPUT for a quotation mark without its other half.
 */
export function splitWords(text: string): string[] {
  const characters = [...text];
  const words: string[] = [];
  for (let at = 0; at < characters.length; ) {
    if (space.test(characters[at] ?? '')) at += 1;
    else {
      const [word, end] = wordAt(characters, at);
      words.push(word);
      at = end;
    }
  }
  return words;
}

function wordAt(characters: readonly string[], start: number): [word: string, end: number] {
  let word = '';
  let at = start;
  const isPlain = closing(characters, start, true) === null;
  for (; at < characters.length && !space.test(characters[at] ?? ''); at += 1) {
    const character = characters[at] ?? '';
    const close = closing(characters, at, at === start);
    if (close === null) word += character;
    else {
      word += characters.slice(at + 1, close).join('');
      at = close;
    }
  }
  return [isPlain ? plainDashes(word) : word, at];
}

/** @returns where the quotation ends that begins here; null if none does. An apostrophe inside a word is one. */
function closing(characters: readonly string[], at: number, isWordStart: boolean): number | null {
  const character = characters[at] ?? '';
  const isDouble = doubleQuotes.has(character);
  if (!isDouble && !(isWordStart && singleQuotes.has(character))) return null;
  const marks = isDouble ? doubleQuotes : singleQuotes;
  for (let end = at + 1; end < characters.length; end += 1) {
    if (!marks.has(characters[end] ?? '')) continue;
    const next = characters[end + 1];
    if (isDouble || next === undefined || space.test(next)) return end;
  }
  throw new KintsugiError('INVALID_INPUT', `A quotation mark is open: ${characters.slice(at, at + 30).join('')}…`, {
    state: 'Nothing was stopped or changed.',
    hints: ['kintsugi recover restore --reason "dropped by mistake"'],
  });
}

/** A telephone's `—severity` is `--severity`. */
function plainDashes(word: string): string {
  return word.replace(/^[–—―](?=[a-z])/, '--');
}

/** @returns what was typed: Slack writes three characters another way. */
export function unescapeSlack(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
