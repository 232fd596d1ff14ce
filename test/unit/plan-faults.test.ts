import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { KintsugiError } from '../../src/errors/kintsugi-error.ts';
import { planJsonSchema } from '../../src/plan/known-fields.ts';
import { loadPlan } from '../../src/plan/load.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kintsugi-plan-faults-'));
const file = path.join(folder, 'kintsugi.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

const sound = { version: 1, stack: { project: 'demo' }, database: { name: 'app', user: 'me' } };

/** @returns the lines that name faults, without the file's name. */
async function faults(plan: string | Uint8Array | object): Promise<string[]> {
  writeFileSync(file, typeof plan === 'string' || plan instanceof Uint8Array ? plan : stringify(plan));
  const error: unknown = await loadPlan(file).catch((thrown: unknown) => thrown);
  if (!(error instanceof KintsugiError)) return [];
  expect(error.code).toBe('PLAN_INVALID');
  expect(error.state).toBe('Nothing was stopped or changed.');
  const [, ...lines] = error.message.split('\n');
  return lines.map((line) => line.replace(`  ${file}:`, ''));
}

describe('each fault says its place, what it is and how to mend it', () => {
  test.each<[string, object, string]>([
    ['an unknown key near a known one', { ...sound, backup: {} }, '7:1 backup: unknown key “backup”; did you mean backups?'],
    [
      'an unknown key',
      { ...sound, stack: { project: 'demo', colour: 1 } },
      '4:3 stack.colour: unknown key “colour”; known here: ',
    ],
    ['a missing field', { ...sound, stack: {} }, '2:1 stack.project: is missing; Name of the Compose project'],
    ['a wrong type', { ...sound, zone: 5 }, '7:1 zone: expected a string, found a number; IANA'],
    ['a near value', { ...sound, approvals: { P1: 'on' } }, '8:3 approvals.P1: “on” is not possible here; did you mean one?'],
    ['a far value', { ...sound, approvals: { P1: 'everybody' } }, '8:3 approvals.P1: “everybody” is not possible here; one of '],
    ['an empty text', { ...sound, database: { name: '', user: 'me' } }, '5:3 database.name: must not be empty; The database'],
    [
      'a duration',
      { ...sound, backups: { keepReplaced: 'long' } },
      '8:3 backups.keepReplaced: “long” is not a duration such as ',
    ],
    [
      'a time zone',
      { ...sound, zone: 'Asia/Tokio' },
      '7:1 zone: no IANA time zone; IANA time zone in which times are shown, such as ',
    ],
    ['a URL', { ...sound, health: [{ name: 'a', url: 'here' }] }, '9:5 health.0.url: “here” is not a URL; '],
    ['an empty section', { ...sound, restore: null }, '7:1 restore: expected a mapping of keys, found an empty value'],
    ['a secret', { ...sound, backups: { encryption: {} } }, '8:3 backups.encryption.passphrase: is missing; The pass phrase'],
    [
      'a way to reach a person',
      { ...sound, people: { sato: { name: 'Sato', roles: ['dba'], reach: [{ pager: 'x' }] } } },
      '13:9 people.sato.reach.0: a mapping of keys of this form is not possible here; one of { phone } { sms }',
    ],
  ])('%s', async (_what, plan, expected) => {
    const found = await faults(plan);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test('several, from the top of the file down', async () => {
    const found = await faults({ ...sound, zone: 'Mars', colour: 1, health: [{ name: 'a', url: 'x' }] });
    expect(found.map((line) => line.split(' ')[1])).toEqual(['zone:', 'colour:', 'health.0.url:']);
  });
});

describe('what no single field shows is a fault, too', () => {
  const person = { name: 'Sato', roles: ['primary-dba'] };
  const url = 'http://localhost/';
  test.each<[string, object, string]>([
    [
      'the database as a service to stop',
      { ...sound, stack: { project: 'demo', alsoStop: ['db'] } },
      'db is the database itself',
    ],
    [
      'a service in two lists',
      { ...sound, stack: { project: 'demo', alsoStop: ['cron'], keepRunning: ['cron'] } },
      'cron is under stack.',
    ],
    [
      'a name twice',
      {
        ...sound,
        health: [
          { name: 'a', url },
          { name: 'a', url },
        ],
      },
      '“a” is there twice',
    ],
    [
      'a webhook that is nowhere',
      { ...sound, people: { sato: { ...person, reach: [{ webhook: 'chat' }] } } },
      'no webhook chat; add it under channels.webhooks',
    ],
  ])('%s', async (_what, plan, expected) => {
    expect((await faults(plan)).join('\n')).toContain(expected);
  });
});

describe('what is no plan at all is said at once', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'the file holds no plan; kintsugi plan init writes one'],
    ['only comments', '# soon\n', 'the file holds no plan'],
    ['a text', 'hello', 'expected a mapping of keys'],
    ['bytes', Uint8Array.from([0xff, 0xfe, 0x00, 0x41]), 'is no text in UTF-8'],
    ['very much', `# ${'x'.repeat(2 ** 20)}\nversion: 1\n`, 'are too much for a plan'],
    ['two documents', 'version: 1\n---\nversion: 1\n', 'multiple documents'],
    [
      'aliases that grow without end',
      [
        'a: &a [x, x, x, x, x, x, x, x, x]',
        ...[...'bcdefgh'].map((key, at) => `${key}: &${key} [${`*${'abcdefg'[at]},`.repeat(9)}]`),
      ].join('\n'),
      'write the values out',
    ],
  ])('%s', async (_what, text, expected) => {
    expect((await faults(text)).join('\n')).toContain(expected);
  });
});

test('whatever is in the file, the loader answers with a plan or with faults that have a line of it', async () => {
  const keys = fc.constantFrom(...Object.keys(planJsonSchema().properties ?? {}), 'x', '__proto__', '鍵');
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 0, -1, 1.5, '', 'P1', '7d', 'db', '日本'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  const text = fc.oneof(
    fc.dictionary(keys, value).map((plan) => stringify({ ...sound, ...plan })),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const count = content.split('\n').length;
      for (const line of await faults(content)) {
        const [at] = line.split(':');
        if (/^\d+$/.test(at ?? '')) expect(Number(at)).toBeLessThanOrEqual(count);
        expect(line).not.toMatch(/undefined|\[object/);
      }
    }),
    { numRuns: 200 },
  );
});

test('the schema for editors is the one that is checked', () => {
  const committed: unknown = JSON.parse(readFileSync(new URL('../../schema/kintsugi.schema.json', import.meta.url), 'utf8'));
  expect(committed, 'kintsugi plan schema > schema/kintsugi.schema.json').toEqual(planJsonSchema());
});
