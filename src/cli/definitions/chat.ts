import { InvalidArgumentError } from 'commander';
import { action, examples } from '../action.ts';
import type { ChatOptions } from '../commands/chat.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `chat`. */
export function defineChat(program: KintsugiCommand): void {
  program
    .command('chat')
    .description('Serve the buttons below messages in Slack, until Ctrl-C')
    .option('--host <address>', 'Address to listen on, behind a proxy with TLS', '127.0.0.1')
    .option('--port <port>', 'Port to listen on', port, 3000)
    .addHelpText('after', examples(['kintsugi chat', 'request address in Slack: https://YOUR-PROXY/slack/events']))
    .action(action<ChatOptions>(async (context, options) => (await import('../commands/chat.ts')).chat(context, options)));
}

function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 65535) return number;
  throw new InvalidArgumentError('a port: 0 to 65535');
}
