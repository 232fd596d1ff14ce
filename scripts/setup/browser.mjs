// @ts-check
/** Debian's Chromium, for the tests that look at pages as a person does. Nothing of the product needs it. */
import { aptCommand, hasApt, installWithApt, isRoot } from './apt.mjs';
import { SetUpProblem } from './problem.mjs';
import { works } from './run.mjs';

const packages = ['chromium'];

export const hasBrowser = () => works('chromium', ['--version']);

export const installBrowser = async () => {
  if (!isRoot() || !hasApt()) {
    throw new SetUpProblem('BROWSER_MISSING', 'Chromium is missing, which the tests of the Temporal UI and of pages look with.', {
      state: 'Nothing was changed.',
      next: [`${aptCommand(packages)}    (then the same command again)`],
    });
  }
  await installWithApt(packages);
};
