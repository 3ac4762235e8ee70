/** Questions of the page, answered from the present without changing it. */
import { type ApiResult, askLens, type FieldError, type KubeObject, notSimulated, readWithTool, type View, type World, walkPacket } from '../core/index.ts';
import { judge } from '../scenario/judge.ts';
import { bareCommand } from './commands.ts';
import { pipe } from './pipes.ts';
import type { CheckResult, Diagnostic, Judged, OpenRequest, Place, Query, WhyStep } from './protocol.ts';
import { cleanManifest } from './yaml/clean.ts';
import { loadYaml, type YamlDocument } from './yaml/load.ts';
import { printYaml } from './yaml/print.ts';
import { type StoredLine, storedLines } from './yaml/stored.ts';

const maxMessages = 500;
const maxJudged = 20;

export const placeNow = (world: World): Place => ({ atMs: world.nowMs, place: world.engine.state.told, executed: world.history.executedCount });

export function answerQuery(world: World, view: View, query: Query, opened: OpenRequest): unknown {
  switch (query.q) {
    case 'object': {
      const object = view.objectOf(query.kind, query.namespace, query.name);
      return object ? { object, yaml: printYaml(object) } : { object: null, yaml: '' };
    }
    case 'messages':
      return view.messagesBefore(
        query.beforeSeq > 0 ? query.beforeSeq : null,
        Math.min(maxMessages, query.limit),
        (m) => (!query.about || m.about.includes(query.about)) && (!query.kinds || query.kinds.includes(m.kind)),
      );
    case 'why':
      return why(view, query, opened);
    case 'logs':
      return view.logs(query);
    case 'tool': {
      const { stdout, stderr } = readWithTool(world, query.node, query.command);
      return stdout || stderr;
    }
    case 'walk':
      return walkPacket(world, query);
    case 'lens':
      return askLens(world, query.ask);
    case 'check':
      return check(world, query.text);
    case 'clean':
      return cleanManifest(query.text);
    case 'pipe':
      return pipe(query.text, query.stages);
    case 'stored':
      return stored(view, query.text, query.line);
    case 'result':
      return world.resultOf(query.id);
    case 'judge':
      return { verdicts: query.conditions.slice(0, maxJudged).map((c) => judge(c, { view, since: query.since })), now: placeNow(world) } satisfies Judged;
    case 'history':
      return {
        seed: world.options.seed,
        options: world.options,
        commands: world.history.log.map(({ atMs, command }) => ({ atMs, command: bareCommand(command.command) })),
      };
    case 'hash':
      return { nowMs: world.nowMs, seq: world.engine.state.seq, traceHash: world.traceHash };
    default:
      throw new Error(`unknown question ${JSON.stringify((query as { q: unknown }).q).slice(0, 60)}`);
  }
}

/** The chain, each deciding field with its line in the manifest of the editor. */
function why(view: View, query: Extract<Query, { q: 'why' }>, opened: OpenRequest): WhyStep[] {
  const { documents } = loadYaml(opened.manifest);
  const lines = opened.manifest.split('\n');
  return view.why(query).map((link) => {
    if (!link.field) return { ...link, field: null };
    const { kind, name, path } = link.field;
    const document = documents.find((d) => matches(d, kind, name)) ?? documents.find((d) => owns(d, name));
    const written = document && documentPath(document, kind, path);
    const place = written === undefined ? undefined : document?.placeOf(written);
    const line = place?.exact ? place.line : null;
    return { ...link, field: { path: `${kind} ${name}: ${path}`, line, text: line === null ? '' : (lines[line - 1] ?? '').trim() } };
  });
}

const metadataName = (d: YamlDocument): string => (d.object as { metadata?: { name?: string } } | null)?.metadata?.name ?? '';
const matches = (d: YamlDocument, kind: string, name: string): boolean => (d.object as { kind?: string } | null)?.kind === kind && metadataName(d) === name;
/** A pod's field is written in the template of what made it: its name begins with the owner's. */
const owns = (d: YamlDocument, name: string): boolean => metadataName(d) !== '' && name.startsWith(`${metadataName(d)}-`);

function documentPath(document: YamlDocument, kind: string, path: string): string {
  const own = (document.object as { kind?: string }).kind;
  if (own === kind) return path;
  return own === 'CronJob' ? `spec.jobTemplate.spec.template.${path}` : `spec.template.${path}`;
}

function stored(view: View, text: string, line: number): { lines: StoredLine[] | null } {
  const { documents } = loadYaml(text);
  const document = documents.findLast((d) => d.line <= line) ?? documents[0];
  const written = document?.object as KubeObject | undefined;
  const object = written?.metadata && view.objectOf(String(written.kind), String(written.metadata.namespace ?? 'default'), String(written.metadata.name));
  // Objects without a namespace are kept under none.
  const found = object ?? (written?.metadata && view.objectOf(String(written.kind), '', String(written.metadata.name)));
  return { lines: found ? storedLines(found, written) : null };
}

/** What `kubectl apply` would say of this text, and what in it is not acted on. Nothing is applied. */
function check(world: World, text: string): CheckResult {
  const { documents, problems } = loadYaml(text);
  const diagnostics: Diagnostic[] = problems.map((p) => ({ ...p, severity: 'error', source: 'yaml' }));
  const out: CheckResult = { diagnostics, documents: [], fieldErrors: [] };
  for (const document of documents)
    for (const { value, path: prefix } of itemsOf(document.object, '')) {
      const object = value as KubeObject;
      const at = (path: string, severity: Diagnostic['severity'], message: string, source: Diagnostic['source']): void => {
        const { line, column, endLine, endColumn } = document.placeOf(prefix && path ? `${prefix}.${path}` : prefix + path);
        diagnostics.push({ severity, line, column, endLine, endColumn, message, source });
      };
      if (typeof object !== 'object' || object === null || Array.isArray(object)) {
        at('', 'error', 'a manifest is a map with apiVersion, kind and metadata', 'api');
        continue;
      }
      const { metadata } = object;
      out.documents.push({
        kind: String(object.kind ?? ''),
        namespace: String(metadata?.namespace ?? 'default'),
        name: String(metadata?.name ?? ''),
        line: prefix === '' ? document.line : document.placeOf(prefix).line,
        endLine: document.endLine,
      });
      const result = dryRun(world, object);
      for (const error of result.errors) {
        at(error.path, 'error', error.text, 'api');
        out.fieldErrors.push(error.field);
      }
      for (const { path, reason } of notSimulated(object)) at(path, 'info', `not simulated: ${reason}`, 'kubarium');
    }
  return out;
}

/** A List is what it holds, as kubectl takes it. At most this many items are looked at before they are applied. */
const maxItems = 1000;

function itemsOf(value: unknown, path: string): { value: unknown; path: string }[] {
  const list = value as { kind?: unknown; items?: unknown } | null;
  if (typeof list !== 'object' || list === null || typeof list.kind !== 'string' || !list.kind.endsWith('List') || !Array.isArray(list.items))
    return [{ value, path }];
  return list.items.slice(0, maxItems).map((item: unknown, i) => ({ value: item, path: `${path}items[${i}]` }));
}

interface Refusal {
  path: string;
  text: string;
  field: FieldError;
}

function dryRun(world: World, object: KubeObject): { errors: Refusal[] } {
  const answer = world.ask<{ applied: ApiResult }>('kubectl', { type: 'DryRunApply', object } as never);
  const status = answer?.applied?.status;
  if (status?.status !== 'Failure') return { errors: [] };
  const causes = status.details?.causes ?? [];
  const one = (path: string, text: string): Refusal => ({ path, text, field: { type: status.reason ?? '', path, message: text } as unknown as FieldError });
  if (causes.length > 0) return { errors: causes.map((c) => one(c.field ?? '', `${c.field ?? ''}: ${c.message ?? ''}`)) };
  const unknown = [...(status.message ?? '').matchAll(/unknown field "([^"]+)"/g)].map((m) => one(m[1] as string, m[0]));
  return { errors: unknown.length > 0 ? unknown : [one('', status.message ?? 'refused')] };
}
