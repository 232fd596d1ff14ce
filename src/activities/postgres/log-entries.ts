/** An error in a server's log: its first line with the lines that tell more of it. */
export interface LogEntry {
  readonly severity: 'ERROR' | 'FATAL' | 'PANIC';
  readonly text: string;
  /** Process id, where the server's prefix has it. */
  readonly pid: string | null;
  /** ISO 8601. */
  readonly at: string;
  readonly more: readonly string[];
  /** The database of its session, once the session's end told it. */
  readonly database: string | null;
}

type OpenEntry = { -readonly [K in keyof LogEntry]: LogEntry[K] } & { more: string[] };

/** Enough to tell what went wrong, and a bound for a server that floods its log. */
const most = 1000;

/** @returns a pattern of a line of the log. @param prefix the server's log_line_prefix. */
function linePattern(prefix: string): RegExp {
  let pattern = '';
  let optional = false;
  for (const [part] of prefix.matchAll(/%-?\d*[a-zA-Z%]|[^%]+|%/g)) {
    if (part === '%q') {
      // Processes without a session stop here.
      pattern += '(?:';
      optional = true;
    } else if (part === '%%') pattern += '%';
    else if (/^%-?\d*p$/.test(part)) pattern += '\\s*(?<pid>\\d+)\\s*';
    else if (part.startsWith('%') && part.length > 1) pattern += '.*?';
    else pattern += part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  }
  return new RegExp(`^${pattern}${optional ? ')?' : ''}(?<severity>[A-Z]+):\\s+(?<text>.*)$`);
}

/** Gathers the errors of a server's log, line by line. */
export class ErrorLog {
  readonly #pattern: RegExp;
  readonly #entries: OpenEntry[] = [];
  #last: OpenEntry | null = null;
  #running = 0;

  /** @param prefix the server's log_line_prefix. */
  constructor(prefix: string) {
    this.#pattern = linePattern(prefix);
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** @param at when the line was written, ISO 8601. */
  take(at: string, line: string): void {
    const groups = this.#pattern.exec(line)?.groups;
    if (groups === undefined) {
      // The next line of a text of several lines.
      if (line.startsWith('\t')) this.#last?.more.push(line.trim());
      return;
    }
    const { pid = null, severity = '', text = '' } = groups as { pid?: string; severity?: string; text?: string };
    if (/^(DETAIL|HINT|CONTEXT|STATEMENT|QUERY)$/.test(severity)) {
      if (this.#last !== null && this.#last.pid === pid) this.#last.more.push(text);
      return;
    }
    this.#last = null;
    // Process ids begin anew with the server.
    if (severity === 'LOG' && text.startsWith('starting PostgreSQL')) this.#running = this.#entries.length;
    const session = severity === 'LOG' ? /^disconnection: session time: \S+ user=.* database=(.*) host=/.exec(text) : null;
    if (session !== null) this.#settle(pid, session[1] ?? '');
    if ((severity !== 'ERROR' && severity !== 'FATAL' && severity !== 'PANIC') || this.#entries.length >= most) return;
    this.#last = { severity, text, pid, at, more: [], database: null };
    this.#entries.push(this.#last);
  }

  #settle(pid: string | null, database: string): void {
    if (pid === null) return;
    for (const entry of this.#entries.slice(this.#running)) if (entry.pid === pid) entry.database ??= database;
  }
}
