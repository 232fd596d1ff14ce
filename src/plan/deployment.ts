import { z } from 'zod';
import { duration } from './units.ts';

const regex = z
  .string()
  .min(1)
  .refine((text) => {
    try {
      new RegExp(text, 'u').test('');
      return true;
    } catch {
      return false;
    }
  }, 'no regular expression');

const run = z.array(z.string()).min(1).describe('Program and arguments, one each; never read by a shell');

const line = regex
  .refine((text) => text.includes('(?<revision>'), 'a regular expression with the group (?<revision>…)')
  .describe('A regular expression for each line of its output, with the group (?<revision>…)');

const commands = z.strictObject({
  current: z
    .union([
      z.strictObject({ run, line }),
      z.strictObject({ sql: z.string().min(1).describe('A query that answers the applied revisions, one a row') }),
    ])
    .describe('How to learn which revisions are applied: { run, line } or { sql }'),
  history: z
    .strictObject({
      run,
      line: line.describe(
        'For each line: (?<revision>…), optionally (?<message>…), and (?<down>…): what it follows. Without (?<down>…) each follows the one before',
      ),
      order: z.enum(['oldestFirst', 'newestFirst']).default('oldestFirst').describe('Of lines without (?<down>…)'),
    })
    .describe('How to learn which revisions there are'),
  upgrade: z.strictObject({ run }).describe('Applies all that is not applied yet'),
  downgrade: z
    .strictObject({ run })
    .describe(
      'Takes revisions back. With {revision} in an argument: down to that one; without: the newest one, and it is run as often as needed',
    ),
  applying: regex
    .default('(?<revision>\\d+)')
    .describe('A line of the upgrade’s output that names the revision that is being applied: (?<revision>…)'),
  failure: regex.default('[Ee]rror|ERROR|FAILED').describe('A line of the output that says why it failed'),
});

export const migrations = z
  .strictObject({
    tool: z.enum(['alembic', 'commands']).default('alembic').describe('alembic, or any other tool by its command lines'),
    service: z.string().default('backend').describe('The service whose image holds the migrations'),
    folder: z.string().default('/app').describe('Folder of the migrations in that image'),
    commands: commands.optional().describe('The command lines of the tool, for tool: commands'),
    lockTimeout: duration
      .default('15s')
      .describe('How long a migration waits for a lock before it gives up and says who holds it'),
  })
  .refine(({ tool, commands: given }) => (tool === 'commands') === (given !== undefined), {
    message: 'tool: commands and migrations.commands go together',
    path: ['commands'],
  });

export const code = z.strictObject({
  repository: z.string().default('.').describe('The git repository of the application, relative to the plan'),
  services: z.array(z.string()).default([]).describe('Services that are built from it'),
  buildWithin: duration.default('1h').describe('How long building the images may take'),
});
