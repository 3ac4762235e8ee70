/** Monaco with YAML and the Kubernetes schema. This file and all it imports load when the editor is first used. */
import * as monaco from 'monaco-editor/editor';
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker';
import 'monaco-editor/features/register.all';
import 'monaco-editor/languages/definitions/yaml/register';
import { configureMonacoYaml } from 'monaco-yaml';
import schemaUrl from '../../schema/k8s.json?url';
import YamlWorker from './yaml.worker.ts?worker';

export { monaco };
export const modelUri = 'file:///manifest.k8s.yaml';

let ready: Promise<void> | null = null;

/** Once for the page; after a failure, anew. */
export function setUp(): Promise<void> {
  ready ??= configure().catch((error: unknown) => {
    ready = null;
    throw error;
  });
  return ready;
}

async function configure(): Promise<void> {
  const answer = await fetch(schemaUrl);
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  const schema: unknown = await answer.json();
  (self as { MonacoEnvironment?: unknown }).MonacoEnvironment = {
    getWorker: (_id: string, label: string): Worker => (label === 'yaml' ? new YamlWorker() : new EditorWorker()),
  };
  configureMonacoYaml(withWorkers() as never, {
    enableSchemaRequest: false,
    hover: true,
    completion: true,
    validate: true,
    format: { enable: false } as never,
    schemas: [{ uri: 'inmemory://k8s.json', fileMatch: ['**/*.k8s.yaml'], schema: schema as never }],
  });
}

/** monaco-yaml was written for an editor that made the worker itself; this one wants it handed over. */
function withWorkers(): unknown {
  const createWebWorker = (options: { createData?: unknown; host?: unknown }): unknown => {
    const worker = new YamlWorker();
    // Taken by the worker's manager, then by Monaco's own beginning.
    worker.postMessage('ignore');
    worker.postMessage(options.createData);
    return (monaco.editor.createWebWorker as (o: unknown) => unknown)({ worker, host: options.host });
  };
  return { ...monaco, editor: { ...monaco.editor, createWebWorker } };
}
