import type { SentMessage } from '../../channels/contract.ts';
import type { Plan } from '../../plan/schema.ts';
import type { NotifyTestResult } from '../../workflows/contract.ts';
import type { Colors } from '../screen.ts';
import { columnsOf, pad } from './text.ts';

interface Row {
  readonly ok: boolean;
  readonly person: string;
  readonly way: string;
  readonly text: string;
}

/** @returns what became of each test message, person by person, and what to do about those that did not go. */
export function renderDeliveries(plan: Plan, { sent, unserved }: NotifyTestResult, colors: Colors): string[] {
  const rows: Row[] = [
    ...sent.map((message) => ({
      ok: message.outcome !== 'failed',
      person: nameOf(plan, message.recipient),
      way: `${message.channel} ${message.address}`.trim(),
      text: `${message.outcome === 'nothingSent' ? 'nothing sent' : message.outcome}: ${said(message)}`,
    })),
    ...unserved.map(({ person, channel, address }) => ({
      ok: false,
      person: nameOf(plan, person),
      way: `${channel} ${address}`,
      text: 'the plan names it and sets no channel up for it',
    })),
  ].sort((a, b) => a.person.localeCompare(b.person));
  const wide = (of: (row: Row) => string) => Math.max(0, ...rows.map((row) => columnsOf(of(row))));
  const [names, ways] = [wide(({ person }) => person), wide(({ way }) => way)];
  const bad = rows.filter(({ ok }) => !ok).length;
  return [
    ...rows.map(
      ({ ok, person, way, text }) =>
        `  ${ok ? colors.green('✔') : colors.red('✖')} ${pad(person, names)}   ${pad(way, ways)}   ${text}`,
    ),
    bad === 0 ? `All ${rows.length} ways answered.` : `${bad} of ${rows.length} ways did not answer.`,
    ...(bad === 0 ? [] : [colors.yellow('HINT: mend channels or people in the plan, then: kintsugi notify test')]),
  ];
}

function nameOf(plan: Plan, person: string): string {
  return plan.people[person]?.name ?? person;
}

function said({ why, providerId }: SentMessage): string {
  return providerId === null || why.includes(providerId) ? why : `${why} (${providerId})`;
}
