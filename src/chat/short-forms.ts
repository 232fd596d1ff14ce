import { allowanceOf } from './allowed.ts';

/** What is done to an incident goes without its first word: `/dr ack` is `/dr incident ack`. */
export const shortForms = ['ack', 'handover', 'snooze', 'severity', 'update', 'mitigate', 'resolve', 'close', 'explain'] as const;

/**
 * @returns the words of a command as the command line takes them.
 * @param project of the stack: the ids of its workflows carry its name.
 */
export function expand(words: readonly string[], project: string): string[] {
  const [first = '', ...rest] = words;
  if (first === 'help') return rest.length === 0 ? ['--help'] : [...expand(rest, project), '--help'];
  const long = shortForms.some((form) => form === first) ? ['incident', ...words] : [...words];
  return nameWords(long, project);
}

/** @returns the length of the command's path at the beginning of the words: 1 or 2; 0 if chat knows no such command. */
export function pathLength(words: readonly string[]): number {
  return [2, 1].find((length) => allowanceOf(words.slice(0, length).join(' ')) !== undefined) ?? 0;
}

/** Words without an option before them are the option that the command is about. */
function nameWords(words: string[], project: string): string[] {
  const length = pathLength(words);
  const option = allowanceOf(words.slice(0, length).join(' '))?.words;
  if (length === 0 || option === undefined) return words;
  const path = words.slice(0, length);
  const rest = words.slice(length);
  const end = rest.findIndex((word) => word.startsWith('-'));
  const plain = end === -1 ? rest : rest.slice(0, end);
  const options = end === -1 ? [] : rest.slice(end);
  const id = plain[0] !== undefined && isIdOf(plain[0], project) ? [plain[0]] : [];
  const text = plain.slice(id.length).join(' ');
  return text === '' ? words : [...path, ...id, ...options, `--${option}=${text}`];
}

function isIdOf(word: string, project: string): boolean {
  return /^[a-z]+-/.test(word) && word.slice(word.indexOf('-') + 1).startsWith(project);
}
