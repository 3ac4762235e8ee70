/** Node ports. Models pkg/registry/core/service/portallocator/{allocator,operation}.go, v1.36.2. */
import type { Service } from '../../../api/types.ts';
import type { Call } from '../call.ts';
import { internalError, Refusal } from '../errors.ts';
import { invalid } from '../invalid.ts';
import type { ApiServerState, Key } from '../state.ts';

/** Takes `asked`, or a free port: at random above the band kept for static choice, then inside it. `path` names the field that is refused. */
export function allocateNodePort(call: Call, asked: number | undefined, path: string, owner: Key, takenNow: ReadonlySet<number>): number {
  const { state } = call;
  const [low, high] = state.nodePortRange;
  if (asked !== undefined) {
    if (asked < low || asked > high) throw invalid(call, path, asked, `provided port is not in the valid range. The range of valid ports is ${low}-${high}`);
    if (Object.hasOwn(state.nodePorts, `p${asked}`)) throw invalid(call, path, asked, 'provided port is already allocated');
    if (!call.dryRun) take(call, asked, owner);
    return asked;
  }
  // Upstream's dry run answers with numbers beyond the range.
  if (call.dryRun) return Math.max(32768, ...takenNow) + 1;
  const size = high - low + 1;
  const band = staticBand(size);
  for (const [from, to] of [
    [band, size],
    [0, band],
  ] as const) {
    const count = to - from;
    if (count <= 0) continue;
    const start = Math.floor(call.ctx.random() * count);
    for (let i = 0; i < count; i += 1) {
      const port = low + from + ((start + i) % count);
      if (Object.hasOwn(state.nodePorts, `p${port}`)) continue;
      take(call, port, owner);
      return port;
    }
  }
  throw new Refusal(internalError('failed to allocate a nodePort: range is full'));
}

function take(call: Call, port: number, owner: Key): void {
  call.state.nodePorts[`p${port}`] = owner;
  call.undo.push(() => delete call.state.nodePorts[`p${port}`]);
}

/** Gives back one port within a request that may still be refused. */
export function giveBackNodePort(call: Call, port: number, owner: Key): void {
  delete call.state.nodePorts[`p${port}`];
  call.undo.push(() => {
    call.state.nodePorts[`p${port}`] = owner;
  });
}

/** Gives back every port of `service`. */
export function releaseNodePorts(state: ApiServerState, service: Service): void {
  for (const port of service.spec.ports ?? []) if (port.nodePort) delete state.nodePorts[`p${port.nodePort}`];
  if (service.spec.healthCheckNodePort) delete state.nodePorts[`p${service.spec.healthCheckNodePort}`];
}

/** min(max(16, size/32), 128) ports are left for last. */
function staticBand(size: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
}
