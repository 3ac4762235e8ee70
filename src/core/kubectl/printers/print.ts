/** -o: which printer, and what it prints. Models k8s.io/cli-runtime/pkg/genericclioptions print flags, v1.36.2. */

import { clone } from '../../api/equal.ts';
import type { Resource } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import { plainError } from '../errors.ts';
import type { Run } from '../run.ts';
import { printedName } from '../run.ts';
import { customColumns } from './custom-columns.ts';
import { executeTemplate } from './go-template.ts';
import { parseTemplate } from './go-template-parse.ts';
import { goJsonIndent } from './json.ts';
import { executeJsonPath } from './jsonpath.ts';
import { parseJsonPath } from './jsonpath-parse.ts';
import { toYaml } from './yaml.ts';

/** '' is the table; `wide` too. */
export type Format = { kind: string; argument: string };

const withArgument = [
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'go-template',
  'go-template-file',
  'template',
  'templatefile',
  'custom-columns',
  'custom-columns-file',
];

export const getFormats =
  'custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml';
export const verbFormats = 'go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml';

export function formatOf(run: Run, allowed = verbFormats): Format {
  const text = run.flag('output');
  if (text === '') return run.has('template') ? { kind: 'go-template', argument: run.flag('template') } : { kind: '', argument: '' };
  const at = text.indexOf('=');
  const kind = at < 0 ? text : text.slice(0, at);
  const list = allowed.split(',');
  if (!list.includes(kind) || (at >= 0 && !withArgument.includes(kind)))
    throw plainError(`unable to match a printer suitable for the output format "${text}", allowed formats are: ${allowed}`);
  if (kind.endsWith('-file') || kind === 'templatefile')
    throw plainError(`error reading --template ${text.slice(at + 1)}, open ${text.slice(at + 1)}: no such file or directory`);
  const argument = at >= 0 ? text.slice(at + 1) : run.flag('template');
  if (withArgument.includes(kind) && argument === '') {
    if (kind === 'custom-columns') throw plainError('custom-columns format specified but no custom columns given');
    throw plainError('template format specified but no template given');
  }
  return { kind: kind === 'template' ? 'go-template' : kind, argument };
}

/** Anything but a table: one value (an object or a List). Adds a newline only where kubectl does. */
export function printValue(run: Run, format: Format, value: unknown, resource?: Resource): string {
  switch (format.kind) {
    case 'yaml':
      return toYaml(value);
    case 'kyaml':
      return `---\n${goJsonIndent(value).replaceAll('    ', '  ')}\n`;
    case 'json':
      return `${goJsonIndent(value)}\n`;
    case 'name':
      return names(value, resource);
    case 'jsonpath':
      return executeJsonPath(parseJsonPath(format.argument), value, run.flag('allow-missing-template-keys') !== 'false');
    case 'jsonpath-as-json':
      return executeJsonPath(parseJsonPath(format.argument), value, true, true);
    case 'go-template':
      return executeTemplate(parseTemplate(format.argument), value);
    case 'custom-columns': {
      const list = value as { kind?: string; items?: unknown[] };
      return customColumns(format.argument, list.kind === 'List' && Array.isArray(list.items) ? list.items : [value], run.on('no-headers'));
    }
    default:
      throw plainError(`unable to match a printer suitable for the output format "${format.kind}", allowed formats are: ${getFormats}`);
  }
}

function names(value: unknown, resource?: Resource): string {
  const object = value as KubeObject & { items?: KubeObject[] };
  const name = object.metadata?.name ?? '';
  return resource ? `${printedName(resource, name)}\n` : `${name}\n`;
}

/** As it travels: without managedFields. */
export const shown = (object: KubeObject): KubeObject => object;

export function listOf(items: readonly KubeObject[]): unknown {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
}

/** Objects that kubectl makes itself carry what Go writes for zero values. */
export function withoutStatus(object: KubeObject): KubeObject {
  const copy = clone(object);
  delete copy.status;
  return copy;
}

/** What create, apply, label… print about an object: `pod/p created`, or the object with -o. */
export function printResult(run: Run, format: Format, resource: Resource, object: KubeObject, verb: string): void {
  if (format.kind === '') run.line(`${printedName(resource, object.metadata.name)} ${run.done(verb)}`);
  else run.out(printValue(run, format, object, resource));
}
