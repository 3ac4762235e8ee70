/** The record of the component that is looked into. */
import type { Engine } from '../engine/engine.ts';
import { kernelSceneRecord } from './kernel-scene.ts';
import { kubeletSceneRecord } from './kubelet-scene.ts';
import { runtimeSceneRecord } from './runtime-scene.ts';
import type { SceneRecord, Watched } from './scene-records.ts';
import type { TraceLog } from './trace-log.ts';

/** undefined: there is no such node (any more). */
export function sceneRecord(engine: Engine, log: TraceLog, mode: string, { scene, about, seq }: Watched): SceneRecord | undefined {
  const slash = scene.lastIndexOf('/');
  const node = scene.slice(0, slash);
  if (scene.endsWith('/kubelet')) return kubeletSceneRecord(engine.state, log, node, about);
  if (scene.endsWith('/runtime')) return runtimeSceneRecord(engine.state, log, node, about);
  return kernelSceneRecord(engine, log, node, mode, about, seq);
}
