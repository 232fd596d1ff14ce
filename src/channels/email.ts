import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createTransport, type NodemailerError } from 'nodemailer';
import type { Channels } from '../plan/channels.ts';
import { type Channel, SendProblem } from './channel.ts';
import { networkProblem } from './http-problem.ts';
import type { ChannelParts } from './parts.ts';
import { plainText, shortId } from './text.ts';

/**
 * E-mail over SMTP. The Message-ID is made from the key, so that a mail that was sent twice is shown once by what sorts by it;
 * SMTP itself has no idempotency.
 */
export async function createEmail(plan: NonNullable<Channels['email']>, parts: ChannelParts): Promise<Channel> {
  const password = plan.password === undefined ? undefined : await parts.secret(plan.password);
  const transport = createTransport({
    host: plan.host,
    port: plan.port,
    secure: plan.security === 'tls',
    requireTLS: plan.security === 'starttls',
    ignoreTLS: plan.security === 'none',
    ...(plan.user === undefined ? {} : { auth: { user: plan.user, pass: password } }),
    tls: {
      minVersion: 'TLSv1.2',
      ...(plan.ca === undefined ? {} : { ca: await readFile(path.resolve(parts.planFolder, plan.ca)) }),
    },
    connectionTimeout: parts.timeoutMs,
    greetingTimeout: parts.timeoutMs,
    socketTimeout: parts.timeoutMs,
    dnsTimeout: parts.timeoutMs,
    // The text of a message is never a file name or an address to read from.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = plan.from.replace(/^.*@|>$/g, '');
  const idOf = (key: string) => `<${shortId(key)}@${domain}>`;

  return {
    async probe() {
      try {
        await transport.verify();
        return `the mail server takes ${plan.user === undefined ? 'mail' : `the login of ${plan.user}`}`;
      } catch (error) {
        throw problemOf(error as NodemailerError);
      }
    },

    async send(message) {
      try {
        const sent = await transport.sendMail({
          from: plan.from,
          to: { name: message.recipient.name, address: message.address },
          subject: message.subject,
          text: plainText(message),
          messageId: idOf(message.key),
          ...(message.thread === undefined ? {} : { inReplyTo: message.thread, references: message.thread }),
          headers: { 'X-Kintsugi-Key': message.key, 'Auto-Submitted': 'auto-generated' },
          ...(message.severity === 'P1' ? { priority: 'high' as const } : {}),
        });
        return { providerId: sent.messageId, outcome: 'accepted', why: `the mail server answered ${sent.response}` };
      } catch (error) {
        throw problemOf(error as NodemailerError);
      }
    },
  };
}

/** What of an attempt ended before the message was on its way. */
const early = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT']);

function problemOf(error: NodemailerError): SendProblem {
  const why = `mail server: ${error.message}`;
  if (error.permanent === true) return new SendProblem('refused', why, { cause: error });
  if (error.permanent === false) return new SendProblem('busy', why, { cause: error });
  switch (error.code) {
    case 'EDNS':
      return new SendProblem('unreachable', why, { cause: error });
    case 'ESOCKET':
    case 'ETLS':
      return error.originalCode === undefined
        ? new SendProblem('unreachable', why, { cause: error })
        : networkProblem('mail server', withCode(error, error.originalCode));
    case 'ETIMEDOUT':
      return new SendProblem(early.has(error.timeoutType ?? '') ? 'unreachable' : 'noAnswer', why, { cause: error });
    case 'EAUTH':
    case 'ENOAUTH':
    case 'EENVELOPE':
    case 'EMESSAGE':
    case 'ECONFIG':
      return new SendProblem('refused', why, { cause: error });
    default:
      return new SendProblem('noAnswer', why, { cause: error });
  }
}

function withCode(error: Error, code: string): Error {
  return Object.assign(new Error(error.message), { code });
}
