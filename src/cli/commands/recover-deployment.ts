import { words } from '../../text/time.ts';
import type { MigrationRecovered, ProcedureResult, RolledBack } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { table } from '../render/text.ts';
import { type IntentFacts, type RecoverOptions, recover } from './recover.ts';

export interface MigrationOptions extends RecoverOptions {
  readonly to?: string[];
}

export interface CodeOptions extends RecoverOptions {
  readonly to?: string;
  readonly keepSchema?: boolean;
}

/** `kintsugi recover migration` */
export async function recoverMigration(context: CliContext, options: MigrationOptions): Promise<void> {
  await recover<ProcedureResult & MigrationRecovered>(
    context,
    {
      name: 'migration',
      input: options.to === undefined ? {} : { to: options.to },
      intent: (planned, facts) => [
        `Will recover ${facts.colors.bold(planned.database)} from a failed migration.`,
        ...rows(planned, facts, [
          ['look', 'now'],
          ['lastGood', 'last good'],
          ['why', 'failed'],
          ['halfDone', 'half done'],
          ['downgrade', 'schema'],
          ['stopServices', 'stops'],
        ]),
      ],
      summary: ({ database }) => `Recover ${database} from a failed migration`,
    },
    options,
  );
}

/** `kintsugi recover code` */
export async function recoverCode(context: CliContext, options: CodeOptions): Promise<void> {
  await recover<ProcedureResult & RolledBack>(
    context,
    {
      name: 'code',
      input: {
        keepSchema: options.keepSchema === true,
        ...(options.to === undefined ? {} : { to: options.to }),
      },
      intent: (planned, facts) => [
        `Will roll the code of ${facts.colors.bold(planned.stack)} back.`,
        ...rows(planned, facts, [
          ['findCommit', 'to'],
          ['build', 'builds'],
          ['schema', 'schema'],
          ['switch', 'switches'],
        ]),
      ],
      // The commit that was shown, not one that became the last good one meanwhile.
      pin: ({ code }) => (code === null ? {} : { to: code.commit }),
      summary: ({ stack, code }) => `Roll the code of ${stack} back to ${code?.commit.slice(0, 12)}`,
    },
    options,
  );
}

function rows(
  planned: ProcedureResult,
  { lastMs }: IntentFacts,
  names: readonly (readonly [step: string, name: string])[],
): string[] {
  const found = names.flatMap(([step, name]) => {
    const note = planned.steps.find((other) => other.name === step)?.note;
    return note === undefined ? [] : [[name, note] as const];
  });
  const time = `${lastMs === null ? 'not known yet' : `about ${words(lastMs)} (the last one)`}; RTO ${words(planned.rtoMs)}`;
  return table([...found, ['takes', time]]);
}
