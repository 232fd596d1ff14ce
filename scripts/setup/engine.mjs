// @ts-check
/** A Docker Engine: asked by its socket, not by what is on PATH. */
import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { aptCommand, hasApt, installWithApt, isRoot } from './apt.mjs';
import { engineLogFile } from './paths.mjs';
import { SetUpProblem } from './problem.mjs';
import { run, works } from './run.mjs';

const packages = ['docker.io', 'iptables', 'iproute2'];
const socketPath = '/var/run/docker.sock';

/** Whether an engine answers. A DOCKER_HOST is asked through the client; else the socket itself. */
export const hasEngine = () => (process.env.DOCKER_HOST ? works('docker', ['version']) : ping());

const ping = () =>
  new Promise((resolve) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 3000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });

export const installEngine = async () => {
  if (!isRoot() || !hasApt()) {
    throw new SetUpProblem(
      'DOCKER_MISSING',
      'no Docker Engine answers, and installing or starting one needs root on Debian or Ubuntu.',
      {
        state: 'Nothing was changed.',
        next: [aptCommand(packages), 'sudo systemctl start docker', 'then run this again, as a user in the group docker'],
      },
    );
  }
  if (!existsSync('/usr/bin/dockerd') && !existsSync('/usr/sbin/dockerd')) await installWithApt(packages);
  if (existsSync('/run/systemd/system')) await run('systemctl', ['start', 'docker']);
  else startAlone();
  for (let waited = 0; waited < 60_000; waited += 250) {
    if (await hasEngine()) return;
    await sleep(250);
  }
  throw new SetUpProblem('DOCKER_NOT_STARTED', 'the Docker Engine was started and does not answer after a minute.', {
    state: 'Docker is installed; nothing else was changed.',
    next: ['look at the end of its log'],
    logFile: engineLogFile,
  });
};

/** Where no init system runs: a process of its own session, so that it outlives us. */
const startAlone = () => {
  const log = openSync(engineLogFile, 'a');
  spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] }).unref();
};
