import type { ChannelName, OutgoingMessage } from '../../src/channels/contract.ts';

let count = 0;

/** @returns a message of its own key. */
export function message(channel: ChannelName, address: string, change: Partial<OutgoingMessage> = {}): OutgoingMessage {
  count += 1;
  return {
    key: `incident-demo/1/${count}/sato/${channel}`,
    incident: `incident-demo-${count}`,
    kind: 'incidentNotification',
    severity: 'P1',
    recipient: { id: 'sato', name: '佐藤' },
    channel,
    address,
    language: 'en',
    subject: 'uns_claudejp: database missing',
    text: 'RTO ends 04:52 JST. 応答してください。',
    ...change,
  };
}
