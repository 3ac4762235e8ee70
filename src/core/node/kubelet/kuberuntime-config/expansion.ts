/** `$(VAR)` references in commands, arguments and values. Models third_party/forked/golang/expansion/expand.go, v1.36.2. */

/** What a name stands for; a name it does not know must come back as `$(name)`. */
export type Mapping = (name: string) => string;

/** Looks a name up in each record in turn. */
export const mappingFor =
  (...contexts: Readonly<Record<string, string>>[]): Mapping =>
  (name) => {
    for (const context of contexts) if (Object.hasOwn(context, name)) return context[name] as string;
    return `$(${name})`;
  };

/** What one message of the CRI may hold, bytes: containerd refuses to receive more. Each reference may double a text: without a bound forty lines fill a machine. */
export const maxMessageBytes = 16 * 1024 * 1024;

/** Replaces references; `$$` is one dollar sign, and an unfinished reference stays as it is. A text beyond `maxMessageBytes` is given up: nobody could send it. */
export function expand(input: string, mapping: Mapping): string {
  if (!input.includes('$')) return input;
  let out = '';
  let checkpoint = 0;
  for (let cursor = 0; cursor < input.length; cursor += 1) {
    if (input[cursor] !== '$' || cursor + 1 >= input.length) continue;
    out += input.slice(checkpoint, cursor);
    const [read, isReference, advance] = readVariableName(input, cursor + 1);
    out += isReference ? mapping(read) : read;
    cursor += advance;
    checkpoint = cursor + 1;
    if (out.length > maxMessageBytes) return out;
  }
  return out + input.slice(checkpoint);
}

/** [text or name, whether it is a reference, characters read after the dollar sign]. */
function readVariableName(input: string, start: number): [string, boolean, number] {
  if (input[start] === '$') return ['$', false, 1];
  if (input[start] !== '(') return [`$${input[start]}`, false, 1];
  const end = input.indexOf(')', start + 1);
  if (end >= 0) return [input.slice(start + 1, end), true, end - start + 1];
  return ['$(', false, 1];
}

/** The first name that `input` refers to and no context knows, or undefined. */
export function missingReference(input: string, known: Readonly<Record<string, string>>): string | undefined {
  let missing: string | undefined;
  expand(input, (name) => {
    if (!Object.hasOwn(known, name) && missing === undefined) missing = name;
    return '';
  });
  return missing;
}
