import fc from 'fast-check';
import pg from 'pg';

// Whatever a name or text of PostgreSQL may hold: line ends, quotes, control characters, all scripts. No NUL, which it refuses.
const text = fc.string({ unit: 'binary', maxLength: 20 }).map((value) => value.replaceAll('\0', ''));
const name = fc
  .oneof(
    text,
    fc.constantFrom('select', 'a.b', ' x ', '-- Name: t; Type: TABLE; Schema: s; Owner: o', '\\.', "it's", '"', '$$', '表\n'),
  )
  .filter((value) => value !== '' && Buffer.byteLength(value) < 60);

/** SQL types with literals of them. */
const values: Record<string, fc.Arbitrary<string>> = {
  text: text.map(pg.escapeLiteral),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => `'${value}'`),
  'double precision': fc.double().map((value) => `'${value}'`),
  bytea: fc.uint8Array({ maxLength: 20 }).map((value) => `'\\x${Buffer.from(value).toString('hex')}'`),
  jsonb: fc.jsonValue().map((value) => pg.escapeLiteral(JSON.stringify(value).replaceAll('\\u0000', ''))),
  timestamptz: fc
    .date({ min: new Date(0), noInvalidDate: true })
    .map((value) => `'epoch'::timestamptz + ${Math.floor(value.getTime() / 1e6)} * interval '1 second'`),
  'text[]': fc.array(text, { maxLength: 3 }).map((items) => `ARRAY[${items.map(pg.escapeLiteral).join(', ')}]::text[]`),
  interval: fc.integer().map((value) => `make_interval(secs => ${value})`),
  uuid: fc.uuid().map((value) => `'${value}'`),
  int4range: fc.tuple(fc.nat(99), fc.nat(99)).map(([a, b]) => `int4range(${Math.min(a, b)}, ${Math.max(a, b)}, '[]')`),
};

const column = fc.constantFrom(...Object.keys(values)).chain((type) => {
  const value = fc.option(values[type] ?? fc.constant('NULL'), { nil: 'NULL' });
  return fc.record({ name, type: fc.constant(type), fallback: value, cells: fc.array(value, { minLength: 4, maxLength: 4 }) });
});

const table = fc.record({
  name,
  columns: fc.uniqueArray(column, { selector: (each) => each.name, maxLength: 5 }),
  rows: fc.nat(4),
  comment: text,
});

/** Statements that make tables with odd names and values, each with a key that names a row of the next. */
export const oddSchema: fc.Arbitrary<string> = fc
  .record({
    schema: name.filter((value) => !value.startsWith('pg_')),
    tables: fc.uniqueArray(table, { selector: (each) => each.name, minLength: 5, maxLength: 12 }),
  })
  .map(({ schema, tables }) => {
    const full = (each: { name: string } | undefined) =>
      `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(each?.name ?? '')}`;
    const made = tables.flatMap((each) => {
      const columns = each.columns.filter((own) => own.name !== 'id' && own.name !== 'next');
      const defined = columns.map((own) => `, ${pg.escapeIdentifier(own.name)} ${own.type} DEFAULT ${own.fallback}`).join('');
      const rows = Array.from({ length: each.rows }, (_none, row) => [row, ...columns.map((own) => own.cells[row])].join(', '));
      return [
        `CREATE TABLE ${full(each)} (id integer PRIMARY KEY, next integer${defined})`,
        ...rows.map(
          (row) =>
            `INSERT INTO ${full(each)} (id${columns.map((own) => `, ${pg.escapeIdentifier(own.name)}`).join('')}) VALUES (${row})`,
        ),
        `COMMENT ON TABLE ${full(each)} IS ${pg.escapeLiteral(each.comment)}`,
        ...columns
          .slice(0, 1)
          .map((own) => `CREATE INDEX ON ${full(each)} USING hash (md5((${pg.escapeIdentifier(own.name)})::text)) WHERE false`)
          .filter(() => columns[0]?.type === 'text'),
      ];
    });
    const circle = tables.map(
      (each, at) => `ALTER TABLE ${full(each)} ADD FOREIGN KEY (next) REFERENCES ${full(tables[(at + 1) % tables.length])}`,
    );
    return [`CREATE SCHEMA ${pg.escapeIdentifier(schema)}`, ...made, ...circle].join(';\n');
  });
