// @ts-check
/** Runs a program: arguments as an array, everything it prints kept in the set-up log. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { repositoryRoot, setUpLogFile, stateFolder } from './paths.mjs';

const longestLog = 5_000_000;

/** @param {string} text */
const writeLog = (text) => appendFileSync(setUpLogFile, text);

/** Begins a new part of the log; an old log that grew big is set aside once. */
export const beginLog = () => {
  mkdirSync(stateFolder, { recursive: true });
  const size = statSync(setUpLogFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > longestLog) renameSync(setUpLogFile, `${setUpLogFile}.old`);
  writeLog(`\n== ${new Date().toISOString()} process ${process.pid}\n`);
};

/**
 * @param {string} command @param {string[]} commandArguments
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env] Added to our own environment.
 * @param {number} [options.timeout] Milliseconds; the program is killed after it. Default 15 minutes.
 * @param {boolean} [options.logged] Whether the output goes to the log. Default true.
 * @returns {Promise<string>} What it printed on standard output.
 */
export const run = (command, commandArguments, { env = {}, timeout = 900_000, logged = true } = {}) =>
  new Promise((resolve, reject) => {
    if (logged) writeLog(`$ ${[command, ...commandArguments].join(' ')}\n`);
    const child = spawn(command, commandArguments, {
      cwd: repositoryRoot,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let everything = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      everything += chunk;
      if (logged) writeLog(String(chunk));
    });
    child.stderr.on('data', (chunk) => {
      everything += chunk;
      if (logged) writeLog(String(chunk));
    });
    child.on('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`, { cause: error })));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
      const lastLines = everything.trim().split('\n').slice(-3).join(' / ');
      reject(new Error(`${command} ${commandArguments[0] ?? ''} ${how}: ${lastLines}`));
    });
  });

/**
 * Whether a program is there and answers.
 * @param {string} command @param {string[]} commandArguments
 */
export const works = (command, commandArguments) =>
  run(command, commandArguments, { timeout: 10_000, logged: false }).then(
    () => true,
    () => false,
  );
