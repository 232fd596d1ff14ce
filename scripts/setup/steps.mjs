// @ts-check
/**
 * Prints one line a step, with a tick and the elapsed time when it is done. On a terminal the line is there while
 * the step runs too, so that nobody wonders whether something happens.
 */

/**
 * @typedef {object} Steps
 * @property {(line?: string) => void} say Prints a line as it is.
 * @property {<T>(title: string, act: (detail: (text: string) => void) => Promise<T>) => Promise<T>} step
 *   Runs `act`. `detail` sets the words that stand behind the elapsed time.
 */

/** @param {number} milliseconds */
const elapsed = (milliseconds) => {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

const titleWidth = 48;

/**
 * @param {string} mark @param {string} title @param {number} since @param {string} detail
 */
const line = (mark, title, since, detail) =>
  `  ${mark} ${title.padEnd(titleWidth)}${elapsed(Date.now() - since)}${detail && `   ${detail}`}`;

/**
 * @param {object} [options]
 * @param {(line: string) => void} [options.log] Where whole lines go; standard output when it is not given.
 * @param {boolean} [options.quiet] Prints nothing.
 * @returns {Steps}
 */
export const createSteps = ({ log, quiet = false } = {}) => {
  const out = process.stdout;
  const isLive = !log && !quiet && out.isTTY === true;
  const say = quiet ? () => {} : (log ?? ((text) => out.write(`${text}\n`)));

  return {
    say: (text = '') => say(text),
    async step(title, act) {
      const since = Date.now();
      let detail = '';
      const draw = () => out.write(`\r\x1b[2K${line('▸', title, since, detail).slice(0, (out.columns ?? 120) - 1)}`);
      const clear = () => isLive && out.write('\r\x1b[2K');
      if (isLive) draw();
      const timer = isLive ? setInterval(draw, 500) : undefined;
      try {
        const result = await act((text) => {
          detail = text;
        });
        clear();
        say(line('✔', title, since, detail));
        return result;
      } catch (error) {
        clear();
        say(line('✖', title, since, ''));
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
};
