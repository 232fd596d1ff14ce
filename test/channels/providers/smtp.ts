import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { simpleParser } from 'mailparser';
import { generate } from 'selfsigned';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions } from 'smtp-server';
import type { Behaviour, Provider, Received } from './provider.ts';

type Reply = (error?: Error | null) => void;

/** A mail server: STARTTLS with a certificate of its own, login required, replies with the codes of the RFC. */
export class SmtpProvider implements Provider {
  readonly channel = 'email';
  readonly secrets = { SMTP_PASSWORD: 'correct horse battery staple' };
  readonly address = 'sato@example.com';
  readonly canLookUp = false;
  // SMTP has no such thing.
  readonly tellsRetryAfter = false;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'kintsugi-smtp-'));
  readonly #seen: (Received & { readonly encrypted: boolean; readonly headers: ReadonlyMap<string, unknown> })[] = [];
  #server: SMTPServer | undefined;
  #certificate: { readonly key: string; readonly cert: string } | undefined;
  #behaviour: Behaviour = 'answer';
  #port = 0;

  readonly #options: SMTPServerOptions;

  constructor(options: SMTPServerOptions) {
    this.#options = options;
  }

  static async start(options: SMTPServerOptions = {}): Promise<SmtpProvider> {
    const provider = new SmtpProvider(options);
    const made = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    });
    provider.#certificate = { key: made.private, cert: made.cert };
    writeFileSync(provider.certificateFile, made.cert);
    await provider.#listen();
    return provider;
  }

  get certificateFile(): string {
    return path.join(this.#folder, 'ca.pem');
  }

  get plan() {
    return {
      email: {
        host: 'localhost',
        port: this.#port,
        ca: this.certificateFile,
        user: 'kintsugi',
        password: { env: 'SMTP_PASSWORD' },
        from: 'Kintsugi <kintsugi@example.com>',
      },
    };
  }

  received = () => this.#seen;

  async behave(behaviour: Behaviour): Promise<void> {
    if (behaviour === 'down') await this.#close();
    else if (this.#server === undefined) await this.#listen();
    this.#behaviour = behaviour;
  }

  async stop(): Promise<void> {
    await this.#close();
    rmSync(this.#folder, { recursive: true });
  }

  async #listen(): Promise<void> {
    const server = new SMTPServer({
      ...this.#certificate,
      ...this.#options,
      authMethods: ['PLAIN'],
      closeTimeout: 50,
      onAuth: ({ username, password }, _session, reply) => {
        const known = username === 'kintsugi' && password === this.secrets.SMTP_PASSWORD;
        reply(known ? null : coded(535, 'authentication failed'), { user: username });
      },
      onRcptTo: (_address, _session, reply) => reply(this.#objection()),
      onData: (stream, session, reply) => void this.#take(stream, session.secure, reply),
    });
    // A client that gives up in the middle is the test's doing.
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.server.address() as AddressInfo).port;
    this.#server = server;
  }

  #objection(): Error | null {
    if (this.#behaviour === 'refuse') return coded(550, 'no such mailbox');
    if (this.#behaviour === 'busy') return coded(450, 'greylisted');
    return this.#behaviour === 'broken' ? coded(451, 'local error in processing') : null;
  }

  async #take(stream: SMTPServerDataStream, encrypted: boolean, reply: Reply): Promise<void> {
    const mail = await simpleParser(stream);
    const id = mail.messageId ?? '';
    this.#seen.push({ id, text: `${mail.subject}\n${mail.text}`, encrypted, headers: mail.headers });
    if (this.#behaviour === 'slow') return;
    if (this.#behaviour !== 'half') {
      reply();
      return;
    }
    for (const { _socket: socket } of this.#server?.connections ?? []) socket.write('25', () => socket.destroy());
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

function coded(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
