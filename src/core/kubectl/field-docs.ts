/** The words about kinds and fields that `kubectl explain` prints. They are many, so whoever runs a world brings them, and only when they are wanted. */

/** Type of the field table → `''` (about the type itself) and field → its text and the values of its enumeration; `!` follows the name of a required field. */
export type FieldDocs = Record<string, Record<string, string[]>>;

export interface FieldDoc {
  text: string;
  required: boolean;
  values: string[];
}

let docs: ReadonlyMap<string, ReadonlyMap<string, FieldDoc>> = new Map();

/** To be called before a world carries out `kubectl explain`; without it fields have no descriptions. */
export function provideFieldDocs(table: FieldDocs): void {
  docs = new Map(
    Object.entries(table).map(([type, fields]) => [
      type,
      new Map(
        Object.entries(fields).map(([name, [text = '', ...values]]) => [name.replace(/!$/, ''), { text, required: name.endsWith('!'), values }] as const),
      ),
    ]),
  );
}

const nothing: FieldDoc = { text: '', required: false, values: [] };

/** About a field of a type, or with `''` about the type. */
export const docOf = (type: string, field: string): FieldDoc => docs.get(type)?.get(field) ?? nothing;
