import { InvalidArgumentError } from 'commander';
import { action, examples } from '../action.ts';
import type { ChatOptions } from '../commands/chat.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `chat`. @param createProgram makes the command line anew: its grammar is that of chat. */
export function defineChat(program: KintsugiCommand, createProgram: () => KintsugiCommand): void {
  program
    .command('chat')
    .description('Serve slash commands and buttons of Slack and Mattermost, and PagerDuty’s answers, until Ctrl-C')
    .option('--host <address>', 'Address to listen on, behind a proxy with TLS', '127.0.0.1')
    .option('--port <port>', 'Port to listen on', port, 3000)
    .option('--public <url>', 'Address of that proxy, to show what is to be entered')
    .addHelpText(
      'after',
      examples(['kintsugi chat --public https://dr.example.com', 'what the plan sets up under channels; set-up: docs/chat.md']),
    )
    .action(
      action<ChatOptions>(async (context, options) =>
        (await import('../commands/chat.ts')).chat(context, options, createProgram),
      ),
    );
}

function port(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 65535) return number;
  throw new InvalidArgumentError('a port: 0 to 65535');
}
