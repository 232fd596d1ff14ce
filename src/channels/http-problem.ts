import { SendProblem } from './channel.ts';

/** What the system and undici say when no connection came about: nothing can have been sent. */
const notConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** OpenSSL’s names for a certificate that can't be trusted: waiting does not mend it. */
const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME/;

/** @returns the problem behind an error of a request that got no whole answer. */
export function networkProblem(provider: string, error: unknown): SendProblem {
  const { code, message } = innermost(error);
  const why = `${provider}: ${message}`;
  if (untrusted.test(code))
    return new SendProblem('refused', `${provider}: its certificate is not trusted (${code})`, { cause: error });
  return new SendProblem(notConnected.has(code) ? 'unreachable' : 'noAnswer', why, { cause: error });
}

function innermost(error: unknown): { code: string; message: string } {
  let found = { code: '', message: String(error) };
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    found = {
      code: typeof code === 'string' ? code : found.code,
      message: at.name === 'TimeoutError' ? 'no answer in time' : at.message || found.message,
    };
  }
  return found;
}

/** @returns the problem behind a status, or null for 2xx. @param said the provider's words. @param retryAfter header. */
export function statusProblem(provider: string, status: number, said: string, retryAfter: string | null): SendProblem | null {
  if (status >= 200 && status < 300) return null;
  const why = `${provider} answered ${status}${said ? `: ${said.slice(0, 300)}` : ''}`;
  if (status === 429 || status === 408 || status >= 500) {
    return new SendProblem('busy', why, { retryAfterMs: parseRetryAfter(retryAfter) });
  }
  return new SendProblem('refused', why);
}

/** @returns milliseconds; undefined when the header is missing or is neither a number of seconds nor a date. */
export function parseRetryAfter(header: string | null | undefined, now = Date.now()): number | undefined {
  if (!header) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
