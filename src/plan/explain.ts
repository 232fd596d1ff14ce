import type { z } from 'zod';
import { nearest } from '../text/nearest.ts';
import { fieldsAt } from './known-fields.ts';

/** What is wrong at a place of the plan, and how to mend it. */
export interface Explanation {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly mend: string | null;
}

/** @returns what zod found in words for the person who wrote the plan; one for each unknown key. Values of secrets are not in it. */
export function explain(issue: z.core.$ZodIssue): Explanation[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key));
  const [field] = fieldsAt(issue.path);
  const about = field?.description ?? null;
  const { path } = issue;
  if (issue.input === undefined) return [{ path, message: 'is missing', mend: about ?? expectation(issue) }];
  switch (issue.code) {
    case 'invalid_type':
      return [{ path, message: `expected ${article(issue.expected)}, found ${kindOf(issue.input)}`, mend: about }];
    case 'invalid_value':
      return [
        {
          path,
          message: `${shown(issue.input)} is not possible here`,
          mend: didYouMean(issue.input, issue.values) ?? oneOf(issue.values),
        },
      ];
    case 'invalid_union':
      return [{ path, message: `${kindOf(issue.input)} of this form is not possible here`, mend: about ?? alternativesAt(path) }];
    case 'invalid_format':
      // zod's own texts begin with “Invalid”, those of the schema name what is expected.
      return [
        { path, message: `${shown(issue.input)} is not ${withArticle(issue.message.replace(/^Invalid /, ''))}`, mend: about },
      ];
    case 'too_small':
      return [{ path, message: issue.origin === 'string' ? 'must not be empty' : issue.message, mend: about }];
    default:
      return [{ path, message: issue.message, mend: about }];
  }
}

/** @returns what a missing field may hold, where the plan's schema does not describe it. */
function expectation(issue: z.core.$ZodIssue): string | null {
  if (issue.code === 'invalid_type') return `expected ${article(issue.expected)}`;
  return issue.code === 'invalid_value' ? oneOf(issue.values) : null;
}

function unknownKey(parent: readonly PropertyKey[], key: string): Explanation {
  const keys = fieldsAt(parent).flatMap((field) => Object.keys(field.properties ?? {}));
  const mend = didYouMean(key, keys) ?? (keys.length > 0 ? `known here: ${keys.join(', ')}` : null);
  return { path: [...parent, key], message: `unknown key “${key}”`, mend };
}

/** @returns a question after the one that was probably meant, or null when none is near. */
function didYouMean(given: unknown, known: readonly unknown[]): string | null {
  const best = nearest(String(given), known.map(String));
  return best === null ? null : `did you mean ${best}?`;
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? `must be ${String(values[0])}` : `one of ${values.map(String).join(', ')}`;
}

function alternativesAt(path: readonly PropertyKey[]): string | null {
  const forms = fieldsAt(path).flatMap((field) => (field.properties ? [`{ ${Object.keys(field.properties).join(', ')} }`] : []));
  return forms.length > 0 ? `one of ${forms.join(' ')}` : null;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping of keys' : article(typeof value);
}

const kinds: Readonly<Record<string, string>> = {
  object: 'a mapping of keys',
  array: 'a list',
  int: 'a whole number',
  record: 'a mapping of keys',
};

function article(kind: string): string {
  return kinds[kind] ?? withArticle(kind);
}

function withArticle(text: string): string {
  if (/^(an?|the) /.test(text)) return text;
  return /^([aeio]|u(?!rl))/i.test(text) ? `an ${text}` : `a ${text}`;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `“${text.length > 60 ? `${text.slice(0, 60)}…` : text}”`;
}
