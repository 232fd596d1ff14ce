import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { SentMessage } from '../channels/contract.ts';
import { unservedWays, type Way, waysTo } from '../channels/ways.ts';
import type { Plan } from '../plan/schema.ts';
import { type NotifyTestInput, type NotifyTestResult, notifyTestInput } from './contract.ts';
import { failure, parseInput } from './failure.ts';
import { deliver } from './messenger.ts';
import { look } from './proxies.ts';
import { searchAttributes } from './search-attributes.ts';

const texts = {
  en: { subject: 'Kintsugi test message', text: 'Nothing happened. This is a test of how you are reached; no answer is needed.' },
  ja: { subject: 'Kintsugi テスト送信', text: '障害ではありません。連絡手段の確認です。返信は不要です。' },
} as const;

/** Sends a test message to every contact of the plan over each of its ways, and says which provider took it. */
export async function notifyTest(rawInput: NotifyTestInput = {}): Promise<NotifyTestResult> {
  const input = parseInput(notifyTestInput, rawInput);
  const { plan } = await look.readPlan();
  upsertSearchAttributes([
    { key: searchAttributes.stack, value: plan.stack.project },
    { key: searchAttributes.procedure, value: 'notifyTest' },
  ]);
  const people = chosen(plan, input);
  const attempts = people.flatMap((person) =>
    waysTo(plan, person)
      .filter(({ channel }) => input.channel === undefined || channel === input.channel)
      .map((way) => sendTest(plan, person, way)),
  );
  const unserved = people.flatMap((person) => unservedWays(plan, person).map((way) => ({ person, ...way })));
  return { sent: await Promise.all(attempts), unserved };
}

function chosen(plan: Plan, { person }: NotifyTestInput): string[] {
  const all = Object.keys(plan.people);
  if (person === undefined) return all;
  if (plan.people[person] !== undefined) return [person];
  throw failure('NOT_FOUND', `The plan knows nobody named ${person}.`, {
    state: 'Nothing was sent.',
    hints: [all.length > 0 ? `the plan’s people: ${all.join(', ')}` : 'add people to the plan'],
  });
}

async function sendTest(plan: Plan, id: string, { channel, address }: Way): Promise<SentMessage> {
  const { workflowId, runId } = workflowInfo();
  const { name = id, language = 'en' } = plan.people[id] ?? {};
  const message = {
    key: `${workflowId}/${runId}/${id}/${channel}/${address}`,
    incident: workflowId,
    kind: 'test',
    severity: 'P4',
    recipient: { id, name },
    channel,
    address,
    language,
    ...texts[language],
  } as const;
  return deliver(plan, message, '30s');
}
