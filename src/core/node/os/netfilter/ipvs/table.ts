/** Virtual and real servers. Models net/netfilter/ipvs/ip_vs_ctl.c: what is asked of the table. */
import type { IpvsAnswer, IpvsRequest, RealServer, VirtualServer } from '../../../../contracts/netfilter.ts';
import type { Protocol } from '../../../../contracts/socket.ts';
import { parseAny } from '../ip.ts';
import { realKey, serviceKey } from './keys.ts';
import { isScheduler } from './schedulers.ts';

export interface Real {
  ip: string;
  port: number;
  weight: number;
}

export interface Service {
  ip: string;
  port: number;
  protocol: Protocol;
  scheduler: string;
  persistentSeconds: number;
  flags: string[];
  reals: Real[];
  /** rr: `RIP:port` chosen last ('' none). wrr: the same, with the weight it stands at. */
  last: string;
  currentWeight: number;
  /** Client → its server, while persistent. */
  templates: Record<string, { real: string; expiresMs: number }>;
  /** Connections ever begun, for `--stats`. */
  connections: number;
}

export interface IpvsTable {
  /** `10.96.0.1:443/tcp` → the service. */
  services: Record<string, Service>;
  count: number;
}

export const newIpvs = (): IpvsTable => ({ services: {}, count: 0 });

const maxServices = 100_000;
const maxReals = 5000;

/** Connections of a real server, by state. */
export type Connections = (service: string, real: string) => { active: number; inactive: number };

export function serveIpvs(table: IpvsTable, request: IpvsRequest, count: () => Connections): IpvsAnswer & { changed?: boolean } {
  const { services } = table;
  if (request.op === 'flush') {
    table.services = {};
    table.count = 0;
    return { changed: true };
  }
  if (request.op === 'list') {
    const { server } = request;
    const only = server ? serviceKey(server.ip, server.port, server.protocol) : null;
    if (only !== null && !Object.hasOwn(services, only)) return { error: 'No such service' };
    const connections = count();
    const listed: [string, Service][] = only === null ? Object.entries(services) : [[only, services[only] as Service]];
    return {
      servers: listed.map(([key, s]) => ({
        ...serverOf(s),
        real: s.reals.map((r): RealServer => {
          const { active, inactive } = connections(key, realKey(r));
          return { ip: r.ip, port: r.port, weight: r.weight, activeConnections: active, inactiveConnections: inactive };
        }),
      })),
    };
  }
  const { server } = request;
  if (!server || !parseAny(server.ip) || !isPort(server.port) || !['tcp', 'udp', 'sctp'].includes(server.protocol)) return { error: 'Invalid argument' };
  const key = keyOf(server);
  const service = Object.hasOwn(services, key) ? services[key] : undefined;
  if (request.op === 'addService') {
    if (service) return { error: 'Service already exists' };
    if (!isScheduler(server.scheduler)) return { error: 'Scheduler not found' };
    if (table.count >= maxServices) return { error: `No space left on device: more than ${maxServices} services` };
    services[key] = { ...serverOf(server), flags: [...(server.flags ?? [])], reals: [], last: '', currentWeight: 0, templates: {}, connections: 0 };
    table.count += 1;
    return { changed: true };
  }
  if (!service) return { error: request.op.endsWith('Service') ? 'No such service' : 'Service not defined' };
  if (request.op === 'deleteService') {
    delete services[key];
    table.count -= 1;
    return { changed: true };
  }
  if (request.op === 'editService') {
    if (!isScheduler(server.scheduler)) return { error: 'Scheduler not found' };
    if (service.scheduler !== server.scheduler) reset(service);
    service.scheduler = server.scheduler;
    service.persistentSeconds = server.persistentSeconds;
    service.flags = [...(server.flags ?? [])];
    return { changed: true };
  }
  const { real } = request as { real: RealServer };
  if (!real || !parseAny(real.ip) || !isPort(real.port) || !Number.isInteger(real.weight) || real.weight < 0) return { error: 'Invalid argument' };
  const at = service.reals.findIndex((r) => r.ip === real.ip && r.port === real.port);
  if (request.op === 'addServer') {
    if (at >= 0) return { error: 'Destination already exists' };
    if (service.reals.length >= maxReals) return { error: `No space left on device: more than ${maxReals} destinations` };
    service.reals.push({ ip: real.ip, port: real.port, weight: real.weight });
  } else if (at < 0) return { error: 'No such destination' };
  else if (request.op === 'editServer') (service.reals[at] as Real).weight = real.weight;
  else {
    // rr: the pointer moves to the server before.
    if (service.last === realKey(real)) service.last = at > 0 ? realKey(service.reals[at - 1] as Real) : '';
    service.reals.splice(at, 1);
  }
  if (service.scheduler === 'wrr') reset(service);
  return { changed: true };
}

/** The last server asked for: its real servers come in a row. A request is never changed, so the same object has the same key. */
const asked: { server: VirtualServer | null; key: string } = { server: null, key: '' };

function keyOf(server: VirtualServer): string {
  if (asked.server !== server) {
    asked.server = server;
    asked.key = serviceKey(server.ip, server.port, server.protocol);
  }
  return asked.key;
}

function reset(service: Service): void {
  service.last = '';
  service.currentWeight = 0;
}

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port <= 65535;

const serverOf = ({ ip, port, protocol, scheduler, persistentSeconds, flags }: VirtualServer): VirtualServer => ({
  ip,
  port,
  protocol,
  scheduler,
  persistentSeconds,
  flags: [...(flags ?? [])],
});
