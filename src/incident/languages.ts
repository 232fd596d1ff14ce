import type { MessageAction, MessageKind } from '../channels/contract.ts';
import type { IncidentStatus } from './contract.ts';
import { inEnglish, inJapanese, type Words } from './phrases.ts';

/** The words of one language. A line of a text whose facts are all unknown is empty, and is left out. */
export interface Language {
  readonly messages: Readonly<Record<MessageKind, { readonly subject: string; readonly text: string }>>;
  readonly status: Readonly<Record<IncidentStatus, string>>;
  readonly nobody: string;
  readonly buttons: Readonly<Record<MessageAction['action'], string>>;
  impact(text: string): string;
  done(steps: readonly string[]): string;
  running(step: string, since: string): string;
  left(duration: string): string;
  lost(duration: string): string;
  report(path: string): string;
  nextUpdate(at: string): string;
  says(words: Words): string;
  /** @param milliseconds length of time: its two largest units, since a time objective of 90 minutes is not two hours. */
  duration(milliseconds: number): string;
}

export const english: Language = {
  messages: {
    incidentNotification: {
      subject: '{stack}: {problem}',
      text: '{words}\n{severity}, {meaning}\n{impact}\nSince {since}. RTO {rto}: ends {rtoEnds}.\nWhat is done: {actions}\nCalled: {called}\n{done}\n{running}\nAcknowledge: {command} --reason "…"',
    },
    statusUpdate: {
      subject: '{stack}: {status}, {problem}',
      text: '{words}\n{done}\n{running}\n{left}\nResponder: {responder}. RTO ends {rtoEnds}.\n{nextUpdate}',
    },
    resolutionUpdate: {
      subject: '{stack}: resolved, {problem}',
      text: '{words}\nResolved {resolvedAt} after {took} (RTO {rto}).\n{lost}\n{report}',
    },
    postIncidentReport: {
      subject: '{stack}: post-incident report, {problem}',
      text: 'Resolved {resolvedAt} after {took} (RTO {rto}).\n{lost}\nRoot cause: {rootCause}\nPrevention:\n{prevention}\n{report}\nThe whole report: kintsugi report {incident}',
    },
    acknowledgement: {
      subject: '{stack}: {responder} has it, {problem}',
      text: 'Acknowledged by {responder}.\n{running}\nRTO ends {rtoEnds}.',
    },
    reminder: { subject: '{stack}: {problem}', text: '{words}' },
    approvalRequest: { subject: '{stack}: your approval is needed', text: '{words}' },
    limit: {
      subject: '{stack}: messages are bundled',
      text: 'You get no more messages here until {words}; then they come as one.',
    },
    test: {
      subject: 'Kintsugi test message',
      text: 'Nothing happened. This is a test of how you are reached; no answer is needed.',
    },
  },
  status: {
    triggered: 'nobody has it yet',
    acknowledged: 'in work',
    mitigated: 'mitigated',
    resolved: 'resolved',
    closed: 'closed',
  },
  nobody: 'nobody yet',
  buttons: { acknowledge: 'Acknowledge', status: 'Status', takeOver: 'Take over', approve: 'Approve', refuse: 'Refuse' },
  impact: (text) => `Impact: ${text}`,
  done: (steps) => `Done: ${steps.join(', ')}.`,
  running: (step, since) => `Now: ${step}, since ${since}.`,
  left: (duration) => `About ${duration} left.`,
  lost: (duration) => `Data of the last ${duration} before the recovery is lost.`,
  report: (path) => `Report on the worker’s host: ${path}`,
  nextUpdate: (at) => `Next update: ${at}.`,
  says: inEnglish,
  duration: (milliseconds) => lengthOf(milliseconds, (count, unit) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(' '),
};

export const japanese: Language = {
  messages: {
    incidentNotification: {
      subject: '{stack}: {problem}',
      text: '{words}\n{severity}：{meaning}\n{impact}\n発生：{since}　目標復旧時間（RTO）：{rto}、期限 {rtoEnds}\n対応：{actions}\n連絡先：{called}\n{done}\n{running}\n確認するには：{command} --reason "…"',
    },
    statusUpdate: {
      subject: '{stack}: {status}、{problem}',
      text: '{words}\n{done}\n{running}\n{left}\n担当：{responder}　RTO 期限：{rtoEnds}\n{nextUpdate}',
    },
    resolutionUpdate: {
      subject: '{stack}: 復旧しました、{problem}',
      text: '{words}\n{resolvedAt} に復旧（所要 {took}、RTO {rto}）\n{lost}\n{report}',
    },
    postIncidentReport: {
      subject: '{stack}: 障害報告書、{problem}',
      text: '{resolvedAt} に復旧（所要 {took}、RTO {rto}）\n{lost}\n根本原因：{rootCause}\n再発防止策：\n{prevention}\n{report}\n報告書全文：kintsugi report {incident}',
    },
    acknowledgement: {
      subject: '{stack}: {responder} が対応中、{problem}',
      text: '{responder} が確認しました。\n{running}\nRTO 期限：{rtoEnds}',
    },
    reminder: { subject: '{stack}: {problem}', text: '{words}' },
    approvalRequest: { subject: '{stack}: 承認が必要です', text: '{words}' },
    limit: { subject: '{stack}: 通知をまとめます', text: '{words} まで、この宛先への通知は保留し、その後まとめて送ります。' },
    test: { subject: 'Kintsugi テスト送信', text: '障害ではありません。連絡手段の確認です。返信は不要です。' },
  },
  status: { triggered: '担当者未定', acknowledged: '対応中', mitigated: '暫定対応済み', resolved: '復旧済み', closed: '完了' },
  nobody: '未定',
  buttons: { acknowledge: '確認', status: '状況', takeOver: '引き継ぐ', approve: '承認', refuse: '却下' },
  impact: (text) => `影響：${text}`,
  done: (steps) => `完了：${steps.join('、')}`,
  running: (step, since) => `実行中：${step}（${since} から）`,
  left: (duration) => `残り約 ${duration}`,
  lost: (duration) => `復旧前の ${duration} に書き込まれたデータは失われました。`,
  report: (path) => `報告書（サーバー上）：${path}`,
  nextUpdate: (at) => `次回の連絡：${at}`,
  says: inJapanese,
  duration: (milliseconds) => lengthOf(milliseconds, (count, unit) => `${count}${japaneseUnits[unit]}`).join(''),
};

const unitLengths = { day: 86_400, hour: 3_600, minute: 60, second: 1 } as const;
type Unit = keyof typeof unitLengths;
const japaneseUnits: Record<Unit, string> = { day: '日', hour: '時間', minute: '分', second: '秒' };

/** @returns the two largest units of a length of time, cut off below: `1 hour`, `30 minutes`. */
function lengthOf(milliseconds: number, word: (count: number, unit: Unit) => string): string[] {
  let rest = Math.max(0, Math.round(milliseconds / 1000));
  const parts: string[] = [];
  let units = 0;
  for (const unit of Object.keys(unitLengths) as Unit[]) {
    const count = Math.floor(rest / unitLengths[unit]);
    rest %= unitLengths[unit];
    if (units > 0 || count > 0) units += 1;
    if (units <= 2 && count > 0) parts.push(word(count, unit));
  }
  return parts.length === 0 ? [word(0, 'second')] : parts;
}
