/**
 * The registries of the world behind one door, address `registry`: what a runtime gets when it resolves a reference.
 * Models the distribution API (`HEAD /v2/NAME/manifests/REFERENCE`) as containerd core/remotes/docker sees it.
 */
import type { SetReachable } from '../../contracts/fault.ts';
import { formatImageReference, type ImageReference, parseImageReference } from '../../contracts/image-reference.ts';
import { addressOfName, announcesAbsence, resolvable } from '../../contracts/public-names.ts';
import type { ResolveAnswer, ResolveImage } from '../../contracts/registry.ts';
import { share } from '../../engine/share.ts';
import type { Body, Ctx, Message, Room } from '../../engine/types.ts';
import { imageInfo, type KnownImage } from './image-info.ts';
import { isPrivate, officialImages } from './names.ts';

export type { KnownImage };

export interface Args {
  /** `recorded`: the machine has no network. What answers its lookups knows reserved names, and is silent about all others. */
  kind: 'internet' | 'recorded';
  /** One request and its answer. */
  latencyMs: number;
  catalogue: readonly KnownImage[];
  /** The resolver that the nodes ask, named in errors: `10.0.0.2`, or with its port. */
  dnsServer: string;
  /** Address from which a node asks it, named in errors. */
  nodeIP?: string;
}

export interface RegistryState {
  args: Args;
  reachable: boolean;
  /** Canonical repository → index in the catalogue. Shared. */
  index: Record<string, number>;
}

const dialTimeoutMs = 30_000;
/** Go's resolver asks twice, 5 s each. */
const lookupTimeoutMs = 10_000;

export const registryRoom: Room<RegistryState> = {
  initial(args: Args): RegistryState {
    const index: Record<string, number> = {};
    args.catalogue.forEach((image, i) => {
      for (const repository of image.repositories) index[repository] = i;
    });
    return { args: share(args), reachable: true, index: share(index) };
  },

  restart: (old: RegistryState): RegistryState => old,

  handle(state: RegistryState, message: Message): void {
    if (message.body.type === 'SetReachable') state.reachable = (message.body as SetReachable).reachable;
  },

  serve(state: RegistryState, request: Body, ctx: Ctx): ResolveAnswer | { error: string } {
    if (request.type !== 'ResolveImage') return { error: 'unavailable' };
    const chance = ctx.random();
    const answer = resolve(state, request as ResolveImage, chance);
    const timedOut = answer.error?.endsWith('i/o timeout') === true;
    return timedOut ? answer : { ...answer, takesMs: Math.round(answer.takesMs * (0.8 + 0.4 * chance)) };
  },
};

function resolve(state: RegistryState, { reference, auth }: ResolveImage, chance: number): ResolveAnswer {
  const ref = parseImageReference(reference);
  if ('error' in ref) return { error: ref.error, code: 'Unknown', takesMs: 1 };
  const host = ref.domain === 'docker.io' ? 'registry-1.docker.io' : ref.domain;
  const name = hostName(host);
  const { latencyMs, dnsServer } = state.args;
  const request = `failed to do request: Head "${scheme(name)}://${host}/v2/${ref.path}/manifests/${ref.digest || ref.tag}"`;
  const refused = (error: string, takesMs: number): ResolveAnswer => ({ error: `${request}: ${error}`, code: 'Unknown', takesMs });
  if (isAddress(name) || name === 'localhost') {
    const ip = name === 'localhost' ? '127.0.0.1' : name;
    const socket = `${ip}:${portOf(host, name)}`;
    return name === 'localhost' || name.startsWith('127.')
      ? refused(`dial tcp ${socket}: connect: connection refused`, 2)
      : refused(`dial tcp ${socket}: i/o timeout`, dialTimeoutMs);
  }
  const resolver = dnsServer.includes(':') ? dnsServer : `${dnsServer}:53`;
  if (!resolvable(name)) return refused(`dial tcp: lookup ${name} on ${resolver}: no such host`, 20);
  if (state.args.kind === 'recorded') {
    const from = `${state.args.nodeIP ?? '10.200.0.2'}:${32_768 + Math.floor(chance * 28_232)}`;
    return refused(`dial tcp: lookup ${name} on ${resolver}: read udp ${from}->${resolver}: i/o timeout`, lookupTimeoutMs);
  }
  if (!state.reachable) return refused(`dial tcp ${addressOfName(name)}:${portOf(host, name)}: i/o timeout`, dialTimeoutMs);
  return answer(state, ref, auth !== undefined, latencyMs);
}

function answer(state: RegistryState, ref: ImageReference, authenticated: boolean, latencyMs: number): ResolveAnswer {
  const repository = `${ref.domain}/${ref.path}`;
  const name = formatImageReference(ref);
  const notFound: ResolveAnswer = { error: `${name}: not found`, code: 'NotFound', takesMs: 3 * latencyMs };
  const denied: ResolveAnswer = {
    error: 'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    code: 'Unknown',
    takesMs: 3 * latencyMs,
  };
  // HEAD, 401, token, HEAD, index, manifest, config.
  const takesMs = 6 * latencyMs;
  const at = state.index[repository];
  const known = at === undefined ? undefined : state.args.catalogue[at];
  if (known) {
    if (ref.digest === '' && !new RegExp(`^(?:${known.tags})$`).test(ref.tag)) return notFound;
    return { image: imageInfo(name, ref.digest, known), takesMs };
  }
  const official = ref.domain === 'docker.io' && ref.path.startsWith('library/');
  if (official && !officialImages.has(ref.path.slice('library/'.length))) return denied;
  if (announcesAbsence(ref.path)) return ref.domain === 'docker.io' ? denied : notFound;
  if (announcesAbsence(ref.tag)) return notFound;
  if (ref.domain === 'example.com' || ref.domain === 'example.org' || ref.domain === 'example.net') return notFound;
  if (isPrivate(repository) && !authenticated) return denied;
  return { image: imageInfo(name, ref.digest), takesMs };
}

const hostName = (host: string): string => (host.includes(':') ? host.slice(0, host.lastIndexOf(':')) : host);
/** containerd speaks plain HTTP to the machine itself. */
const scheme = (name: string): string => (name === 'localhost' || name.startsWith('127.') ? 'http' : 'https');
const portOf = (host: string, name: string): string => (host === name ? (scheme(name) === 'http' ? '80' : '443') : host.slice(name.length + 1));

function isAddress(name: string): boolean {
  const parts = name.split('.');
  return parts.length === 4 && parts.every((p) => p !== '' && p.length <= 3 && Number.isInteger(Number(p)) && Number(p) <= 255);
}
