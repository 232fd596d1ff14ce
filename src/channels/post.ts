import { networkProblem, statusProblem } from './http-problem.ts';

export interface Post {
  readonly provider: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

/**
 * Posts JSON and reads the whole answer.
 *
 * @returns the body of a 2xx answer. @throws SendProblem for everything else, also for an answer that ends too early.
 */
export async function postJson(post: Post): Promise<string> {
  try {
    const answer = await fetch(post.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...post.headers },
      body: post.body,
      signal: AbortSignal.timeout(post.timeoutMs),
      // What is signed or holds a key goes where the plan says, and nowhere else.
      redirect: 'manual',
    });
    const body = await answer.text();
    const problem = statusProblem(post.provider, answer.status, body, answer.headers.get('retry-after'));
    if (problem === null) return body;
    throw problem;
  } catch (error) {
    throw error instanceof Error && error.name === 'SendProblem' ? error : networkProblem(post.provider, error);
  }
}
