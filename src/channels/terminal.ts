import type { Channel } from './channel.ts';
import { plainText } from './text.ts';

/** Writes messages to the worker's standard output: its terminal when it runs in one, else its log. */
export function createTerminal(): Channel {
  return {
    async send(message) {
      const where = process.stdout.isTTY ? 'the worker’s terminal' : 'the worker’s log; it has no terminal';
      // The bell: somebody may be in the room.
      const bell = process.stdout.isTTY ? '\u0007' : '';
      await new Promise<void>((resolve, reject) => {
        const text = `${bell}${message.severity} to ${message.recipient.name}: ${plainText(message)}\n`;
        process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
      });
      return { providerId: null, outcome: 'accepted', why: `written to ${where}` };
    },
  };
}
