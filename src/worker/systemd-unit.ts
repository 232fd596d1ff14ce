/** What the unit file is made of. All paths are absolute. */
export interface UnitFacts {
  readonly project: string;
  readonly planPath: string;
  /** Folder of the plan: the working directory. */
  readonly folder: string;
  readonly user: string;
  /** The Node.js that runs this. */
  readonly node: string;
  /** The worker's program. */
  readonly entry: string;
}

/** @returns the name of a stack's service. */
export function serviceName(project: string): string {
  return `kintsugi-${project}.service`;
}

/** @returns where its unit file stands. */
export function unitPath(project: string): string {
  return `/etc/systemd/system/${serviceName(project)}`;
}

/**
 * @returns the unit file of a stack's worker. It wants Docker and is not bound to it: a restart of Docker, which may be a step of a
 *   recovery, must not end the worker (row 26 of the known faults). It is started again for ever, since a recovery may wait for it.
 */
export function systemdUnit({ project, planPath, folder, user, node, entry }: UnitFacts): string {
  return `[Unit]
Description=Kintsugi worker for ${escaped(project)}: recovers its PostgreSQL
Documentation=file://${escaped(planPath)}
Wants=network-online.target docker.service
After=network-online.target docker.service
StartLimitIntervalSec=0

[Service]
Type=exec
User=${user}
WorkingDirectory=${escaped(folder)}
EnvironmentFile=-/etc/kintsugi/${escaped(project)}.env
ExecStart=${quoted(node)} --enable-source-maps ${quoted(entry)} --plan ${quoted(planPath)}
Restart=always
RestartSec=2
# A running step gets 30 seconds to end by itself.
TimeoutStopSec=60
KillMode=mixed
# The last to go when memory is short: it is what brings the others back.
OOMScoreAdjust=-800
NoNewPrivileges=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictRealtime=yes

[Install]
WantedBy=multi-user.target
`;
}

/** systemd reads % as the beginning of a specifier. */
function escaped(text: string): string {
  return text.replaceAll('%', '%%');
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')}"`;
}
