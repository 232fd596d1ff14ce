// @ts-check
/** What people read when setting up can't go on: what happened, how things stand, what to do next. */
import { setUpLogFile, shown } from './paths.mjs';

export class SetUpProblem extends Error {
  name = 'SetUpProblem';

  /**
   * @param {string} code Stable, for searching: `DOCKER_NOT_STARTED`.
   * @param {string} what What happened, one sentence.
   * @param {object} more
   * @param {string} more.state What has been changed and what has not.
   * @param {string[]} more.next Commands or acts, the best first.
   * @param {string} [more.logFile]
   * @param {unknown} [more.cause]
   */
  constructor(code, what, { state, next, logFile = setUpLogFile, cause }) {
    super(what, { cause });
    this.code = code;
    this.state = state;
    this.next = next;
    this.logFile = logFile;
  }

  /** The whole message, several lines. */
  explain() {
    return [
      `ERROR ${this.code}: ${this.message}`,
      this.state,
      ...this.next.map((hint) => `HINT: ${hint}`),
      `Log: ${shown(this.logFile)}`,
    ].join('\n');
  }
}

/**
 * The reason in an unknown error, for a sentence.
 * @param {unknown} error
 */
export const reasonOf = (error) => (error instanceof Error ? error.message : String(error));
