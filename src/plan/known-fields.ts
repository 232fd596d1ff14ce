import { z } from 'zod';
import { planSchema } from './schema.ts';

/** The part of a JSON Schema that is asked about: what the plan's own schema is made of. */
export interface FieldSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly additionalProperties?: FieldSchema | boolean;
  readonly items?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
  readonly enum?: readonly unknown[];
}

/** @returns the JSON Schema of a plan as people write it, for editors and for what is said of a fault. */
export function planJsonSchema(): FieldSchema {
  // A file with many faults asks for it for each of them.
  made ??= z.toJSONSchema(planSchema, { io: 'input' }) as FieldSchema;
  return made;
}

let made: FieldSchema | undefined;

/** @returns what a place of the plan may hold: several where there are alternatives, none where the plan knows no such place. */
export function fieldsAt(path: readonly PropertyKey[]): FieldSchema[] {
  let fields = [planJsonSchema()];
  for (const key of path) fields = fields.flatMap((field) => alternatives(field)).flatMap((field) => inside(field, key));
  return fields.flatMap(alternatives);
}

function alternatives(field: FieldSchema): FieldSchema[] {
  return field.anyOf === undefined ? [field] : [field, ...field.anyOf.flatMap(alternatives)];
}

function inside(field: FieldSchema, key: PropertyKey): FieldSchema[] {
  if (typeof key === 'number') return field.items === undefined ? [] : [field.items];
  const named = field.properties?.[String(key)];
  if (named !== undefined) return [named];
  return typeof field.additionalProperties === 'object' ? [field.additionalProperties] : [];
}
