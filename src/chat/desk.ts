import { createHash } from 'node:crypto';
import { known } from '../cli/report-error.ts';
import type { KintsugiCommand } from '../cli/usage.ts';
import { formatError, KintsugiError } from '../errors/kintsugi-error.ts';
import { denied } from '../incident/permission.ts';
import { type LoadedPlan, loadPlan } from '../plan/load.ts';
import { allowanceOf } from './allowed.ts';
import { Confirmations } from './confirmations.ts';
import { ChatContext } from './context.ts';
import { Denials } from './denials.ts';
import { inChat } from './dialect.ts';
import { missingWords, runInChat } from './grammar.ts';
import { incidentOf } from './incident-of.ts';
import { type Known, personOf, type Service } from './people.ts';
import { expand, pathLength } from './short-forms.ts';
import { splitWords } from './words.ts';

/** A command that somebody typed in a chat. */
export interface ChatRequest {
  readonly service: Exclude<Service, 'pagerduty'>;
  /** Id of the user there. */
  readonly user: string;
  readonly channel: string;
  /** What was typed first: `/dr`. */
  readonly command: string;
  /** What was typed after it. */
  readonly text: string;
  /** The same for every delivery of this request. */
  readonly requestId: string;
}

/** The way back to the person, and to nobody else. */
export interface Reply {
  readonly say: (text: string) => Promise<void>;
  /** Shows what a destructive command would do, and asks for the name. */
  readonly ask: (text: string, question: { nonce: string; name: string }) => Promise<void>;
  /** Asks for what a command lacks, where the chat has forms. @param words the command, as words. */
  readonly askFor?: (option: string, words: readonly string[]) => Promise<void>;
}

/** Longer than anything that a command needs. */
const longestText = 8_000;

export interface DeskParts {
  readonly planFile: string;
  /** Makes the command line's program, whose grammar is that of chat. */
  readonly createProgram: () => KintsugiCommand;
  readonly log: (line: string) => void;
  /** How long a confirmation is waited for, in milliseconds. */
  readonly confirmWithinMs?: number;
}

/** Where commands from every chat arrive: who it is, what is meant, whether that is allowed, and the answer. */
export class Desk {
  readonly denials: Denials;
  readonly #planFile: string;
  readonly #createProgram: () => KintsugiCommand;
  readonly #log: (line: string) => void;
  readonly #confirmations: Confirmations;
  readonly #running = new Set<Promise<void>>();

  constructor({ planFile, createProgram, log, confirmWithinMs }: DeskParts) {
    this.#planFile = planFile;
    this.#createProgram = createProgram;
    this.#log = log;
    this.#confirmations = new Confirmations(confirmWithinMs);
    this.denials = new Denials(log);
  }

  /** Carries a command out. Never fails: whatever goes wrong is answered. */
  handle(request: ChatRequest, reply: Reply): Promise<void> {
    return this.#answering(request, reply, async (loaded, person) => {
      const text = request.text.trim();
      if (text.length > longestText) throw invalid(`${text.length} characters are too many.`);
      const words = splitWords(text);
      if (words[0] === 'confirm') return this.#confirmByWords(request, loaded, person, words);
      return this.#run(request, reply, loaded, person, expand(words, loaded.plan.stack.project));
    });
  }

  /** Carries out a command that was asked for what it lacked. @param words the command as words, whole now. */
  handleWords(request: ChatRequest, reply: Reply, words: readonly string[]): Promise<void> {
    return this.#answering(request, reply, (loaded, person) => this.#run(request, reply, loaded, person, [...words]));
  }

  /** @returns the name to type for an open confirmation of this user; null if there is none. */
  async nameFor({ service, user }: Pick<ChatRequest, 'service' | 'user'>, nonce: string): Promise<string | null> {
    const person = personOf((await loadPlan(this.#planFile)).plan, service, user);
    return person === null ? null : this.#confirmations.nameFor(nonce, ownerOf(service, user, person));
  }

  /** Takes a typed name. @returns null if that started the command; else why not. */
  async confirm(request: ChatRequest, nonce: string, typed: string): Promise<string | null> {
    const loaded = await loadPlan(this.#planFile);
    const person = personOf(loaded.plan, request.service, request.user);
    const owner = person === null ? '' : ownerOf(request.service, request.user, person);
    const outcome = this.#confirmations.answer(nonce, owner, typed);
    this.#log(`${request.service} ${person?.name ?? request.user} confirms: ${outcome}`);
    if (outcome === 'confirmed') return null;
    if (outcome === 'notYours') {
      // Not waited for: Slack wants the answer to a form within three seconds.
      this.#track(this.#deny(loaded, request, person?.name ?? request.user, 'confirm', 'it was shown to somebody else'));
      return 'This was shown to somebody else. Ask yourself, and you get your own.';
    }
    return outcome === 'mistyped'
      ? `“${typed}” is not the name of the database. Nothing was started.`
      : 'This was used already, or has lapsed. Nothing was started; ask again.';
  }

  /** Takes back what waits, and waits for what runs. */
  async stop(): Promise<void> {
    this.#confirmations.stop();
    await Promise.allSettled(this.#running);
  }

  async #answering(
    request: ChatRequest,
    reply: Reply,
    run: (loaded: LoadedPlan, person: Known) => Promise<string>,
  ): Promise<void> {
    const work = this.#answer(request, run).then((text) => (text === '' ? undefined : reply.say(inChat(text, request.command))));
    const done = work.catch((error: unknown) => this.#log(`an answer to ${request.user} got lost: ${String(error)}`));
    this.#track(done);
    await done;
  }

  /** Work that a stop waits for. @param work never fails. */
  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  async #answer(request: ChatRequest, run: (loaded: LoadedPlan, person: Known) => Promise<string>): Promise<string> {
    try {
      const loaded = await loadPlan(this.#planFile);
      const person = personOf(loaded.plan, request.service, request.user);
      if (person !== null) return await run(loaded, person);
      const what = request.text.slice(0, 200);
      await this.#deny(loaded, request, request.user, what, 'the plan knows nobody by this user id');
      throw new KintsugiError('DENIED', `The plan does not know you (${request.user}).`, {
        state: 'Nothing was done; the attempt is recorded.',
        hints: [`add yourself to channels.${request.service}.users in the plan`],
      });
    } catch (thrown) {
      const error = await known(thrown);
      this.#log(`${request.service} ${request.user}: ${error.code} ${error.message}`);
      return formatError(error);
    }
  }

  async #run(request: ChatRequest, reply: Reply, loaded: LoadedPlan, person: Known, words: string[]): Promise<string> {
    const path = words.slice(0, pathLength(words)).join(' ');
    const wantsHelp = words.includes('--help') || words.includes('-h');
    await this.#mayRun(request, loaded, person, path, wantsHelp);
    const lacking = missingWords(this.#createProgram(), words);
    if (lacking !== null) {
      if (reply.askFor === undefined)
        throw invalid(`It lacks --${lacking}.`, [`${request.command} ${allowanceOf(path)?.example}`]);
      await reply.askFor(lacking, words);
      return '';
    }
    const context = new ChatContext({
      planFile: this.#planFile,
      requestId: request.requestId,
      confirm: async ({ name }) => {
        const { nonce, confirmed } = this.#confirmations.ask(ownerOf(request.service, request.user, person), name);
        await reply.ask(inChat(context.take(), request.command), { nonce, name });
        await confirmed;
      },
    });
    this.#log(`${request.service} ${person.name}: ${words.slice(0, 2).join(' ')}`);
    await runInChat(words, {
      createProgram: this.#createProgram,
      command: request.command,
      by: person.name,
      context,
      incident: (verb) => incidentOf(loaded.plan, request.channel, verb),
    }).catch((error: KintsugiError) => {
      // What was said until then belongs to the answer.
      context.say(formatError(error));
    });
    return context.take() || 'Done.';
  }

  async #mayRun(request: ChatRequest, loaded: LoadedPlan, person: Known, path: string, wantsHelp: boolean): Promise<void> {
    const permission = allowanceOf(path)?.permission;
    const why = permission === undefined || wantsHelp ? null : denied(loaded.plan, person.name, permission);
    if (why === null) return;
    await this.#deny(loaded, request, person.name, path, why);
    throw new KintsugiError('DENIED', why, { state: 'Nothing was stopped or changed; the attempt is recorded.' });
  }

  async #confirmByWords(request: ChatRequest, loaded: LoadedPlan, person: Known, words: readonly string[]): Promise<string> {
    const [, nonce, name, ...more] = words;
    if (nonce === undefined || name === undefined || more.length > 0)
      throw invalid('It takes the code that was shown, and the name of the database.', [
        `${request.command} confirm CODE ${loaded.plan.database.name}`,
      ]);
    const why = await this.confirm(request, nonce, name);
    if (why !== null) throw new KintsugiError('NOT_CONFIRMED', why, { state: `${person.name}: nothing was stopped or changed.` });
    return 'Confirmed.';
  }

  #deny(loaded: LoadedPlan, { service, channel }: ChatRequest, who: string, what: string, why: string): Promise<void> {
    return this.denials.record(loaded, { service, who, channel, what, why });
  }
}

/** @returns a short id of a request, fit for Temporal. @param parts what is the same for every delivery of it, and for nothing else. */
export function requestIdOf(service: Service, ...parts: readonly string[]): string {
  return `${service}-${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 24)}`;
}

function ownerOf(service: Service, user: string, person: Known): string {
  return `${service}:${user}:${person.id}`;
}

function invalid(message: string, hints: readonly string[] = []): KintsugiError {
  return new KintsugiError('INVALID_INPUT', message, { state: 'Nothing was stopped or changed.', hints });
}
