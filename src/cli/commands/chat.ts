import { once } from 'node:events';
import type { CliContext } from '../context.ts';
import type { KintsugiCommand } from '../usage.ts';

export interface ChatOptions {
  readonly host: string;
  readonly port: number;
  readonly public?: string;
}

/** `kintsugi chat`: what people type and press in chats goes where the command line's own commands go, under their name of the plan. */
export async function chat(
  context: CliContext,
  { host, port, public: address }: ChatOptions,
  createProgram: () => KintsugiCommand,
): Promise<void> {
  const loaded = await context.loadPlan();
  // Slack's library is loaded here only: no other command waits for it.
  const { serveChat } = await import('../../chat/serve.ts');
  const log = (line: string) => context.note(`${new Date().toISOString()} ${line}`);
  const server = await serveChat({ loaded, createProgram, host, port, log });
  const base = address?.replace(/\/+$/, '') ?? `http://${host}:${server.port}`;
  context.answer({ type: 'chat', host, port: server.port, serves: server.serves.map(({ name }) => name) });
  context.say(`Serving ${loaded.plan.stack.project} until Ctrl-C:`);
  const width = Math.max(...server.serves.map(({ name }) => name.length));
  for (const { name, path, enter } of server.serves)
    context.say(`  ${name.padEnd(width)}  ${path === null ? enter : `${base}${path}   ${enter}`}`);
  if (address === undefined && server.serves.some(({ path }) => path !== null))
    context.say(`Put a proxy with TLS before it; --public https://… shows the addresses as they are entered.`);

  const stop = new AbortController();
  await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal: stop.signal })));
  // A second signal ends the process at once.
  stop.abort();
  context.note('Stops; what is being answered is answered. Recoveries go on without it.');
  await server.stop();
}
