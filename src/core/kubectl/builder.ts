/** From `TYPE NAME`, `TYPE/NAME`, `-f`, `-l` to objects. Models k8s.io/cli-runtime/pkg/resource/builder.go, v1.36.2. */
import { type Resource, resourceNamed, resourceOfKind, resources } from '../api/resources.ts';
import type { KubeObject } from '../api/types.ts';
import type { ManifestFile } from '../contracts/kubectl.ts';
import { CommandError, checkAll, type Failure, failureOf, nameProblem, plainError } from './errors.ts';
import { parseYaml } from './parse-yaml.ts';
import { goJson } from './printers/json.ts';
import type { Run } from './run.ts';

/** An object that a command is about. */
export interface Info {
  resource: Resource;
  namespace: string;
  name: string;
  /** From the server, or from a file. */
  object: KubeObject | undefined;
  /** The file, `STDIN`; '' for what was named. */
  source: string;
}

export interface Found {
  infos: Info[];
  failures: Failure[];
  /** TYPE/NAME or names were given, not lists. */
  named: boolean;
  /** One object was named: it is printed alone. */
  single: boolean;
  resources: Resource[];
}

export const maxNames = 10_000;

/** The order of `all`, recorded. */
const allOrder = [
  'pods',
  'replicationcontrollers',
  'services',
  'daemonsets.apps',
  'deployments.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'horizontalpodautoscalers.autoscaling',
  'cronjobs.batch',
  'jobs.batch',
];

export function resourceFor(word: string): Resource {
  const found = word === '' ? undefined : resourceNamed(word);
  if (found) return found;
  throw plainError(`the server doesn't have a resource type "${word}"`);
}

export function resourcesFor(words: string): Resource[] {
  const out: Resource[] = [];
  for (const word of words.split(',')) {
    if (word === 'all') out.push(...allOrder.map((id) => resources.find((r) => r.id === id)).filter((r) => r !== undefined));
    else if (word === '') continue;
    else out.push(resourceFor(word));
  }
  return [...new Set(out)];
}

export interface BuildOptions {
  /** Words that are types and names. */
  args: string[];
  /** Names after a type are needed (delete, scale…), unless a selector or --all says which. */
  needName?: boolean;
  /** Only files and what is in them: their objects as written, not fetched. */
  local?: boolean;
  selector?: string;
  fieldSelector?: string;
  /** --all, or a verb that lists when no name is given. */
  selectAll?: boolean;
  ignoreNotFound?: boolean;
  /** Stop at what is not there (get, describe go on). */
}

/** Objects that the command names. Throws when the words make no sense; what is missing comes back as failures. */
export function find(run: Run, options: BuildOptions): Found {
  const found: Found = { infos: [], failures: [], named: false, single: false, resources: [] };
  const files = run.all('filename');
  const { args } = options;
  if (run.has('kustomize')) throw plainError('kustomize is not simulated: build the manifests and use -f');
  if (files.length > 0) {
    if (args.length > 0) throw plainError(`when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well`);
    const written = readFiles(run);
    found.failures.push(...written.failures);
    for (const info of written.infos) {
      if (!options.local) {
        const got = fetch(run, info.resource, info.namespace, info.name);
        if ('failure' in got) {
          if (!(options.ignoreNotFound && isNotFound(got.failure))) found.failures.push(got.failure);
          continue;
        }
        info.object = got.object;
      }
      found.infos.push(info);
    }
    found.named = true;
    found.single = written.infos.length === 1 && files.length === 1;
    return found;
  }
  if (args.length === 0) return found;
  const selecting = options.selector !== undefined || options.fieldSelector !== undefined;
  if ((args[0] as string).includes('/')) named(run, args, options, found, selecting);
  else typed(run, args, options, found, selecting);
  return found;
}

const slashMixed =
  "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'";

function named(run: Run, args: string[], options: BuildOptions, found: Found, selecting: boolean): void {
  found.named = true;
  const tuples = args.map((arg) => {
    const parts = arg.split('/');
    if (parts.length === 1) throw plainError(slashMixed);
    if (parts.length !== 2 || parts[0] === '' || parts[1] === '') throw plainError('arguments in resource/name form may not have more than one slash');
    return parts as [string, string];
  });
  if (selecting) throw plainError('selectors and the all flag cannot be used when passing resource/name arguments');
  found.single = tuples.length === 1 && !(tuples[0] as [string, string])[0].includes(',');
  for (const [types, name] of tuples.slice(0, maxNames)) for (const resource of resourcesFor(types)) one(run, resource, name, options, found);
}

function typed(run: Run, args: string[], options: BuildOptions, found: Found, selecting: boolean): void {
  const [types, ...names] = args as [string, ...string[]];
  if (names.some((name) => name.includes('/'))) throw plainError(slashMixed);
  found.resources = resourcesFor(types);
  if (names.length > 0) {
    if (options.selector !== undefined) throw plainError('name cannot be provided when a selector is specified');
    if (run.allNamespaces) throw plainError('a resource cannot be retrieved by name across all namespaces');
    found.named = true;
    found.single = names.length === 1 && found.resources.length === 1;
    for (const resource of found.resources) for (const name of names.slice(0, maxNames)) one(run, resource, name, options, found);
    return;
  }
  if (!selecting && !options.selectAll) {
    throw plainError('resource(s) were provided, but no name was specified');
  }
  for (const resource of found.resources) {
    const result = run.api({
      verb: 'list',
      resource: resource.id,
      ...(resource.namespaced && !run.allNamespaces ? { namespace: run.namespace } : {}),
      ...(options.selector ? { labelSelector: options.selector } : {}),
      ...(options.fieldSelector ? { fieldSelector: options.fieldSelector } : {}),
    });
    if (!result.list) {
      found.failures.push(listFailure(result.status, resource, options));
      continue;
    }
    for (const object of result.list.items)
      found.infos.push({ resource, namespace: object.metadata.namespace ?? '', name: object.metadata.name, object, source: '' });
  }
}

/** A bad selector is told with what was asked. */
function listFailure(status: Failure['status'], resource: Resource, options: BuildOptions): Failure {
  if (status?.reason !== 'BadRequest') return failureOf(status);
  const what = `"${resource.group}/${resource.version}, Resource=${resource.plural}"`;
  const message = `Unable to find ${what} that match label selector "${options.selector ?? ''}", field selector "${options.fieldSelector ?? ''}": ${status.message ?? ''}`;
  return { status: { ...status, message } };
}

function one(run: Run, resource: Resource, name: string, options: BuildOptions, found: Found): void {
  const namespace = resource.namespaced ? run.namespace : '';
  if (options.local) {
    found.infos.push({ resource, namespace, name, object: undefined, source: '' });
    return;
  }
  const got = fetch(run, resource, namespace, name);
  if ('object' in got) found.infos.push({ resource, namespace, name, object: got.object, source: '' });
  else if (!(options.ignoreNotFound && isNotFound(got.failure))) found.failures.push(got.failure);
}

export const isNotFound = (failure: Failure): boolean => failure.status?.code === 404;

export function fetch(run: Run, resource: Resource, namespace: string, name: string): { object: KubeObject } | { failure: Failure } {
  const problem = nameProblem(name);
  if (problem !== undefined) return { failure: { text: problem } };
  const result = run.api({ verb: 'get', resource: resource.id, ...(resource.namespaced ? { namespace } : {}), name });
  return result.object ? { object: result.object } : { failure: failureOf(result.status) };
}

/** What -f names, in order; Lists are taken apart. `validate`: what is no object ends its file, as with --validate. */
export function readFiles(run: Run, validate = false): { infos: Info[]; failures: Failure[] } {
  const infos: Info[] = [];
  const failures: Failure[] = [];
  for (const file of run.all('filename').flatMap((f) => f.split(','))) {
    const manifest = Object.hasOwn(run.state.files, file)
      ? run.state.files[file]
      : file === '-' && run.state.stdin !== undefined
        ? { documents: [], text: run.state.stdin }
        : undefined;
    if (!manifest) {
      if (file === '/dev/null' || file === '-') continue;
      if (/^https?:\/\//.test(file)) throw plainError(`unable to read URL "${file}", the simulated client has no way to the internet`);
      throw plainError(`the path "${file}" does not exist`);
    }
    if (manifest.error !== undefined) throw plainError(manifest.error);
    const parsed = manifest.documents.length === 0 && manifest.text ? fromText(manifest.text, file === '-' ? 'STDIN' : file) : manifest;
    if (parsed.error !== undefined) throw plainError(parsed.error);
    const source = file === '-' ? 'STDIN' : file;
    for (const { object } of parsed.documents) {
      const problem = validate ? kindProblem(object) : undefined;
      if (problem !== undefined) {
        failures.push({
          text: `error validating ${JSON.stringify(source)}: error validating data: ${problem}; if you choose to ignore these errors, turn validation off with --validate=false`,
        });
        break;
      }
      flatten(run, object, source, infos, failures, 0);
    }
  }
  return { infos, failures };
}

/** Models k8s.io/kubectl/pkg/validation getObjectKind: the one check before the server's own. */
function kindProblem(object: unknown): string | undefined {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return 'invalid object to validate';
  const { apiVersion, kind } = object as Record<string, unknown>;
  const problems: string[] = [];
  if (apiVersion === undefined || apiVersion === null) problems.push('apiVersion not set');
  else if (typeof apiVersion !== 'string') problems.push("apiVersion isn't string type");
  else if (apiVersion.split('/').length > 2) problems.push(`unexpected GroupVersion string: ${apiVersion}`);
  if (kind === undefined || kind === null) problems.push('kind not set');
  else if (typeof kind !== 'string') problems.push("kind isn't string type");
  if (problems.length === 0) return undefined;
  return problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
}

const jsonType = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value);

/** What nobody parsed. */
function fromText(text: string, name: string): ManifestFile {
  const { documents, error } = parseYaml(text);
  if (error !== undefined) return { documents: [], error: `error: error parsing ${name}: error converting YAML to JSON: yaml: ${error}` };
  return { documents: documents.filter((d) => d !== null).map((object) => ({ object, line: 1 })) };
}

function flatten(run: Run, object: unknown, source: string, infos: Info[], failures: Failure[], depth: number): void {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    const into = depth === 0 ? 'unstructured.detector' : 'map[string]interface {}';
    failures.push({ text: `unable to decode "${source}": json: cannot unmarshal ${jsonType(object)} into Go value of type ${into}` });
    return;
  }
  const fields = object as Record<string, unknown>;
  const [apiVersion, kind] = [fields.apiVersion, fields.kind];
  const shown = (): string => goString(goJson(object));
  if (typeof kind !== 'string' || kind === '') {
    failures.push({ text: `unable to decode "${source}": Object 'Kind' is missing in '${shown()}'` });
    return;
  }
  if (kind.endsWith('List') && fields.items !== undefined && fields.items !== null && depth < 8) {
    if (Array.isArray(fields.items)) for (const item of fields.items) flatten(run, typedItem(item, fields), source, infos, failures, depth + 1);
    else
      failures.push({
        text: `unable to decode "${source}": json: cannot unmarshal ${jsonType(fields.items)} into Go struct field decodeList.items of type []json.RawMessage`,
      });
    return;
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    failures.push({ text: `unable to decode "${source}": Object 'apiVersion' is missing in '${shown()}'` });
    return;
  }
  const metadata =
    typeof fields.metadata === 'object' && fields.metadata !== null ? (fields.metadata as { name?: unknown; namespace?: unknown; generateName?: unknown }) : {};
  const name = typeof metadata.name === 'string' ? metadata.name : '';
  const written = typeof metadata.namespace === 'string' ? metadata.namespace : '';
  const resource = resourceOfKind(apiVersion, kind);
  if (!resource) {
    failures.push({
      text: `resource mapping not found for name: "${name}" namespace: "${written}" from "${source}": no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
    });
    return;
  }
  if (resource.namespaced && written !== '' && run.explicitNamespace && written !== run.namespace) {
    failures.push({
      text: `the namespace from the provided object "${written}" does not match the namespace "${run.namespace}". You must pass '--namespace=${written}' to perform this operation.`,
    });
    return;
  }
  const namespace = resource.namespaced ? written || run.namespace : '';
  infos.push({ resource, namespace, name, object: object as KubeObject, source });
}

/** An item that says neither kind nor version has those of its list: a PodList holds Pods. */
function typedItem(item: unknown, list: Record<string, unknown>): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
  const { apiVersion, kind } = item as Record<string, unknown>;
  return apiVersion || kind ? item : { ...item, apiVersion: list.apiVersion, kind: (list.kind as string).slice(0, -'List'.length) };
}

const goString = (text: string): string => (text.length > 4000 ? `${text.slice(0, 4000)}…` : text);

/** Prints failures as one error at the end of a command. */
export function report(run: Run, failures: readonly Failure[]): void {
  if (failures.length > 0) run.fail(checkAll(failures));
}

export const nothingGiven = (command: string): CommandError =>
  new CommandError(
    `error: You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'${command === '' ? '' : ''}`,
  );
