/**
 * Gives LoadBalancer Services an address, as a cloud does. Models k8s.io/cloud-provider/controllers/service/controller.go, v1.36.2.
 * Without a cloud nothing happens: such Services stay `<pending>`, as on bare metal.
 */
import type { KubeObject, Service } from '../../api/types.ts';
import {
  all,
  at,
  type ControllerArgs,
  type ControllerCode,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  fail,
  readYourWrites,
  tell,
} from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';

export interface Args extends ControllerArgs {
  /** A cloud exists. */
  cloud: boolean;
  /** First three parts of the addresses it gives out; default `203.0.113`, which documentation may use. */
  addressPrefix?: string;
  /** How long the cloud takes to make a load balancer, ms; default 2000. */
  provisionMs?: number;
}

interface State extends ControllerState {
  cloud: boolean;
  addressPrefix: string;
  provisionMs: number;
  /** Services (store keys) whose load balancer is being made. */
  making: Record<string, true>;
  /** Addresses given out, by Service. */
  given: Record<string, string>;
}

const component = 'service-controller';
const finalizer = 'service.kubernetes.io/load-balancer-cleanup';
const firstHost = 10;
const lastHost = 254;

const code: ControllerCode<State> = {
  resources: ['services'],
  initial: (args: Args) => ({
    cloud: args?.cloud ?? false,
    addressPrefix: args?.addressPrefix ?? '203.0.113',
    provisionMs: args?.provisionMs ?? 2000,
    making: {},
    given: {},
  }),
  changed(state, _resource, change) {
    if (state.cloud) enqueue(state, keyFor(change.object as KubeObject));
  },
  sync(state, key, ctx) {
    const service = at<Service>(state, 'services', key);
    if (!service) {
      delete state.making[key];
      delete state.given[key];
      return;
    }
    const has = service.metadata.finalizers?.includes(finalizer) ?? false;
    const wants = service.spec.type === 'LoadBalancer' && !service.spec.loadBalancerClass && !service.metadata.deletionTimestamp;
    if (!wants) {
      if (has) release(state, ctx, key, service);
      return;
    }
    if (service.status?.loadBalancer?.ingress?.length || state.making[key]) return;
    state.making[key] = true;
    tell(state, ctx, component, service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer', field(service));
    if (!has) patchFinalizers(state, ctx, key, service, [...(service.metadata.finalizers ?? []), finalizer]);
    ctx.send(ctx.self, { type: 'LoadBalancerMade', key } as { type: string }, state.provisionMs, field(service));
  },
  other(state, message, ctx) {
    if (message.body.type !== 'LoadBalancerMade') return;
    const { key } = message.body as unknown as { key: string };
    const service = at<Service>(state, 'services', key);
    if (!service || !state.making[key]) return;
    delete state.making[key];
    if (service.spec.type !== 'LoadBalancer' || service.metadata.deletionTimestamp) return;
    const ip = service.spec.loadBalancerIP || freeAddress(state);
    if (!ip) {
      tell(
        state,
        ctx,
        component,
        service,
        'Warning',
        'SyncLoadBalancerFailed',
        'Error syncing load balancer: failed to ensure load balancer: no address is free',
      );
      return;
    }
    state.given[key] = ip;
    const { namespace, name } = service.metadata;
    call(
      state,
      ctx,
      key,
      'status',
      {
        verb: 'patch',
        resource: 'services',
        subresource: 'status',
        namespace: namespace as string,
        name,
        patchType: 'merge',
        patch: { status: { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } } },
      },
      undefined,
      field(service),
    );
  },
  answered(state, open, result, ctx) {
    if (result.code >= 400) {
      if (result.code !== 404) fail(state, open.key);
      return;
    }
    readYourWrites(state, code, 'services', result, ctx);
    const service = at<Service>(state, 'services', open.key);
    if (open.step === 'status' && service) tell(state, ctx, component, service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
    if (open.step === 'released' && service) tell(state, ctx, component, service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer');
  },
};

export const serviceController: Room<State> = controllerRoom(code);

const field = (service: KubeObject): FieldRef => ({
  kind: 'Service',
  namespace: service.metadata.namespace as string,
  name: service.metadata.name,
  path: 'spec.type',
});

function freeAddress(state: State): string | undefined {
  const used = new Set(Object.values(state.given));
  for (const service of all<Service>(state, 'services')) for (const each of service.status?.loadBalancer?.ingress ?? []) if (each.ip) used.add(each.ip);
  for (let host = firstHost; host <= lastHost; host += 1) {
    const ip = `${state.addressPrefix}.${host}`;
    if (!used.has(ip)) return ip;
  }
  return undefined;
}

function patchFinalizers(state: State, ctx: Ctx, key: string, service: KubeObject, finalizers: string[], step = 'finalizer'): void {
  const { namespace, name } = service.metadata;
  const patch = { metadata: { finalizers: finalizers.length > 0 ? finalizers : null } };
  call(state, ctx, key, step, { verb: 'patch', resource: 'services', namespace: namespace as string, name, patchType: 'merge', patch });
}

function release(state: State, ctx: Ctx, key: string, service: Service): void {
  delete state.making[key];
  delete state.given[key];
  tell(state, ctx, component, service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer');
  if (service.status?.loadBalancer?.ingress?.length) {
    const { namespace, name } = service.metadata;
    const patch = { status: { loadBalancer: null } };
    call(state, ctx, key, 'cleared', {
      verb: 'patch',
      resource: 'services',
      subresource: 'status',
      namespace: namespace as string,
      name,
      patchType: 'merge',
      patch,
    });
  }
  patchFinalizers(
    state,
    ctx,
    key,
    service,
    (service.metadata.finalizers ?? []).filter((f) => f !== finalizer),
    'released',
  );
}
