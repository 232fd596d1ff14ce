import { condition, setHandler } from '@temporalio/workflow';
import type { ApprovalPolicy } from '../plan/schema.ts';
import { type DecisionInput, decisionInput } from './contract.ts';
import { failure, parseInput } from './failure.ts';
import { approveUpdate, refuseUpdate } from './messages.ts';
import { act } from './proxies.ts';
import type { Procedure } from './steps.ts';

const needed: Record<ApprovalPolicy, number> = { none: 0, one: 1, two: 2 };

export interface ApprovalRequest {
  readonly policy: ApprovalPolicy;
  /** Who started the procedure with the confirmation typed: counts as the first approval, never as the second. */
  readonly starter: DecisionInput | null;
  /** What the person decides about: target, backup, what would be lost. Markdown. */
  readonly text: string;
  readonly remindEveryMs: number;
}

/**
 * Waits until as many different people as the policy asks for have approved. It never approves itself: unanswered, it goes on
 * waiting in a state where nothing was changed.
 *
 * What was decided is in the evidence before this returns.
 *
 * @throws a failure REFUSED when a person refuses.
 */
export async function awaitApproval(procedure: Procedure, request: ApprovalRequest): Promise<void> {
  let refusal: DecisionInput | null = null;
  const record = (decision: DecisionInput, approved: boolean): void => {
    procedure.decided({ ...decision, approved, at: new Date().toISOString() });
  };
  const people = () => new Set(procedure.approvals.filter((answer) => answer.approved).map((answer) => normalise(answer.by)));
  const validate = (input: DecisionInput): void => {
    const { by } = parseInput(decisionInput, input);
    if (people().has(normalise(by))) throw failure('INVALID_INPUT', `${by} has approved already; another person is needed.`);
  };
  setHandler(
    approveUpdate,
    (input) => {
      record(parseInput(decisionInput, input), true);
      return `approved by ${[...people()].join(', ')} (${people().size} of ${needed[request.policy]})`;
    },
    { validator: validate, description: 'Approve the recovery: {"by": "your name", "reason": "why"}' },
  );
  setHandler(
    refuseUpdate,
    (input) => {
      refusal = parseInput(decisionInput, input);
      record(refusal, false);
      return `refused by ${refusal.by}`;
    },
    {
      validator: (input) => void parseInput(decisionInput, input),
      description: 'Refuse the recovery: {"by": "your name", "reason": "why"}',
    },
  );
  if (request.starter !== null && request.policy !== 'none') record(request.starter, true);
  const answered = () => refusal !== null || people().size >= needed[request.policy];
  if (!answered()) {
    procedure.phase('waitingForApproval', request.text);
    while (!(await condition(answered, request.remindEveryMs))) procedure.phase('waitingForApproval', request.text);
    procedure.phase('running');
  }
  if (refusal !== null) {
    const { by, reason } = refusal as DecisionInput;
    throw failure('REFUSED', `${by} refused: ${reason}.`, { state: 'Nothing was stopped or changed.' });
  }
  const { procedure: name, stack, database, severity } = procedure.progress();
  await act.recordDecisions({
    procedure: name,
    stack,
    database,
    severity,
    request: request.text,
    approvals: procedure.approvals,
  });
}

function normalise(name: string): string {
  return name.trim().toLowerCase();
}
