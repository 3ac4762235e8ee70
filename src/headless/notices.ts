/** What a manifest says that the model does not act on, with its line. */
import { type KubeObject, notSimulated } from '../core/index.ts';
import { loadYaml } from '../session/yaml/load.ts';
import type { ReadFile } from './files.ts';

/** `web.yaml:12: spec.template.spec.containers[0].securityContext.seLinuxOptions: not simulated (reason)`. */
export function notices(file: ReadFile): string[] {
  const out: string[] = [];
  for (const document of loadYaml(file.text).documents) {
    const object = document.object as KubeObject;
    if (typeof object !== 'object' || object === null || typeof object.kind !== 'string') continue;
    for (const { path, reason } of notSimulated(object))
      out.push(`${file.name}:${document.placeOf(path).line}: ${path || object.kind}: not simulated (${reason})`);
  }
  return out;
}
