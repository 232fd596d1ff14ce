import { expect, test } from 'vitest';
import { serviceName, systemdUnit, unitPath } from '../../src/worker/systemd-unit.ts';

const unit = systemdUnit({
  project: 'shop',
  planPath: '/srv/my shop/100%/kintsugi.yaml',
  folder: '/srv/my shop/100%',
  user: 'kintsugi',
  node: '/usr/bin/node',
  entry: '/opt/kintsugi/dist/worker/main.js',
});
const setting = (name: string) => unit.split('\n').filter((line) => line.startsWith(`${name}=`));

test('the service outlives Docker: it wants it and is not bound to it', () => {
  expect(setting('Wants')).toEqual(['Wants=network-online.target docker.service']);
  for (const bound of ['Requires', 'BindsTo', 'PartOf', 'Requisite']) expect(setting(bound)).toEqual([]);
});

test('it is started again for ever', () => {
  expect(setting('Restart')).toEqual(['Restart=always']);
  expect(setting('StartLimitIntervalSec')).toEqual(['StartLimitIntervalSec=0']);
});

test('paths with spaces and percent signs are one argument', () => {
  expect(setting('ExecStart')).toEqual([
    'ExecStart="/usr/bin/node" --enable-source-maps "/opt/kintsugi/dist/worker/main.js" --plan "/srv/my shop/100%%/kintsugi.yaml"',
  ]);
  expect(setting('WorkingDirectory')).toEqual(['WorkingDirectory=/srv/my shop/100%%']);
});

test('its name is of the stack', () => {
  expect(serviceName('shop')).toBe('kintsugi-shop.service');
  expect(unitPath('shop')).toBe('/etc/systemd/system/kintsugi-shop.service');
});
