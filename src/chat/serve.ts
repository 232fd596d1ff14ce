import { resolve } from 'node:path';
import { connect } from '../cli/temporal.ts';
import type { KintsugiCommand } from '../cli/usage.ts';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { type LoadedPlan, loadPlan } from '../plan/load.ts';
import { readSecret } from '../plan/secret.ts';
import type { SecretReference } from '../plan/secret-reference.ts';
import { decide } from './decide.ts';
import { Desk } from './desk.ts';
import { mattermostRoute } from './mattermost.ts';
import { pagerdutyRoute } from './pagerduty.ts';
import { personOf } from './people.ts';
import { type Route, sendJson, serveHttp } from './server.ts';
import type { SlackChat } from './slack.ts';
import { slackRoute } from './slack-http.ts';
import { connectSocket } from './slack-socket.ts';

/** One thing that is served, as its first lines say. */
export interface Served {
  readonly name: string;
  /** Null where no address is needed. */
  readonly path: string | null;
  /** Where to enter the address. */
  readonly enter: string;
}

export interface ServeParts {
  readonly loaded: LoadedPlan;
  /** Makes the command line's program, whose grammar is that of chat. */
  readonly createProgram: () => KintsugiCommand;
  readonly host: string;
  readonly port: number;
  readonly log: (line: string) => void;
}

/**
 * Serves whatever of Slack, Mattermost and PagerDuty the plan sets up. Secrets are read once; who is who, and who may what, are
 * read from the plan for each request.
 *
 * @throws KintsugiError PLAN_INVALID when it sets up nothing, SECRET_MISSING, IO when it can't listen.
 */
export async function serveChat(
  parts: ServeParts,
): Promise<{ port: number; serves: readonly Served[]; stop: () => Promise<void> }> {
  const { loaded, log } = parts;
  const { slack, mattermost, pagerduty } = loaded.plan.channels;
  const folders = { plan: loaded.folder, stack: resolve(loaded.folder, loaded.plan.stack.folder) };
  const secret = async (reference: SecretReference | undefined) =>
    reference === undefined ? undefined : readSecret(reference, folders);
  const [token, signingSecret, appToken, commandToken, webhookSecret] = await Promise.all(
    [slack?.token, slack?.signingSecret, slack?.appToken, mattermost?.commandToken, pagerduty?.webhookSecret].map(secret),
  );

  const desk = new Desk({ planFile: loaded.path, createProgram: parts.createProgram, log });
  const routes: Route[] = [];
  const serves: Served[] = [];
  const serve = (route: Route, name: string, enter: string) => {
    routes.push(route);
    serves.push({ name, path: route.path, enter });
  };
  const slackChat = slack && token !== undefined ? slackParts(loaded.path, { token, url: slack.url, desk, log }) : null;
  if (slackChat !== null && signingSecret !== undefined)
    serve(slackRoute(slackChat, signingSecret), 'Slack', 'request URL of the slash command and of interactivity');
  if (mattermost && commandToken !== undefined)
    serve(
      mattermostRoute({ url: mattermost.url, token: commandToken, desk, log }),
      'Mattermost',
      'request URL of the slash command',
    );
  if (webhookSecret !== undefined)
    serve(
      pagerdutyRoute({ planFile: loaded.path, secret: webhookSecret, denials: desk.denials, log }),
      'PagerDuty',
      'webhook subscription (v3)',
    );
  const wantsSocket = slackChat !== null && appToken !== undefined;
  if (serves.length === 0 && !wantsSocket) throw nothingToServe();

  const socket = wantsSocket ? await connectSocket(slackChat, appToken).catch(notConnected) : null;
  if (socket !== null) serves.push({ name: 'Slack Socket Mode', path: null, enter: 'connected; no address to enter' });
  const health = healthRoute(loaded, serves, socket);
  try {
    const server = await serveHttp({ routes: [...routes, health], host: parts.host, port: parts.port, log });
    serves.push({ name: 'health', path: health.path, enter: 'for a monitor: 200, or 503 and why' });
    return {
      port: server.port,
      serves,
      stop: async () => {
        await Promise.all([server.stop(), socket?.stop(), desk.stop()]);
      },
    };
  } catch (error) {
    await socket?.stop();
    throw cantListen(error, parts);
  }
}

function slackParts(planFile: string, parts: Pick<SlackChat, 'token' | 'url' | 'desk' | 'log'>): SlackChat {
  return {
    ...parts,
    person: async (user) => personOf((await loadPlan(planFile)).plan, 'slack', user),
    decide: async (decision) => decide((await loadPlan(planFile)).plan, decision),
    deny: async (who, channel, what) => {
      const loaded = await loadPlan(planFile);
      const why = 'the plan knows nobody by this user id';
      await parts.desk.denials.record(loaded, { service: 'slack', who, channel, what, why });
    },
  };
}

/** Asked often, so Temporal is asked once in a few seconds. */
const freshMs = 5_000;

function healthRoute({ plan }: LoadedPlan, serves: readonly Served[], socket: { isConnected: () => boolean } | null): Route {
  let last = { at: 0, temporal: false };
  const look = async () => {
    if (Date.now() - last.at < freshMs) return last.temporal;
    const temporal = await connect(plan, 1_500).then(
      ({ connection }) => connection.close().then(() => true),
      () => false,
    );
    last = { at: Date.now(), temporal };
    return temporal;
  };
  return {
    method: 'GET',
    path: '/healthz',
    answer: async (_request, _body, response) => {
      const temporal = await look();
      const facts = { temporal, ...(socket === null ? {} : { slackSocketMode: socket.isConnected() }) };
      const isWell = Object.values(facts).every(Boolean);
      sendJson(response, isWell ? 200 : 503, { ...facts, serves: serves.map(({ name }) => name) });
    },
  };
}

function nothingToServe(): KintsugiError {
  return new KintsugiError('PLAN_INVALID', 'The plan sets up nothing that chat could serve.', {
    state: 'Nothing was started.',
    hints: [
      'Slack: channels.slack with token, and signingSecret (over HTTP) or appToken (Socket Mode)',
      'Mattermost: channels.mattermost with url and commandToken',
      'PagerDuty: channels.pagerduty.webhookSecret',
    ],
  });
}

function notConnected(error: unknown): never {
  throw new KintsugiError(
    'CHANNEL_UNREACHABLE',
    `Slack’s Socket Mode can’t be reached: ${error instanceof Error ? error.message : 'no connection'}.`,
    {
      state: 'Nothing is served.',
      hints: ['is channels.slack.appToken an app-level token (xapp-…) with connections:write?'],
      cause: error,
    },
  );
}

function cantListen(error: unknown, { host, port }: ServeParts): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new KintsugiError('IO', `Can’t listen on ${host}:${port} (${code}).`, {
    state: 'Nothing is served.',
    hints: [
      code === 'EADDRINUSE' ? 'another program uses the port: kintsugi chat --port 3001' : 'kintsugi chat --host 127.0.0.1',
    ],
    cause: error,
  });
}
