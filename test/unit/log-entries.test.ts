import { expect, test } from 'vitest';
import { ErrorLog } from '../../src/activities/postgres/log-entries.ts';

function entries(prefix: string, ...lines: string[]) {
  const log = new ErrorLog(prefix);
  for (const line of lines) log.take('2026-11-24T05:00:00.000Z', line);
  return log.entries;
}

const end = (database: string) =>
  `disconnection: session time: 0:00:01.234 user=me database=${database} host=172.18.0.3 port=5432`;

test('an error belongs to the database that its session names at its end', () => {
  const found = entries(
    '%m [%p] ',
    '2026-11-24 05:00:00.000 UTC [42] ERROR:  relation "x" does not exist at character 15',
    '2026-11-24 05:00:00.000 UTC [42] STATEMENT:  SELECT *',
    '\tFROM x',
    `2026-11-24 05:00:00.000 UTC [7] LOG:  ${end('other')}`,
    `2026-11-24 05:00:00.000 UTC [42] LOG:  ${end('copy')}`,
  );
  expect(found).toMatchObject([{ severity: 'ERROR', pid: '42', database: 'copy', more: ['SELECT *', 'FROM x'] }]);
});

test('a process id of before a restart of the server is another process', () => {
  const found = entries(
    '%m [%p] ',
    '2026-11-24 05:00:00.000 UTC [42] FATAL:  terminating connection because of crash of another server process',
    '2026-11-24 05:00:00.000 UTC [1] LOG:  starting PostgreSQL 15.10 on x86_64',
    `2026-11-24 05:00:00.000 UTC [42] LOG:  ${end('copy')}`,
  );
  expect(found).toMatchObject([{ severity: 'FATAL', database: null }]);
});

test.each([
  ['%t:%r:%u@%d:[%p]: ', '2026-11-24 05:00:00 UTC:10.0.0.1(5555):me@copy:[42]: ', '42'],
  ['%m %q%u@%d ', '2026-11-24 05:00:00.000 UTC me@copy ', null],
  ['%m %q%u@%d ', '2026-11-24 05:00:00.000 UTC ', null],
  ['<%%> %-8p| ', '<%> 42      | ', '42'],
  ['', '', null],
])('reads lines with the prefix %s', (prefix, begin, pid) => {
  expect(entries(prefix, `${begin}PANIC:  could not write`)).toMatchObject([{ severity: 'PANIC', text: 'could not write', pid }]);
});

test('takes only errors', () => {
  expect(entries('%m [%p] ', 'x [1] LOG:  ERROR: not one', 'x [1] WARNING:  w', '[1] free text')).toEqual([]);
});
