/** A real server that is no longer wanted finishes its connections first. Models pkg/proxy/ipvs/graceful_termination.go, v1.36.2. */
import type { IpvsAnswer, IpvsRequest, RealServer, VirtualServer } from '../../../contracts/netfilter.ts';
import { osOf } from '../../../contracts/os.ts';
import type { Body, Ctx } from '../../../engine/types.ts';
import { joinHostPort } from '../address.ts';
import type { KubeProxyState, ProxierState } from '../state.ts';
import type { IpvsState } from './proxier.ts';
import { serverKey } from './service-plan.ts';

const checkPeriodMs = 60_000;

interface GracefulMessage extends Body {
  readonly type: 'GracefulTermination';
  readonly generation: number;
}

const ipvs = (ctx: Ctx, request: IpvsRequest): IpvsAnswer => ctx.call<IpvsAnswer>(osOf(ctx.host), request) ?? {};

export function retireServer(state: KubeProxyState, p: ProxierState, server: VirtualServer, real: string, ctx: Ctx): void {
  const own = p.ipvs as IpvsState;
  const found = inKernel(server, real, ctx);
  if (!found) return;
  if (isDone(server, found)) {
    ipvs(ctx, { type: 'Ipvs', op: 'deleteServer', server, real: found });
    return;
  }
  ipvs(ctx, { type: 'Ipvs', op: 'editServer', server, real: { ...found, weight: 0 } });
  const first = Object.values(state.families).every((each) => !hasEntries(each.ipvs?.terminating ?? {}));
  own.terminating[`${serverKey(server)}|${real}`] = { server, real };
  if (first) next(state, ctx);
}

/** Every minute while there are some. */
export function gracefulTick(state: KubeProxyState, body: Body, ctx: Ctx): void {
  if ((body as GracefulMessage).generation !== state.generation) return;
  let left = false;
  for (const p of Object.values(state.families)) {
    const terminating = p.ipvs?.terminating ?? {};
    for (const key of Object.keys(terminating)) {
      const { server, real } = terminating[key] as { server: VirtualServer; real: string };
      const found = inKernel(server, real, ctx);
      if (found && isDone(server, found)) ipvs(ctx, { type: 'Ipvs', op: 'deleteServer', server, real: found });
      if (!found || isDone(server, found)) delete terminating[key];
      else left = true;
    }
  }
  if (left) next(state, ctx);
}

function next(state: KubeProxyState, ctx: Ctx): void {
  const message: GracefulMessage = { type: 'GracefulTermination', generation: state.generation };
  ctx.send(ctx.self, message, checkPeriodMs);
}

/** UDP and SCTP servers are not waited for. */
const isDone = (server: VirtualServer, real: RealServer): boolean =>
  server.protocol !== 'tcp' || (real.activeConnections ?? 0) + (real.inactiveConnections ?? 0) === 0;

function inKernel(server: VirtualServer, real: string, ctx: Ctx): RealServer | undefined {
  const name = serverKey(server);
  const servers = ipvs(ctx, { type: 'Ipvs', op: 'list', server }).servers ?? [];
  return servers.find((s) => serverKey(s) === name)?.real.find((r) => joinHostPort(r.ip, r.port) === real);
}

function hasEntries(record: Record<string, unknown>): boolean {
  for (const _ in record) return true;
  return false;
}
