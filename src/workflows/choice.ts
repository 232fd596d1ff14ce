import { condition, setHandler } from '@temporalio/workflow';
import { denied } from '../incident/permission.ts';
import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { type ChoiceInput, choiceInput } from './contract.ts';
import { failure, parseInput } from './failure.ts';
import { proceedUpdate } from './messages.ts';
import { act } from './proxies.ts';
import type { Procedure } from './steps.ts';

export interface ChoiceRequest<C extends string> {
  readonly choices: readonly C[];
  /** What the person decides about. Markdown. */
  readonly text: string;
  readonly plan: Pick<Plan, 'people' | 'permissions' | 'approvals'>;
}

/**
 * Waits until a person chooses how to go on: for days if need be. The procedure's incident says it again, to more people each time.
 * What was chosen is in the evidence before this returns.
 */
export async function awaitChoice<C extends string>(
  procedure: Procedure,
  request: ChoiceRequest<C>,
): Promise<ChoiceInput & { choice: C }> {
  let made: ChoiceInput | null = null;
  const offered = (choice: string): choice is C => request.choices.some((each) => each === choice);
  setHandler(
    proceedUpdate,
    (input) => {
      const choice = parseInput(choiceInput, input);
      const why = denied(request.plan, choice.by, 'approve');
      // Thrown by the handler and not by the validator: an attempt that was denied stands in the history.
      if (why !== null) throw failure('DENIED', why, { state: 'It goes on waiting; nothing was changed.' });
      made = choice;
      return `goes on with ${choice.choice}, as ${choice.by} chose`;
    },
    {
      validator: (input) => {
        const { choice } = parseInput(choiceInput, input);
        if (made !== null) throw failure('INVALID_INPUT', `${made.by} has chosen ${made.choice} already.`);
        if (!offered(choice))
          throw failure('INVALID_INPUT', `“${choice}” is not offered; it can be ${request.choices.join(', ')}.`, {
            state: 'It goes on waiting; nothing was changed.',
          });
      },
      description: `Choose how to go on: {"choice": "${request.choices.join('|')}", "by": "your name", "reason": "why"}`,
    },
  );
  const say = () => procedure.phase('waitingForApproval', request.text, request.choices);
  const remindEveryMs = milliseconds(request.plan.approvals.remindEvery);
  say();
  while (!(await condition(() => made !== null, remindEveryMs, { summary: 'waits for a choice; says so again' }))) say();
  procedure.phase('running');
  const choice = made as unknown as ChoiceInput & { choice: C };
  const { procedure: name, stack, database, severity } = procedure.progress();
  const approval = { by: choice.by, reason: `${choice.choice}: ${choice.reason}`, at: new Date().toISOString(), approved: true };
  await act.recordDecisions({ procedure: name, stack, database, severity, request: request.text, approvals: [approval] });
  return choice;
}
