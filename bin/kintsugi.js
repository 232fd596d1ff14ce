#!/usr/bin/env node
// The command line. What it runs is built by `npm run build`; it says so when that was not done yet.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);

if (existsSync(main)) await import(main.href);
else {
  process.stderr.write('ERROR TOOL_MISSING: Kintsugi is not built yet.\nNothing was stopped or changed.\nHINT: npm run build\n');
  process.exitCode = 6;
}
