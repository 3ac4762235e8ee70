/** `node_runtime`, `file_ignored`: seen on the node itself. */
import { staticPodDirectory } from '../givens.ts';
import { nodeOfStatic } from '../select.ts';
import { staticContainer } from '../steps.ts';
import { type Check, when } from './check.ts';

export const nodeRuntime: Check = ({ stage, fact }) => {
  const found = staticContainer(stage);
  const state = found?.running ? 'running' : 'absent';
  // A container made anew has begun after the step.
  const fresh = fact.new_id !== true || found?.id !== firstID(stage, found?.id ?? '');
  return when(state === fact.state && fresh, `${state} ${found?.id ?? ''}`);
};

const firstIDs = new WeakMap<object, string>();
function firstID(stage: object, id: string): string {
  const before = firstIDs.get(stage);
  if (before === undefined) firstIDs.set(stage, id);
  return before ?? '';
}
/** Remembers the container that runs now, so that another can be told apart. */
export const rememberContainer = (stage: Parameters<typeof staticContainer>[0]): void => {
  const found = staticContainer(stage);
  if (found?.running) firstIDs.set(stage, found.id);
};

/** Writes the manifest again under that name: no second pod comes. */
export const fileIgnored: Check = ({ stage, fact }) => {
  const host = nodeOfStatic(stage) ?? '';
  const path = String(fact.file_ignored).replace('/etc/kubelet.d', staticPodDirectory);
  const body = (stage.manifest(stage.file)?.text ?? '').replace(/name: (["']?)[a-z0-9-]+/, 'name: $1ignored');
  stage.run(stage.shell(host, `cat > ${path} <<'END_OF_FILE'\n${body}\nEND_OF_FILE\n`), 5000);
  stage.advance(stage.nowMs + 30_000);
  const found = stage.list('pods').filter((p) => p.metadata.name.startsWith('ignored'));
  return when(found.length === 0, found.map((p) => p.metadata.name).join(' '));
};
