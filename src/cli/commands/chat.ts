import { once } from 'node:events';
import path from 'node:path';
import { personOf } from '../../chat/people.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { readSecret } from '../../plan/secret.ts';
import type { CliContext } from '../context.ts';
import { explainFailure } from '../failures.ts';
import { withTemporal } from '../temporal.ts';

export interface ChatOptions {
  readonly host: string;
  readonly port: number;
}

/** `kintsugi chat`: what people press in Slack goes to the workflow that asks, with their name of the plan. */
export async function chat(context: CliContext, { host, port }: ChatOptions): Promise<void> {
  const { plan, folder } = await context.loadPlan();
  const { slack } = plan.channels;
  if (slack?.signingSecret === undefined) {
    throw new KintsugiError('PLAN_INVALID', 'The plan sets no channels.slack.signingSecret.', {
      state: 'Nothing was started.',
      hints: ['add channels.slack with token and signingSecret, then: kintsugi chat'],
    });
  }
  const folders = { plan: folder, stack: path.resolve(folder, plan.stack.folder) };
  const [token, signingSecret] = await Promise.all([readSecret(slack.token, folders), readSecret(slack.signingSecret, folders)]);
  // Slack's library is loaded here only: no other command waits for it.
  const { serveSlack } = await import('../../chat/slack.ts');
  await withTemporal(plan, async (temporal) => {
    const server = await serveSlack({
      signingSecret,
      token,
      url: slack.url,
      host,
      port,
      person: (user) => personOf(plan, user),
      decide: async ({ action, workflowId, by, reason, id }) => {
        try {
          return await temporal.connection.withDeadline(Date.now() + 20_000, () =>
            temporal.client.workflow
              .getHandle(workflowId)
              .executeUpdate<string, [{ by: string; reason: string }]>(action, { args: [{ by, reason }], updateId: id }),
          );
        } catch (error) {
          throw explainFailure(error);
        }
      },
      log: (line) => context.note(`${new Date().toISOString()} ${line}`),
    });
    context.answer({ type: 'chat', host, port: server.port });
    context.say(`Serving Slack on http://${host}:${server.port}/slack/events until Ctrl-C.`);
    const stop = new AbortController();
    await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal: stop.signal })));
    stop.abort();
    await server.stop();
  });
}
