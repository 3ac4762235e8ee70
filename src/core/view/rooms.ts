/** The states of rooms, by their types: what the view reads. It changes nothing. */
import type { ApiServerState } from '../control-plane/api-server/state.ts';
import type { EngineState } from '../engine/engine.ts';
import type { KubeletState } from '../node/kubelet/state.ts';
import type { OsState } from '../node/os/state.ts';
import type { RuntimeState } from '../node/runtime/state.ts';

export const apiServerState = (s: EngineState): ApiServerState => s.rooms.apiserver as ApiServerState;
export const kubeletState = (s: EngineState, node: string): KubeletState | undefined => s.rooms[`${node}/kubelet`] as KubeletState | undefined;
export const runtimeState = (s: EngineState, node: string): RuntimeState | undefined => s.rooms[`${node}/runtime`] as RuntimeState | undefined;
export const osState = (s: EngineState, host: string): OsState | undefined => s.rooms[`${host}/os`] as OsState | undefined;

export const objectsOf = <T>(s: EngineState, resource: string): T[] => Object.values(apiServerState(s).objects[resource] ?? {}) as T[];
