/** TokenRequest: a token for a service account. Models pkg/registry/core/serviceaccount/storage/token.go and pkg/serviceaccount/claims.go, v1.36.2. */
import { encodeBase64 } from '../../../api/decode/scalars.ts';
import { type Resource, resourceById } from '../../../api/resources.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { ApiResult } from '../../../contracts/watch.ts';
import { hexId, uid } from '../../../engine/random.ts';
import { share } from '../../../engine/share.ts';
import { rfc3339 } from '../../../engine/time.ts';
import type { Call } from '../call.ts';
import { conflict, methodNotAllowed, notFound, Refusal } from '../errors.ts';
import { invalid } from '../invalid.ts';
import { existing } from '../read.ts';
import { lookUp } from '../state.ts';

const minSeconds = 600;
const maxSeconds = 2 ** 32;
const defaultSeconds = 3600;
/** Volumes that admission made ask for this much; their tokens live a year, and their use after this much is warned of. */
const warnOnlySeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;
const issuer = 'https://kubernetes.default.svc.cluster.local';

const pods = resourceById('pods') as Resource;

interface TokenRequestSpec {
  audiences?: string[] | null;
  expirationSeconds?: number;
  boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string };
}

/** Simplified: the signature is random: nothing here verifies one. */
export function token(call: Call): ApiResult {
  if (call.request.verb !== 'create') throw new Refusal(methodNotAllowed(call.resource, call.request.verb));
  const account = existing(call);
  const spec: TokenRequestSpec = (call.request.object as { spec?: TokenRequestSpec } | null | undefined)?.spec ?? {};
  const seconds = typeof spec.expirationSeconds === 'number' ? spec.expirationSeconds : defaultSeconds;
  if (seconds < minSeconds) throw invalid(call, 'spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > maxSeconds) throw invalid(call, 'spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds');
  const audiences = Array.isArray(spec.audiences) && spec.audiences.length > 0 ? spec.audiences.map(String) : [issuer];
  const claims = claimsOf(call, account, boundPod(call, spec), audiences, seconds);
  const part = (value: string): string => encodeBase64(value).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const object = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name: account.metadata.name, namespace: account.metadata.namespace, creationTimestamp: rfc3339(call.ctx.epochMs) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: {
      token: `${part(JSON.stringify({ alg: 'RS256', kid: 'kubarium' }))}.${part(JSON.stringify(claims))}.${part(hexId(call.ctx.random, 256))}`,
      expirationTimestamp: rfc3339(call.ctx.epochMs + seconds * 1000),
    },
  };
  return { code: 201, object: share(object) as unknown as KubeObject };
}

/** The pod with whose end the token ends. */
function boundPod(call: Call, { boundObjectRef: ref }: TokenRequestSpec): KubeObject | undefined {
  if (ref?.kind !== 'Pod' || typeof ref.name !== 'string') return undefined;
  const pod = lookUp(call.state, pods.id, call.namespace, ref.name);
  if (!pod) throw new Refusal(notFound(pods, ref.name));
  if (ref.uid && ref.uid !== pod.metadata.uid) {
    const text = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw new Refusal(conflict(pods, ref.name, text));
  }
  return pod;
}

function claimsOf(call: Call, account: KubeObject, pod: KubeObject | undefined, aud: string[], seconds: number): object {
  const { name, namespace, uid: accountUID } = account.metadata;
  const now = Math.floor(call.ctx.epochMs / 1000);
  const extended = seconds === warnOnlySeconds && pod !== undefined && aud.includes(issuer);
  const nodeName = pod?.spec.nodeName as string | undefined;
  const node = nodeName ? lookUp(call.state, 'nodes', '', nodeName) : undefined;
  return {
    aud,
    exp: now + (extended ? extendedSeconds : seconds),
    iat: now,
    iss: issuer,
    jti: uid(call.ctx.random),
    'kubernetes.io': {
      namespace,
      ...(nodeName ? { node: { name: nodeName, ...(node ? { uid: node.metadata.uid } : {}) } } : {}),
      ...(pod ? { pod: { name: pod.metadata.name, uid: pod.metadata.uid } } : {}),
      serviceaccount: { name, uid: accountUID },
      ...(extended ? { warnafter: now + seconds } : {}),
    },
    nbf: now,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
}
