/** metav1.Table: what `kubectl get` shows, computed by the server. Models k8s.io/apiserver pkg/endpoints/handlers/response.go asTable, v1.36.2. */
import { type KubeObject, printedTable, type Resource } from '../../core/index.ts';

export type Shape = 'object' | 'table' | 'metadata';

/** What the Accept header asks for; null when nothing of it can be served (protobuf alone). */
export function shapeOf(accept: string): Shape | null {
  if (accept === '') return 'object';
  for (const part of accept.split(',')) {
    const words = part.trim().toLowerCase();
    if (!/^(application\/json|application\/\*|\*\/\*)/.test(words)) continue;
    if (/;\s*as=table/.test(words)) return 'table';
    if (/;\s*as=partialobjectmetadata/.test(words)) return 'metadata';
    if (!/;\s*as=/.test(words)) return 'object';
  }
  return null;
}

interface TableOptions {
  epochMs: number;
  /** `includeObject`: None, Metadata (default) or Object. */
  include: string;
  resourceVersion: string;
  /** Later events of a watch carry no column definitions. */
  columns: boolean;
}

export function tableOf(resource: Resource, objects: readonly KubeObject[], options: TableOptions): unknown {
  const printed = printedTable(resource, objects, options.epochMs);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: options.resourceVersion },
    columnDefinitions: options.columns
      ? printed.columns.map(({ name, wide }) => ({
          name: title(name),
          type: 'string',
          format: name === 'NAME' ? 'name' : '',
          description: '',
          priority: wide ? 1 : 0,
        }))
      : [],
    rows: printed.rows.map((cells, i) => {
      const object = objects[i] as KubeObject;
      if (options.include === 'None') return { cells };
      return { cells, object: options.include === 'Object' ? object : metadataOf(object) };
    }),
  };
}

export const metadataOf = (object: KubeObject): unknown => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata });

/** `CLUSTER-IP` → `Cluster-IP`, `NOMINATED NODE` → `Nominated Node`: kubectl writes them large again. */
function title(column: string): string {
  return column
    .split(' ')
    .map((word) => (word.length <= 2 ? word : (word[0] as string) + word.slice(1).toLowerCase().replace(/-ip$/, '-IP')))
    .join(' ');
}
