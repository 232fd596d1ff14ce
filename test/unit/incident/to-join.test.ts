import { expect, test } from 'vitest';
import { isAboutApplication } from '../../../src/cli/follow/incident-to-join.ts';

test.each([
  ['incident-shop-reported-1a2b3c', true],
  ['incident-shop-watch-P1', true],
  ['incident-shop-watch-P2', true],
  ['incident-shop-watch-P3', false],
  ['incident-shop-backups', false],
  ['incident-shop-restoreDatabase-shop', false],
  ['incident-shop2-reported-1a2b3c', false],
])('%s is about the application as a whole: %s', (id, expected) => {
  expect(isAboutApplication(id, 'shop')).toBe(expected);
});
