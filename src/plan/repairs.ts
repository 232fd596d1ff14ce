import { z } from 'zod';
import { packNames } from './packs/names.ts';
import { severities } from './severities.ts';
import { duration } from './units.ts';

const severity = z.enum(severities);
const ruleName = z.string().min(1).max(60).describe('Its name, in messages and reports');
const after = z.array(z.string()).default([]).describe('Names of the rules that must be repaired first');
const schema = z.string().min(1).optional().describe('Schema of the table; found by the search path if missing');

/** What is done to the rows that a rule finds. */
const action = z
  .union([
    z.literal('delete'),
    z.strictObject({
      set: z
        .record(z.string().min(1), z.string().min(1))
        .describe('Column to SQL expression, in which the row as it was is called t'),
    }),
    z.strictObject({
      retrigger: z
        .string()
        .min(1)
        .describe('A column that is set to itself, so that the table’s own triggers work the row out anew'),
    }),
  ])
  .describe('delete, { set: { column: expression } } or { retrigger: column }; a rule without it only finds');

const rowRule = z.strictObject({
  name: ruleName,
  severity: severity.default('P2').describe('Severity of the incident that a weekly check opens'),
  schema,
  table: z.string().min(1).describe('The table whose rows it finds; it needs a primary key'),
  where: z
    .string()
    .min(1)
    .optional()
    .describe('SQL condition over a row of the table, which is called t: the same one finds and repairs'),
  find: z
    .string()
    .min(1)
    .optional()
    .describe('One SELECT that yields the primary keys of the rows, for what no condition over one row can find'),
  still: z
    .string()
    .min(1)
    .optional()
    .describe(
      'With find: SQL condition over the row (t) and what was found (found), asked again under lock; if missing, a row that was written since is left alone',
    ),
  show: z.array(z.string().min(1)).default([]).describe('Columns of the samples, beside the primary key'),
  repair: action.optional(),
  keeps: z.array(z.string().min(1)).default([]).describe('Columns that a repair must not change, whatever triggers do'),
  unchanged: z
    .array(z.strictObject({ name: z.string().min(1), sql: z.string().min(1) }))
    .default([])
    .describe(
      'Queries of one value that must be the same before and after each batch; what was found of the batch is the table touched',
    ),
  after,
  atMostRows: z.int().min(0).optional().describe('More rows than this: a person is asked; the section’s limit if missing'),
  atMostPercent: z.number().min(0).max(100).optional().describe('A bigger part of the table than this: a person is asked'),
});

const objectKind = z
  .enum(['function', 'trigger', 'index', 'unique', 'constraint'])
  .describe('function, trigger, index, unique (a unique constraint) or constraint (CHECK or FOREIGN KEY)');

const objectRule = z.strictObject({
  name: ruleName,
  severity: severity.default('P2').describe('Severity of the incident that a weekly check opens'),
  objects: z
    .array(
      z.strictObject({
        kind: objectKind,
        name: z.string().min(1).describe('Its name in the database'),
        schema,
        table: z.string().min(1).optional().describe('The table that it is on; not for a function'),
        definition: z
          .string()
          .min(1)
          .optional()
          .describe(
            'How it is made: the CREATE statement of a function or trigger; of an index what follows ON table, as in “USING btree (a)”; of unique “(a, b)”; of a constraint “CHECK (…)”. Only reported if missing',
          ),
      }),
    )
    .min(1)
    .describe('Functions, triggers, indexes and constraints that must be there and in force'),
  after,
});

/** What must be so in the data, how it is found and how it is repaired. */
export const repairs = z
  .strictObject({
    packs: z.array(z.enum(packNames)).default([]).describe('Rules that come with Kintsugi'),
    rules: z.array(rowRule).default([]).describe('Rules of your own: rows that must not be, and how they are repaired'),
    objects: z.array(objectRule).default([]).describe('Rules of your own: what must be there in the schema'),
    atMostRows: z.int().min(0).default(10_000).describe('A rule that would touch more rows than this asks a person'),
    atMostPercent: z
      .number()
      .min(0)
      .max(100)
      .default(5)
      .describe('A rule that would touch a bigger part of its table asks a person'),
    batchRows: z.int().min(1).max(1_000_000).default(5_000).describe('Rows that one transaction repairs'),
    lockWithin: duration
      .default('3s')
      .describe('How long a batch waits for the application’s locks before it lets go and tries again'),
    keep: duration.default('30d').describe('How long the rows as they were are kept for `kintsugi undo`'),
  })
  .prefault({});

export type RowRule = z.infer<typeof rowRule>;
export type ObjectRule = z.infer<typeof objectRule>;
export type Repairs = z.infer<typeof repairs>;
export type Rule = RowRule | ObjectRule;
export type RequiredObject = ObjectRule['objects'][number];
/** Rules as a pack or a plan writes them, before defaults. */
export interface Pack {
  readonly rules: readonly z.input<typeof rowRule>[];
  readonly objects: readonly z.input<typeof objectRule>[];
}

/** Reads the rules of a pack. @throws ZodError when the pack itself has a fault. */
export function readPack(pack: Pack): { rules: RowRule[]; objects: ObjectRule[] } {
  return { rules: z.array(rowRule).parse(pack.rules), objects: z.array(objectRule).parse(pack.objects) };
}

/** @returns whether a rule is about rows; others are about objects of the schema. */
export function isRowRule(rule: Rule): rule is RowRule {
  return 'table' in rule;
}
