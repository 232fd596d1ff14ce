// @ts-check
/**
 * Loaded into the worker with `node --import`: makes it die, or wait, at a chosen activity. The product has no such switch.
 *
 * KINTSUGI_TEST_FAULTS names a folder. A file `ACTIVITY.before`, `ACTIVITY.during` or `ACTIVITY.after` in it kills the worker with
 * SIGKILL before the activity does anything, some time into it, or when it is done and Temporal does not know it yet; once: the file
 * is removed first. `ACTIVITY.hold` holds the activity before it begins, until the file is gone; `ACTIVITY.held` tells that it waits.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from '@temporalio/worker';

const folder = /** @type {string} */ (process.env.KINTSUGI_TEST_FAULTS);
const create = Worker.create.bind(Worker);

/** @param {string} file */
const take = (file) => {
  const found = existsSync(path.join(folder, file));
  if (found) rmSync(path.join(folder, file));
  return found;
};
const die = () => process.kill(process.pid, 'SIGKILL');

/** @type {import('@temporalio/worker').ActivityInterceptorsFactory} */
const faults = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const name = info.activityType;
      if (take(`${name}.before`)) die();
      if (existsSync(path.join(folder, `${name}.hold`))) {
        writeFileSync(path.join(folder, `${name}.held`), '');
        while (existsSync(path.join(folder, `${name}.hold`))) await delay(50);
      }
      if (take(`${name}.during`)) setTimeout(die, 150);
      const result = await next(input);
      if (take(`${name}.after`)) die();
      return result;
    },
  },
});

Worker.create = (options) =>
  create({
    ...options,
    interceptors: { ...options.interceptors, activity: [faults, ...(options.interceptors?.activity ?? [])] },
  });
