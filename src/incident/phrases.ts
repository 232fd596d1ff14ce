/** Why Kintsugi says something by itself: kept as a fact in the incident, and put into words in each recipient's language. */
export type Phrase =
  | { readonly say: 'cameBack' | 'rtoMissed' | 'approvalNeeded' | 'updateDue' | 'planChanged' }
  | { readonly say: 'causeDue'; readonly incident: string }
  | { readonly say: 'expired' | 'snoozeOver'; readonly name: string }
  | { readonly say: 'overrun'; readonly step: string; readonly procedure: string }
  | { readonly say: 'updatesOverdue'; readonly times: number }
  | { readonly say: 'flapping'; readonly times: number; readonly within: string }
  | { readonly say: 'severity'; readonly from: string; readonly to: string };

/** A person's own words, or a phrase. */
export type Words = string | Phrase;

/** @returns the words in English: also those of the timeline. */
export function inEnglish(words: Words): string {
  if (typeof words === 'string') return words;
  switch (words.say) {
    case 'cameBack':
      return 'It came back.';
    case 'rtoMissed':
      return 'The recovery time objective is missed.';
    case 'approvalNeeded':
      return 'An approval is needed, and nobody has answered.';
    case 'updateDue':
      return 'A status update is due: kintsugi incident update "…"';
    case 'planChanged':
      return 'The incident follows another plan from now on.';
    case 'causeDue':
      return `Root cause and prevention plan are due: kintsugi incident explain ${words.incident}`;
    case 'expired':
      return `Nothing was heard of ${words.name}: the acknowledgement expired.`;
    case 'snoozeOver':
      return `The snooze of ${words.name} is over.`;
    case 'overrun':
      return `“${words.step}” of ${words.procedure} takes longer than expected.`;
    case 'updatesOverdue':
      return `A status update is overdue: ${words.times} in a row were automatic.`;
    case 'flapping':
      return `It is flapping: ${words.times} times within ${words.within}. Nobody is called for each time; the end is told once.`;
    case 'severity':
      return `Severity ${words.from} → ${words.to}.`;
  }
}

/** @returns the words in Japanese; a person's own stay as they are. */
export function inJapanese(words: Words): string {
  if (typeof words === 'string') return words;
  switch (words.say) {
    case 'cameBack':
      return '再発しました。';
    case 'rtoMissed':
      return '目標復旧時間（RTO）を超過しました。';
    case 'approvalNeeded':
      return '承認依頼にまだ回答がありません。';
    case 'updateDue':
      return '状況報告の時間です：kintsugi incident update "…"';
    case 'planChanged':
      return '変更後の計画に切り替わりました。';
    case 'causeDue':
      return `根本原因と再発防止策の期限です：kintsugi incident explain ${words.incident}`;
    case 'expired':
      return `${words.name} から連絡がないため、担当が解除されました。`;
    case 'snoozeOver':
      return `${words.name} の一時停止が終わりました。`;
    case 'overrun':
      return `「${words.step}」（${words.procedure}）が予定より長くかかっています。`;
    case 'updatesOverdue':
      return `状況報告がありません（自動送信が ${words.times} 回続きました）。`;
    case 'flapping':
      return `発生と復旧を繰り返しています（${words.within} 以内に ${words.times} 回）。毎回の呼び出しは行わず、収まったときに一度お知らせします。`;
    case 'severity':
      return `重大度 ${words.from} → ${words.to}`;
  }
}
