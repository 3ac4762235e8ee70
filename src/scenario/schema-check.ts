/** Holds a value against the part of JSON Schema that `scenario.schema.json` is written in; what is wrong, with its place. */

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  oneOf?: Schema[];
}

export interface Problem {
  /** `steps[2].prediction.choices[0].when`. */
  path: string;
  message: string;
}

export const maxProblems = 50;
/** Conditions within conditions. */
const maxDepth = 40;

export function checkSchema(value: unknown, schema: Schema): Problem[] {
  const problems: Problem[] = [];
  visit(value, schema, schema, '', 0, problems);
  return problems.slice(0, maxProblems);
}

function visit(value: unknown, given: Schema, root: Schema, path: string, depth: number, problems: Problem[]): void {
  if (problems.length >= maxProblems) return;
  const say = (message: string): void => {
    problems.push({ path, message });
  };
  if (depth > maxDepth) {
    say(`nested more than ${maxDepth} levels deep`);
    return;
  }
  const schema = given.$ref ? { ...root.$defs?.[given.$ref.replace('#/$defs/', '')] } : given;
  if (schema.oneOf) {
    visitOne(value, schema.oneOf, root, path, depth, problems);
    return;
  }
  if (schema.const !== undefined && value !== schema.const) {
    say(`must be ${JSON.stringify(schema.const)}`);
    return;
  }
  if (schema.enum && !schema.enum.includes(value)) {
    say(`must be one of ${schema.enum.join(', ')}`);
    return;
  }
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => isOf(value, type))) {
    say(`must be ${types.join(' or ')}`);
    return;
  }
  if (typeof value === 'string') visitText(value, schema, say);
  else if (typeof value === 'number') {
    if (schema.minimum !== undefined && value < schema.minimum) say(`must be at least ${schema.minimum}`);
    if (schema.maximum !== undefined && value > schema.maximum) say(`must be at most ${schema.maximum}`);
  } else if (Array.isArray(value)) {
    if (schema.minItems !== undefined && value.length < schema.minItems) say(`must have at least ${schema.minItems} entries`);
    if (schema.maxItems !== undefined && value.length > schema.maxItems) {
      say(`has ${value.length} entries; at most ${schema.maxItems} are read`);
      return;
    }
    if (schema.items) for (const [i, item] of value.entries()) visit(item, schema.items, root, `${path}[${i}]`, depth + 1, problems);
  } else if (typeof value === 'object' && value !== null) visitMap(value as Record<string, unknown>, schema, root, path, depth, problems);
}

function visitText(value: string, schema: Schema, say: (message: string) => void): void {
  if (schema.minLength !== undefined && value.length < schema.minLength) say('must not be empty');
  if (schema.maxLength !== undefined && value.length > schema.maxLength) say(`has ${value.length} characters; at most ${schema.maxLength} are read`);
  else if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
    say(`${JSON.stringify(value.slice(0, 60))} is not of the form it must have`);
}

function visitMap(value: Record<string, unknown>, schema: Schema, root: Schema, path: string, depth: number, problems: Problem[]): void {
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  for (const key of schema.required ?? []) if (!Object.hasOwn(value, key)) problems.push({ path: at(key), message: 'is required' });
  for (const key of Object.keys(value)) {
    const property = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
    if (property) visit(value[key], property, root, at(key), depth + 1, problems);
    else if (schema.additionalProperties === false) problems.push({ path: at(key.slice(0, 60)), message: 'is not known' });
  }
}

/** Of alternatives, the one whose telling key stands there is meant, so that what is said is about it. */
function visitOne(value: unknown, branches: Schema[], root: Schema, path: string, depth: number, problems: Problem[]): void {
  const say = (message: string): void => {
    problems.push({ path, message });
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    say('must be object');
    return;
  }
  const meant = branches.filter((branch) => tells(branch, value as Record<string, unknown>));
  if (meant.length === 1) {
    visit(value, meant[0] as Schema, root, path, depth + 1, problems);
    return;
  }
  const words = branches.map(tellingWord);
  if (meant.length === 0) {
    say(`needs one of ${words.join(', ')}`);
    return;
  }
  say(`has more than one of ${meant.map(tellingWord).join(', ')}`);
}

/** The key by which a branch is known: the first required one that is not shared by all (`at`), or the value of `kind`. */
const tellingKey = (branch: Schema): string => branch.required?.find((key) => key !== 'at') ?? '';
const tellingWord = (branch: Schema): string => {
  const key = tellingKey(branch);
  const constant = branch.properties?.[key]?.const;
  return constant === undefined ? key : `${key}: ${String(constant)}`;
};
function tells(branch: Schema, value: Record<string, unknown>): boolean {
  const key = tellingKey(branch);
  const constant = branch.properties?.[key]?.const;
  return Object.hasOwn(value, key) && (constant === undefined || value[key] === constant);
}

function isOf(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    default:
      return typeof value === type;
  }
}
