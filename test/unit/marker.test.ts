import { expect, test } from 'vitest';
import { databaseNames, parseMarker } from '../../src/activities/postgres/marker.ts';

test('names stay within 63 bytes, also for a long Japanese name, and no character is cut in two', () => {
  const { scratch, replaced } = databaseNames('勤怠管理データベース本番環境二〇二六年版', '01a20b73-764e-78bf-aa8a-901505d8bea1');
  expect(Buffer.byteLength(scratch)).toBeLessThanOrEqual(63);
  expect(replaced).toBe('勤怠管理データベース本番環_replaced_05d8bea1');
});

test('two runs that began in the same minute get different names: run ids begin with the time', () => {
  const first = databaseNames('uns_claudejp', '01a20b72-440e-7843-809a-017ed8d6afe1');
  const second = databaseNames('uns_claudejp', '01a20b72-764e-78bf-aa8a-901505d8bea1');
  expect(first.replaced).not.toBe(second.replaced);
});

test("an administrator's comment is no marker, and neither is a damaged one", () => {
  expect(parseMarker('the timer cards of the factory')).toBeNull();
  expect(parseMarker('kintsugi:{"kind":')).toBeNull();
  expect(parseMarker(null)).toBeNull();
  expect(parseMarker('kintsugi:{"kind":"fenced","runId":"r","comment":"was here"}')?.comment).toBe('was here');
});
