import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { until } from './wait.ts';

/** A Docker Engine of the test's own, with its own socket, data and containerd: it may be killed. Needs root, as dockerd does. */
export class OwnEngine {
  /** Short: the path of a socket may have about 100 characters. */
  readonly folder = mkdtempSync(path.join(tmpdir(), 'ke-'));
  readonly host = `unix://${this.folder}/docker.sock`;
  /** Where it keeps images, containers and volumes. */
  readonly data = path.join(this.folder, 'data');
  /** A name for the bridge of its one network. The machine's firewall is told to let its packets through, and nothing else. */
  readonly bridge = path.basename(this.folder);
  /** Its default bridge: with none, dockerd would take away docker0, which is the other engine's. */
  readonly #defaultBridge = `${this.bridge}d`;
  readonly #second = 200 + Math.floor(Math.random() * 50);
  /** For its one network. No `--default-address-pool` says it: with that, a dockerd that starts again takes away docker0 of the other engine. */
  readonly subnet = `10.${this.#second}.0.0/24`;
  #hadDocker0: boolean | undefined;
  /** For the worker, Compose and every command that is to reach this engine. */
  readonly environment = { DOCKER_HOST: this.host };
  #started: ChildProcess | undefined;

  /** A program that starts the daemon in the background: what the plan's command is for systemd. */
  get restartCommand(): string {
    return path.join(this.folder, 'restart-docker');
  }

  async start(): Promise<void> {
    this.#hadDocker0 = await hasDocker0();
    const args = [
      `--host=${this.host}`,
      `--data-root=${this.data}`,
      `--exec-root=${this.folder}/exec`,
      `--pidfile=${this.folder}/pid`,
      `--bridge=${this.#defaultBridge}`,
      '--iptables=false',
      '--ip6tables=false',
    ];
    writeFileSync(
      this.restartCommand,
      `#!/bin/sh\nsetsid dockerd ${args.join(' ')} >>${this.folder}/log 2>&1 </dev/null &\necho $! >${this.folder}/started\n`,
    );
    chmodSync(this.restartCommand, 0o755);
    mkdirSync(this.data);
    // A small disk of its own: it can be filled, and what Docker frees on it can be measured.
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=1500m', 'tmpfs', this.data]);
    await execa('iptables', ['-I', 'FORWARD', ...this.#own]);
    await execa('ip', ['link', 'add', 'name', this.#defaultBridge, 'type', 'bridge']);
    await execa('ip', ['address', 'add', `10.199.${this.#second}.1/24`, 'dev', this.#defaultBridge]);
    const log = openSync(path.join(this.folder, 'log'), 'a');
    this.#started = spawn('dockerd', args, { stdio: ['ignore', log, log] });
    await until('the engine answers', () => this.answers());
  }

  get #own(): string[] {
    return ['-i', this.bridge, '-o', this.bridge, '-j', 'ACCEPT'];
  }

  async answers(): Promise<boolean> {
    return (await execa('docker', ['version'], { env: this.environment, reject: false, timeout: 10_000 })).exitCode === 0;
  }

  /** Copies an image of the machine's engine into this one. */
  async load(image: string): Promise<void> {
    const archive = path.join(this.folder, 'image.tar');
    await execa('docker', ['save', '--output', archive, image], { env: { DOCKER_HOST: '' } });
    await execa('docker', ['load', '--input', archive], { env: this.environment });
    rmSync(archive);
  }

  async docker(...args: string[]): Promise<string> {
    return (await execa('docker', args, { env: this.environment })).stdout;
  }

  /** SIGKILL, as a crash of it would be. Its containers' processes live on without it. */
  async kill(): Promise<void> {
    process.kill(Number(readFileSync(path.join(this.folder, 'pid'), 'utf8')), 'SIGKILL');
    await until('the engine is gone', async () => !(await this.answers()));
  }

  async remove(): Promise<void> {
    if (!(await this.answers())) await execa(this.restartCommand).catch(() => undefined);
    await until('the engine answers', () => this.answers(), 30_000).catch(() => undefined);
    const all = (await this.docker('ps', '--all', '--quiet').catch(() => '')).split('\n').filter((id) => id !== '');
    if (all.length > 0) await this.docker('rm', '--force', '--volumes', ...all);
    await this.docker('network', 'prune', '--force').catch(() => undefined);
    const pid = Number(readFileSync(path.join(this.folder, 'pid'), 'utf8'));
    process.kill(pid, 'SIGTERM');
    await until('the engine has ended', async () => !isAlive(pid), 30_000);
    this.#started?.unref();
    await execa('iptables', ['-D', 'FORWARD', ...this.#own], { reject: false });
    await execa('ip', ['link', 'delete', this.#defaultBridge], { reject: false });
    // dockerd mounts its data folder onto itself, over the disk that was mounted there.
    for (let mounts = 0; mounts < 2; mounts += 1) await execa('umount', ['--recursive', this.data], { reject: false });
    rmSync(this.folder, { recursive: true, force: true });
    if (this.#hadDocker0 && !(await hasDocker0())) throw new Error('docker0 of the machine’s engine is gone');
  }
}

async function hasDocker0(): Promise<boolean> {
  return (await execa('ip', ['link', 'show', 'docker0'], { reject: false })).exitCode === 0;
}

/** Of a zombie nobody has taken the end yet: it has ended. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
