import { condition, setHandler } from '@temporalio/workflow';
import { denied, samePerson } from '../incident/permission.ts';
import type { ApprovalPolicy, Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
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
  /** What the person decides about: target, backup, what would be lost, version of the plan. Markdown. */
  readonly text: string;
  /** Who may approve, how often it is said again, how long an approval counts. */
  readonly plan: Pick<Plan, 'people' | 'permissions' | 'approvals'>;
}

/**
 * Waits until as many different people as the policy asks for have approved. It never approves itself: unanswered, it goes on
 * waiting in a state where nothing was changed; the procedure's incident tells more and more people. An approval lapses when
 * the others take too long.
 *
 * What was decided is in the evidence before this returns.
 *
 * @throws a failure REFUSED when a person refuses; DENIED to who may not start it.
 */
export async function awaitApproval(procedure: Procedure, request: ApprovalRequest): Promise<void> {
  const { people, approvals } = request.plan;
  const lapseMs = milliseconds(approvals.lapseAfter);
  // Answers to an earlier request of the same procedure are none to this one.
  const earlier = procedure.approvals.length;
  let refusal: DecisionInput | null = null;
  const record = (decision: DecisionInput, approved: boolean): void => {
    procedure.decided({ ...decision, approved, at: new Date().toISOString() });
  };
  /** Names of who has approved, each person once. */
  const counted = () =>
    procedure.approvals
      .slice(earlier)
      .filter(({ approved, at }) => approved && Date.now() - Date.parse(at) < lapseMs)
      .map(({ by }) => by)
      .filter((by, at, all) => all.findIndex((other) => samePerson(people, by, other)) === at);
  const mayDecide = (by: string, what: 'approve' | 'refuse'): void => {
    const why = denied(request.plan, by, 'approve');
    if (why === null) return;
    // Thrown by the handler and not by the validator: an attempt that was denied stands in the history, and in the incident.
    procedure.deny({ by, what, why });
    throw failure('DENIED', why, { state: 'It goes on waiting; nothing was changed.' });
  };
  setHandler(
    approveUpdate,
    (input) => {
      const decision = parseInput(decisionInput, input);
      mayDecide(decision.by, 'approve');
      record(decision, true);
      return `approved by ${counted().join(', ')} (${counted().length} of ${needed[request.policy]})`;
    },
    {
      validator: (input) => {
        const { by } = parseInput(decisionInput, input);
        if (counted().some((other) => samePerson(people, by, other)))
          throw failure('INVALID_INPUT', `${by} has approved already; another person is needed.`);
      },
      description: 'Approve the recovery: {"by": "your name", "reason": "why"}',
    },
  );
  setHandler(
    refuseUpdate,
    (input) => {
      const decision = parseInput(decisionInput, input);
      mayDecide(decision.by, 'refuse');
      refusal = decision;
      record(decision, false);
      return `refused by ${decision.by}`;
    },
    {
      validator: (input) => void parseInput(decisionInput, input),
      description: 'Refuse the recovery: {"by": "your name", "reason": "why"}',
    },
  );
  if (request.starter !== null && request.policy !== 'none') {
    mayDecide(request.starter.by, 'approve');
    record(request.starter, true);
  }
  const answered = () => refusal !== null || counted().length >= needed[request.policy];
  if (!answered()) {
    const remindEveryMs = milliseconds(approvals.remindEvery);
    procedure.phase('waitingForApproval', request.text);
    const summary = 'waits for an approval; says so again';
    while (!(await condition(answered, remindEveryMs, { summary }))) procedure.phase('waitingForApproval', request.text);
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
    approvals: procedure.approvals.slice(earlier),
  });
}
